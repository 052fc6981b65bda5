// Package ledger holds the rules of the house: every noun and every decision about money.
//
// It is pure. Nothing here reads a clock, a file, the network or a random source; time, ids and facts are arguments, a
// decision is a value, and the shell (package server) applies it. So each rule can be tested, fuzzed and simulated
// without a data base.
//
// A decision has the shape
//
//	func DecideX(req X, facts XFacts, now time.Time) (Outcome, error)
//
// and a refusal is a [*Refusal] that wraps exactly one sentinel of error.go.
package ledger
