package plain

import (
	"errors"
	"slices"
	"strings"

	"tuppence/server/view"
	"tuppence/tui/command"
)

// verb runs a command of the table. What it lacks is asked for, in the order of the help.
func (t *talk) verb(words []string) error {
	words = command.Unspelt(words, t.rows)
	c, missing := command.Missing(t.me, words, t.several())
	switch {
	case c == nil:
		return t.run(words)
	case c.Path == "plain":
		t.say("You are here already.")
		return nil
	case c.Path == "join" && len(words) == 1, c.Path == "recover" && len(words) == 1:
		return t.signUp()
	case c.Path == "fund" && len(words) == 1:
		return t.addFunds()
	case c.Path == "approve" && len(words) == 2:
		return t.answer(words[1])
	}
	if c.Path == "link" && !strings.Contains(strings.Join(words, " "), "--") { // it needs one bound of three
		missing = append(missing, c.Input("--budget"))
	}
	for _, i := range missing {
		value, err := t.input(i)
		if err != nil {
			return t.failed(err)
		}
		if i.Flag != "" {
			value = i.Name() + "=" + value
		}
		words = append(words, value)
	}
	side, err := t.side(c, words)
	if err != nil {
		return err
	}
	return t.run(append(words, side...))
}

// several tells whether the wallet has more than one account.
func (t *talk) several() bool {
	if !t.hasWallet() {
		return false
	}
	o, err := t.svc.Overview(t.ctx, t.who)
	return err == nil && len(o.Wallets) > 1
}

// side asks for one of the switches of which exactly one is given.
func (t *talk) side(c *command.Command, words []string) ([]string, error) {
	given := func(name string) bool { return slices.Contains(words, "--"+name) }
	if len(c.OneOf) == 0 || slices.ContainsFunc(c.OneOf, given) || slices.Contains(words, "--help") {
		return nil, nil
	}
	answers := view.Map(c.OneOf, func(name string) string { return c.Input("--" + name).Help })
	n, err := t.choose("Which?", answers...)
	if err != nil {
		return nil, err
	}
	return []string{"--" + c.OneOf[n-1]}, nil
}

// failed tells a fault that ends a part of the talk; leaving and going back are none.
func (t *talk) failed(err error) error {
	if err == nil || errors.Is(err, errBack) || errors.Is(err, errLeft) || t.ctx.Err() != nil {
		return err
	}
	t.fault(err)
	return errBack
}

// run runs a line that is complete, and asks where it wants to be confirmed.
func (t *talk) run(words []string) error {
	reply := t.try(words)
	if reply.Again == "" {
		return nil
	}
	again, err := command.Words(reply.Again)
	if err != nil {
		return t.failed(err)
	}
	if reply.Request != nil {
		match, err := t.ownPage(*reply.Request)
		if err != nil {
			return err
		}
		again = append(again, "--match="+match)
	}
	if err := t.sure("Do it?", "yes"); err != nil {
		return err
	}
	t.try(again)
	return nil
}

// try runs a line and says what came of it.
func (t *talk) try(words []string) command.Reply {
	o := command.Options{Log: t.o.Log, NewID: t.o.NewID, Now: t.o.Now, Version: t.o.Version}
	reply := command.Try(t.ctx, t.svc, t.who, words, strings.NewReader(""), o)
	if t.ctx.Err() != nil {
		return reply
	}
	text, rows := reply.Plain()
	if rows != nil {
		t.rows, t.more = rows, nil
	}
	t.say(strings.Split(text, "\n")...)
	if reply.Next != "" {
		t.more = append(withoutCursor(words), "--cursor="+string(reply.Next))
	}
	if reply.Exit == command.ExitOK && len(words) == 1 && (words[0] == "lock" || words[0] == "window") {
		t.locked = words[0] == "lock"
	}
	if err := t.know(); err != nil { // zone and role may be others now
		t.o.Log.Debug("plain: who", "error", err)
	}
	return reply
}

// withoutCursor are the words of a list from its beginning.
func withoutCursor(words []string) []string {
	if i := slices.Index(words, "--cursor"); i >= 0 && i+1 < len(words) {
		return slices.Delete(slices.Clone(words), i, i+2)
	}
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return strings.HasPrefix(w, "--cursor=") })
}
