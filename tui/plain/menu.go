package plain

import (
	"fmt"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command"
)

// item is a line of the menu.
type item struct {
	name string
	act  func() error
}

// menu is what a key can do by a number.
func (t *talk) menu() []item {
	run := func(line string) func() error {
		return func() error { return t.verb(strings.Fields(line)) }
	}
	var all []item
	if t.me.Role == ledger.RoleNone {
		all = append(all, item{"open a wallet or recover one", t.signUp})
	}
	if t.hasWallet() {
		all = append(
			all, item{"answer a request", func() error { return t.answer("") }}, item{"add funds", t.addFunds},
			item{"balance", run("balance")}, item{"history", run("history")}, item{"limits", t.limits},
			item{"vendors", run("vendors")}, item{"disputes", t.disputes},
			item{"keys", run("keys")}, item{"settings", run("settings")},
		)
	}
	if command.May(t.me, ledger.RoleRep) {
		all = append(
			all, item{"disputes of the desk", run("desk disputes")}, item{"deposits of the desk", run("desk deposits")},
		)
	}
	return append(all, item{"help", t.help}, item{"leave", func() error { return errLeft }})
}

// chosen is what a number of the menu does, nil if the line is none.
func (t *talk) chosen(line string) func() error {
	all := t.menu()
	if n, ok := number(line, len(all)); ok {
		return all[n].act
	}
	return nil
}

// begin greets: what the place is, what there is, what waits.
func (t *talk) begin() error {
	name := title(view.Clean(t.house.Name))
	if t.house.Simulated {
		name += ", demo: no real money moves"
	}
	if t.me.Role == ledger.RoleNone {
		t.say(name + ". This key has no wallet yet.")
		return t.signUp()
	}
	if !t.hasWallet() {
		t.say(name + ". You work here as " + t.me.Role.String() + ".")
		t.sayMenu()
		return nil
	}
	o, err := t.svc.Overview(t.ctx, t.who)
	if err != nil {
		return t.lost(err)
	}
	t.say(name + ". You have " + sums(o.Wallets) + ".")
	f := view.Format{Now: t.o.Now(), Zone: command.ZoneOf(t.me.Zone)}
	if held, is := o.Restraint(f); is {
		t.say(held.Title+".", "Works: "+held.Works+".", "Waits: "+held.Waits+".", held.Remedy)
	}
	t.sayMenu()
	t.status()
	return nil
}

// sums are the accounts in words.
func sums(all []view.Wallet) string {
	if len(all) == 0 {
		return "no tokens yet"
	}
	return strings.Join(view.Map(all, func(w view.Wallet) string { return w.Available.String() }), " and ")
}

// sayMenu reads the menu out.
func (t *talk) sayMenu() {
	line := "Menu."
	for n, i := range t.menu() {
		line += fmt.Sprintf(" %d: %s.", n+1, i.name)
	}
	t.say(line)
}

// status says what waits, and what can be typed.
func (t *talk) status() {
	waits := ""
	if t.hasWallet() {
		pending, err := t.svc.Pending(t.ctx, t.who)
		switch {
		case err != nil:
			t.fault(err)
			return
		case len(pending) == 1:
			waits = "1 request waits. "
		case len(pending) > 1:
			waits = view.Plural(uint64(len(pending)), "request") + " wait. "
		}
	}
	t.say(waits + "Type a number or a word, help, or leave.")
}

// help explains how one talks here, and lists the commands that the key may use.
func (t *talk) help() error {
	t.say(
		"Type a number of the menu, or a command. What a command needs is asked for.",
		"Enter alone goes back from a question. The first answer of a question that decides is the safe one.",
		"An id may be typed in groups of four, or as its number in the last list: show 2.",
		"More of a list: more. The menu: menu. About one command: help and its name. To go: leave, or ctrl+d.",
		"Lines that begin with EVENT tell what happened meanwhile.",
	)
	for _, c := range command.CommandsFor(t.me) {
		if c.Path != "help" && c.Path != "completion" && c.Path != "manual" && c.Path != "plain" {
			t.say(c.Line() + ": " + sentence(c.Help))
		}
	}
	t.sayMenu()
	return nil
}

// title is a name at the beginning of a sentence.
func title(name string) string {
	if name == "" {
		return ""
	}
	return strings.ToUpper(name[:1]) + name[1:]
}
