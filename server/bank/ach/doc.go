// Package ach writes files of the US Automated Clearing House by the rules of NACHA, and reads the returns and the
// notifications of change that come back. The records are those of github.com/moov-io/ach; what a whole file must hold
// (totals, one trace for one entry, bounds) is checked here, and one odd record does not refuse the others.
package ach
