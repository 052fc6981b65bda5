package command

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/pflag"
)

// Input is one thing that a command is told: an argument, known by its place, or a flag. The field of a form takes its
// label, its help and its choices from here.
type Input struct {
	Flag     string // its name without dashes, "" for an argument
	Kind     Kind
	Help     string // one line; of an argument it may be empty, then Kind says it
	Default  string // what holds if it is left out
	Optional bool   // may be left out
	Repeats  bool   // the last argument: it may be several words
}

// arg is an argument that is needed.
func arg(k Kind) Input { return Input{Kind: k, Help: k.Help()} }

// option is a flag that may be left out.
func option(name string, k Kind, help string) Input {
	return Input{Flag: name, Kind: k, Help: help, Optional: true}
}

// on is a flag without a value.
func on(name, help string) Input { return option(name, KindSwitch, help) }

// optional is the input, that may be left out.
func (i Input) optional() Input { i.Optional = true; return i }

// needed is the flag, that must be given.
func (i Input) needed() Input { i.Optional = false; return i }

// repeated is the argument, that may be several words.
func (i Input) repeated() Input { i.Repeats = true; return i }

// preset is the flag with a value that holds without it.
func (i Input) preset(value string) Input { i.Default = value; return i }

// Name is how the input is called in usage lines and faults: AMOUNT, --method.
func (i Input) Name() string {
	if i.Flag != "" {
		return "--" + i.Flag
	}
	return i.Kind.Word()
}

// Label is how a form calls the input: Amount, Per charge.
func (i Input) Label() string {
	words := strings.ReplaceAll(strings.ToLower(cmp.Or(i.Flag, i.Kind.Word())), "-", " ")
	// The first letter only: labels are sentences' beginnings and not titles.
	_, first := utf8.DecodeRuneInString(words)
	return strings.ToUpper(words[:first]) + words[first:]
}

// usage is how the usage line shows the input.
func (i Input) usage() string {
	text := i.Name()
	switch {
	case i.Flag != "" && i.Kind != KindSwitch:
		text += " " + i.Kind.Word()
	case i.Repeats:
		text += "…"
	}
	if i.Optional {
		return "[" + text + "]"
	}
	return text
}

// define adds the flag to the flags of a command. Amounts, codes and days stay texts here: what they mean is read by
// the command, so that a fault can name the value and the remedy.
func (i Input) define(fs *pflag.FlagSet) {
	switch i.Kind {
	case KindSwitch:
		fs.Bool(i.Flag, false, i.Help)
	case KindCount:
		fs.Int(i.Flag, atoi(i.Default), i.Help)
	case KindDuration:
		fs.Duration(i.Flag, 0, i.Help)
	default:
		fs.String(i.Flag, i.Default, i.Help)
	}
}

// define adds the flags of the command, but for those of all commands.
func (c *Command) define(fs *pflag.FlagSet) {
	for _, i := range c.flags() {
		i.define(fs)
	}
	if c.confirmed() {
		fs.Bool("yes", false, "really do it")
	}
	if c.lists() {
		csvFlag().define(fs)
	}
}

// args are the inputs of the command that are known by their place.
func (c *Command) args() []Input { return c.inputs(func(i Input) bool { return i.Flag == "" }) }

// Required tells whether the command needs a word or a flag behind its name.
func (c *Command) Required() bool {
	return len(c.OneOf) > 0 || len(c.inputs(func(i Input) bool { return !i.Optional })) > 0
}

// TakesSecret tells whether a line of the command has a secret in it: a recovery code, or the code of a transfer.
func (c *Command) TakesSecret() bool {
	return len(c.inputs(func(i Input) bool { return i.Kind.Secret() })) > 0
}

// flags are the flags of the command, without those that every command has.
func (c *Command) flags() []Input { return c.inputs(func(i Input) bool { return i.Flag != "" }) }

// inputs are those that which accepts, in the order of the table.
func (c *Command) inputs(which func(Input) bool) []Input {
	return slices.DeleteFunc(slices.Clone(c.Inputs), func(i Input) bool { return !which(i) })
}

// Input returns the input with a name of the usage line, AMOUNT or --method. A name that the command does not have is a
// bug of the caller.
func (c *Command) Input(name string) Input {
	for _, i := range c.Inputs {
		if i.Name() == name {
			return i
		}
	}
	panic("command: " + c.Path + " has no " + name)
}

// Usage is the line that tells how to type the command. Brackets mean that a part may be left out; --yes has none,
// because without it the command does nothing.
func (c *Command) Usage() string {
	parts := []string{c.Line()}
	for _, i := range c.flags() {
		if i.Optional && !c.alternative(i.Flag) {
			parts = append(parts, i.usage())
		}
	}
	switch {
	case c.Moves:
		parts = append(parts, "--yes")
	case c.Asks:
		parts = append(parts, "[--yes]")
	case c.lists():
		parts = append(parts, "[--csv]")
	}
	return strings.Join(append(parts, "[--json]"), " ")
}

// Line is the command as a list names it: with its arguments and what it cannot do without.
func (c *Command) Line() string {
	parts := []string{c.Path}
	for _, i := range c.args() {
		parts = append(parts, i.usage())
	}
	if len(c.OneOf) > 0 {
		parts = append(parts, "--"+strings.Join(c.OneOf, "|--"))
	}
	for _, i := range c.flags() {
		if !i.Optional {
			parts = append(parts, i.usage())
		}
	}
	return strings.Join(parts, " ")
}
