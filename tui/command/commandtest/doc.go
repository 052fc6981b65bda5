// Package commandtest has a service in memory with believable data and four callers, for the tests of the commands and
// of the screens. What both show comes from here, so their golden files can be compared.
package commandtest
