package plain

import (
	"errors"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command"
)

// signUp opens a wallet for a new key, or takes one over: the terms, the recovery code, and the first funds.
func (t *talk) signUp() error {
	if t.me.Role != ledger.RoleNone {
		t.say("This key has a wallet already.")
		return nil
	}
	t.say("A wallet belongs to your SSH key: no name, no password, no mail address.")
	for _, f := range t.house.Terms() {
		if f.Value != "" {
			label := f.Label
			if label == "Limits" { // the same figure in each
				label += ", in each currency"
			}
			t.say(label + ": " + sentence(view.Clean(f.Value)))
		}
	}
	t.say("Your key: " + t.who.Fingerprint)
	// An agent offers its keys in an order of its own, and a recovery would end the key that has the wallet.
	t.say("If another key of yours has a wallet, leave, and name that key: " + ledger.OtherKey(view.Clean(t.house.Host)))
	n, err := t.decide("What now?", "leave, and keep nothing", "accept these terms and open a wallet",
		"recover a wallet by its code")
	if err != nil {
		return err
	}
	var joined view.Joined
	switch n {
	case 1:
		return errLeft
	case 2:
		if joined, err = t.svc.Join(t.ctx, t.who, view.JoinRequest{Accept: true}); err != nil {
			return t.failed(err)
		}
		t.say("The wallet " + command.Spell(view.Clean(joined.Handle)) + " belongs to this key now.")
	default:
		if joined, err = t.recovered(); err != nil {
			return err
		}
	}
	if err := t.know(); err != nil {
		return t.failed(err)
	}
	if err := t.readBack(joined); err != nil {
		return err
	}
	return t.firstFunds()
}

// recovered takes a wallet over by its code, which is not shown while it is typed.
func (t *talk) recovered() (view.Joined, error) {
	t.say("Your other keys stop working. For some time no money can leave the wallet.")
	code, err := t.ask("The recovery code? It is not shown while you type.", true)
	if err != nil {
		return view.Joined{}, err
	}
	joined, err := t.svc.Recover(t.ctx, t.who, code)
	if err != nil {
		return joined, t.failed(err)
	}
	t.say("The wallet " + command.Spell(view.Clean(joined.Handle)) + " belongs to this key now. " +
		"Its earlier keys and the old recovery code have ended.")
	if !joined.LockedUntil.IsZero() {
		f := view.Format{Zone: command.ZoneOf(t.me.Zone)}
		t.say("Money cannot leave before " + f.Time(joined.LockedUntil) + ".")
	}
	return joined, nil
}

// readBack reads the recovery code out and has its last group typed, so that nobody goes on who did not write it down.
// It is in no later answer of the service.
func (t *talk) readBack(j view.Joined) error {
	groups := strings.Fields(command.Fours(strings.ReplaceAll(view.Clean(j.RecoveryCode), "-", "")))
	if len(groups) == 0 {
		return nil
	}
	last := groups[len(groups)-1]
	for {
		t.say(
			"Write this recovery code down, on paper. It alone brings the wallet back if you lose your key.",
			"It is read out this once. It has these groups:",
			strings.Join(groups, " "),
		)
		typed, err := t.askOr("Type the last group, to be sure. It is not shown while you type.", true)
		if err != nil {
			return err
		}
		if strings.EqualFold(strings.ReplaceAll(typed, "-", ""), last) {
			t.say("That is right.")
			return nil
		}
		t.say("That is not the last group. Here is the code again.")
	}
}

// firstFunds offers what a new wallet needs first.
func (t *talk) firstFunds() error {
	t.say("The wallet is prepaid: you spend what you put in, and nothing else.")
	n, err := t.choose("Add funds?", "later", "now")
	if err != nil && !errors.Is(err, errBack) {
		return err
	}
	if n == 2 {
		if err := t.addFunds(); err != nil && !errors.Is(err, errBack) {
			return err
		}
	}
	t.sayMenu()
	t.status()
	return nil
}
