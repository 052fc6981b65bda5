// Package plain talks with a person line by line: for screen readers, and for terminals without a screen.
//
// Nothing is drawn and nothing is ever rewritten: no colour, no control sequence, no sign that is not ASCII in our own
// words, one fact a line. What is typed is a number of the menu or any command of the table of tui/command; an argument
// that is missing is asked for by name. Each question has numbered answers, of which the first is the safe one.
//
//	talk.go      [Run]: reads lines, writes lines, and what is typed at the prompt
//	editor.go    makes lines of bytes: echo, backspace, bounds; secrets are not echoed
//	ask.go       questions: numbered answers, values, and the pause before what decides
//	menu.go      the greeting, the menu and the help
//	verb.go      commands of the table, with what they lack and what they want to be confirmed
//	request.go   the answer to a vendor's request
//	signup.go    a wallet for a new key
//	wallet.go    adding funds, limits, disputes
//	news.go      what came from elsewhere, in lines that begin with EVENT:
package plain
