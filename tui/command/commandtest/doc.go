// Package commandtest has a service in memory with believable data and four callers, for the tests of the commands and
// of the screens. What both show comes from here, so their golden files can be compared.
//
// It is a stand-in and no copy of the rules: it says no only where the words of a refusal have to be seen. A test of
// what may happen belongs to server, which runs on the real books.
package commandtest
