package tui

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"tuppence/tui/command"
)

// Lengths of what is typed, in characters.
const (
	amountLength = 18
	codeLength   = 12
)

// inputOf returns an input of a command by its name on the usage line, AMOUNT or --method: a form calls its field
// as the command line does. A command or an input that is not in the table is a bug of ours.
func inputOf(path, name string) command.Input {
	c, _ := command.Find(strings.Fields(path))
	return c.Input(name)
}

// textInput is a field for an input of a command, with its label and its help; more is what matters on a screen only.
func textInput(path, name, value string, most int, more string) field {
	// The table says how things are called, the screen what the person can do about it now.
	in := inputOf(path, name)
	return textField(in.Label(), value, most, strings.TrimSpace(sentence(in.Help)+" "+more))
}

// choiceInput is a field for an input of a command that is one of a few words. Without any, they are those that the
// table knows for every caller.
func choiceInput(path, name, help string, choices ...string) field {
	in := inputOf(path, name)
	if len(choices) == 0 {
		choices = in.Kind.Values()
	}
	return choiceField(in.Label(), help, choices...)
}

// sentence makes a sentence of a few words of the table, which have no capital and no full stop.
func sentence(words string) string {
	first, size := utf8.DecodeRuneInString(words)
	if size == 0 {
		return ""
	}
	return string(unicode.ToUpper(first)) + words[size:] + "."
}
