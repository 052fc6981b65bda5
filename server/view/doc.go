// Package view has what is shown: one struct for each fact, with the names that its JSON has. Screens, commands,
// the API and the web pages show the same value. [Fact] and [Table] describe in words how a value is read by a
// person; the terminal's screens and its plain text are two writers of that one description.
//
// The names in JSON are stable: fields are only ever added. Money is an object {"amount", "currency"}, a time is
// RFC 3339 in UTC or null, a list is never null, a state is one word in lower case. Names of things (chg_…) are
// sealed already, and text of vendors is cleaned again where it is drawn.
//
// Beside what is shown it has the requests of a person ([FundRequest] and others): what the terminal asks the service
// for.
package view
