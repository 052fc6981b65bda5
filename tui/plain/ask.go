package plain

import (
	"context"
	"crypto/rand"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"tuppence/server/view"
	"tuppence/tui/command"
)

// ask asks for a value. Enter alone goes one step back.
func (t *talk) ask(question string, secret bool) (string, error) {
	text, err := t.askOr(question, secret)
	if err == nil && text == "" {
		t.say("Nothing was done.")
		err = errBack
	}
	return text, err
}

// askOr asks for a value that may be left out: Enter alone is "".
func (t *talk) askOr(question string, secret bool) (string, error) {
	t.say(question)
	line, err := t.line(secret, false)
	if err != nil {
		return "", err
	}
	t.touch()
	if line = strings.TrimSpace(line); strings.EqualFold(line, "leave") {
		return "", errLeft
	}
	return line, nil
}

// choose asks a question with numbered answers and returns the number of the one that was chosen, in digits or in
// words. Enter alone goes one step back.
func (t *talk) choose(question string, answers ...string) (int, error) {
	for n, a := range answers {
		question += fmt.Sprintf(" %d: %s.", n+1, a)
	}
	for {
		line, err := t.askOr(question, false)
		if err != nil {
			return 0, err
		}
		if line == "" {
			t.say("Nothing was done.")
			return 0, errBack
		}
		for n, a := range answers {
			if line == strconv.Itoa(n+1) || strings.EqualFold(line, a) {
				return n + 1, nil
			}
		}
		t.say(fmt.Sprintf("Type a number from 1 to %d, or Enter alone to go back.", len(answers)))
	}
}

// decide is choose for what cannot be undone or takes money. What was typed before the question is no answer to it, so
// for a moment nothing is heard.
func (t *talk) decide(question string, answers ...string) (int, error) {
	t.ahead = nil
	quiet := time.NewTimer(t.o.Pause)
	defer quiet.Stop()
	typed := t.typed
	for typed != nil {
		select {
		case <-t.ctx.Done():
			return 0, context.Cause(t.ctx)
		case <-quiet.C:
			typed = nil
		case _, open := <-typed:
			if !open { // it is found closed again when the line is read
				typed = nil
			}
		}
	}
	return t.choose(question, answers...)
}

// sure asks whether to do something: the first answer does not.
func (t *talk) sure(question, yes string) error {
	n, err := t.decide(question, "no", yes)
	if err == nil && n == 1 {
		t.say("Nothing was done.")
		err = errBack
	}
	return err
}

// input asks for an input of a command by its name, with the values that it may have.
func (t *talk) input(i command.Input) (string, error) {
	all, err := command.Choices(t.ctx, t.svc, t.who, i)
	if err != nil {
		return "", err
	}
	name := i.Label()
	switch {
	case len(all) == 0:
		value, err := t.ask(view.Clean(name+"? "+title(sentence(i.Help))), i.Kind.Secret())
		return command.UnspeltValue(i, value, t.rows), err
	case all[0].Meaning == "":
		words := view.Map(all, func(c command.Choice) string { return view.Reason(c.Value) })
		n, err := t.choose(name+"?", words...)
		if err != nil {
			return "", err
		}
		return all[n-1].Value, nil
	}
	return t.pick(i, all)
}

// shouted is a state at the end of a meaning: some readers spell capitals.
var shouted = regexp.MustCompile(`(?: [A-Z]{4,})+$`)

// pickMost bounds a list of values that is read out.
const pickMost = 10

// pick asks for one of some values with their meanings, each on a line. Others may be typed.
func (t *talk) pick(i command.Input, all []command.Choice) (string, error) {
	all = all[:min(pickMost, len(all))]
	for n, c := range all {
		if c.Meaning == c.Value {
			t.say(fmt.Sprintf("%d: %s.", n+1, c.Value))
			continue
		}
		meaning := shouted.ReplaceAllStringFunc(strings.ReplaceAll(c.Meaning, ", -", ", minus "), strings.ToLower)
		t.say(command.Spell(fmt.Sprintf("%d: %s, %s.", n+1, c.Value, meaning)))
	}
	line, err := t.ask(i.Label()+"? Type a number of these, or "+sentence(i.Help), false)
	if err != nil {
		return "", err
	}
	if n, ok := number(line, len(all)); ok {
		return all[n].Value, nil
	}
	return command.UnspeltValue(i, line, nil), nil
}

// number is what a line names of a list by its number, counted from 0; ok is false if it names nothing.
func number(line string, of int) (i int, ok bool) {
	n, err := strconv.Atoi(line)
	return n - 1, err == nil && n >= 1 && n <= of
}

// sentence is a help text with a full stop.
func sentence(text string) string { return strings.TrimSuffix(text, ".") + "." }

// newID is a name for what is repeated safely, and for errors.
func (t *talk) newID() string {
	if t.o.NewID != nil {
		return t.o.NewID()
	}
	return rand.Text()
}
