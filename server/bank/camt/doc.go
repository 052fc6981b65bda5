// Package camt reads what a bank says about the money on our account: reports, statements and notifications of ISO
// 20022 (camt.052, camt.053, camt.054, versions 02 to 08), and statements in CSV. Only what is booked moves money, a
// statement must add up, and what is not clear goes to a person with its reason.
//
// A payer's words, name and account are personal data: names and accounts are read only for a caller who asks for them,
// and a line shows itself without any of the three.
package camt
