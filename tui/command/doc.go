// Package command has the table of what a person can ask for: `ssh host limits set day 5 EUR`, the palette of the
// screens, the help, the completion of shells and the manual pages are made from the same values.
//
// [Commands] is the table and [Exec] runs one line of it. Cobra reads the words; roles, exit codes, JSON and the
// remedies of refusals are ours. Nothing here knows of screens or of SSH: what a command does is asked of a [Service].
package command
