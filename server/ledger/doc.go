// Package ledger holds the rules of the service: every noun and every decision about money.
//
// It is pure. Nothing here reads a clock, a file, the network or a random source; time, ids and facts are arguments, a
// decision is a value, and the caller (package server) applies it. So each rule can be tested, fuzzed and simulated
// without a database.
//
// A decision has the shape
//
//	func DecideX(req X, facts XFacts, now time.Time) (XOutcome, error)
//
// and a refusal is a [*Refusal] that wraps exactly one sentinel of refusal.go. Any other error is damaged data or a
// bug. What can follow what is a table ([DepositState] and its like have one each); DESIGN.md draws the tables and
// states the rules of rounding, posting and returning.
//
// There is one file for each noun, in one order: constants and states, the type, what it checks, its decisions. The
// examples are the tutorial.
package ledger
