package command

import (
	"slices"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// keyCommands are about the keys that open a wallet, and its recovery code.
func keyCommands() []Command {
	return []Command{
		{
			Path: "keys", Help: "list the keys that open this wallet", Role: ledger.RoleUser, Place: "me",
			JSON: view.KeyRing{}, Run: runKeys,
		},
		{
			Path: "keys name", Help: "name a key of this wallet", Role: ledger.RoleUser, Key: "me:enter",
			Inputs: []Input{arg(KindKey), arg(KindKeyName)},
			JSON:   view.KeyRing{}, Run: runKeysName,
		},
		{
			Path: "keys add", Help: "print a code that adds one more key to this wallet", Role: ledger.RoleUser,
			Key: "me:+",
			Long: "Type the code on the other device within ten minutes: keys join CODE\n" +
				"It is good once, and a later one takes its place. For a while, a day unless the operator has set recovery_lock, " +
				"the new key cannot " + view.NewKeyCannot + ".",
			JSON: view.KeyCode{}, Run: runKeysAdd,
		},
		{
			Path: "keys join", Help: "add this key to the wallet that has printed the code", Key: "signup:l",
			Long: "Without CODE the code is read from the first line of the input.",
			Inputs: []Input{
				arg(KindKeyCode).optional(), option("name", KindKeyName, "what to call this key"),
			},
			JSON: view.Identity{}, Run: runKeysJoin,
		},
		{
			Path: "keys end", Help: "end a key of this wallet, and its sessions", Role: ledger.RoleUser, Moves: true,
			Key: "me:D",
			Long: "The last key does not end. While it is new, a key can end itself and no other.\n" +
				"Without --yes the command only says what would happen.",
			Inputs: []Input{arg(KindKey)},
			JSON:   view.KeyRing{}, Run: runKeysEnd,
		},
		{
			Path: "keys forget", Help: "forget a browser, so that it asks again", Role: ledger.RoleUser, Moves: true,
			Long: "keys lists the browsers in which you have said yes to a vendor that may sell without a question. While\n" +
				"the purchase window is open such vendors sell there at once.\n" +
				"Without --yes the command only says what would happen.",
			Inputs: []Input{arg(KindBrowser)},
			JSON:   view.KeyRing{}, Run: runKeysForget,
		},
		{
			Path: "recovery renew", Help: "make a new recovery code, which is printed once", Role: ledger.RoleUser, Moves: true,
			Key: "me:R",
			Long: "The code before it stays good for a week, so that who has stolen a key does not end what you have on " +
				"paper. If the paper was stolen, use it at once with another key of yours: recover CODE. That ends it.\n" +
				"Without --yes the command only says what would happen.",
			JSON: view.Renewed{}, Run: runRecoveryRenew,
		},
	}
}

// runKeys lists the keys.
func runKeys(r *Run) error { return r.answerKeys(r.Service.Keys(r.Ctx, r.Who)) }

// answerKeys shows the keys, and what is known of the recovery code.
func (r *Run) answerKeys(ring view.KeyRing, err error) error {
	return r.answerOf(ring, err, func(s *textWriter) {
		s.table("", view.KeyTable(ring.Keys, s.format()))
		if len(ring.Browsers) > 0 {
			s.gap()
			s.table("", view.BrowserTable(ring.Browsers, s.format()))
		}
		if ring.CodeRenewed.IsZero() {
			return
		}
		s.gap()
		s.line("Recovery code renewed " + s.at(ring.CodeRenewed) + ".")
		if !ring.OldCodeUntil.IsZero() {
			s.line("The one before it is good until " + s.at(ring.OldCodeUntil) + ".")
		}
	})
}

// runKeysName names a key.
func runKeysName(r *Run) error {
	return r.answerKeys(r.Service.NameKey(r.Ctx, r.Who, r.Args[0], r.Args[1]))
}

// runKeysAdd prints a code. It stands on a line of its own, so that it can be copied whole.
func runKeysAdd(r *Run) error {
	code, err := r.Service.AddKey(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	house, err := r.Service.House(r.Ctx)
	return r.answerOf(code, err, func(s *textWriter) {
		s.line("On the other device, type before " + s.at(code.Expires) + ":")
		s.gap()
		s.line("  ssh " + house.Host + " keys join " + code.Code)
		s.gap()
		s.line("Whoever types it has this wallet. It is good once.")
	})
}

// runKeysJoin adds the calling key.
func runKeysJoin(r *Run) error {
	code, err := r.code()
	if err != nil {
		return err
	}
	id, err := r.Service.JoinKey(r.Ctx, r.Who, code, r.flag("name"))
	if err != nil {
		return err
	}
	r.Me = id
	return r.answer(id, func(s *textWriter) {
		s.line("This key opens the wallet " + id.Handle + " now.")
		s.line("Before " + s.at(id.NewUntil) + " it cannot " + view.NewKeyCannot + ".")
	})
}

// runKeysEnd says first what the end of a key means: it does not come back by itself.
func runKeysEnd(r *Run) error {
	if !r.Yes {
		if err := r.canEnd(r.Args[0]); err != nil {
			return err
		}
		return confirm(r.again(), "", "The key %s finds no wallet any more, and its sessions end.", view.Clean(r.Args[0]))
	}
	return r.answerKeys(r.Service.EndKey(r.Ctx, r.Who, r.Args[0]))
}

// runKeysForget says first what forgetting a browser means.
func runKeysForget(r *Run) error {
	id := r.Args[0]
	if !r.Yes {
		ring, err := r.Service.Keys(r.Ctx, r.Who)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(ring.Browsers, func(b view.Browser) bool { return b.ID == id }) {
			return ledger.RefuseBrowserUnknown()
		}
		return confirm(r.again(), "", "Vendors ask again in this browser.")
	}
	return r.answerKeys(r.Service.ForgetBrowser(r.Ctx, r.Who, id))
}

// canEnd returns why a key cannot end: there is none or more than one of that name, or no other.
func (r *Run) canEnd(key string) error {
	ring, err := r.Service.Keys(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	var u ledger.User
	for _, k := range ring.Keys {
		u.Keys = append(u.Keys, ledger.Member{Fingerprint: k.Fingerprint, Name: k.Name})
	}
	m, err := u.KeyNamed(key)
	if err != nil {
		return err
	}
	_, err = ledger.DecideEndKey(ledger.KeyOrder{Fingerprint: m.Fingerprint, Actor: ledger.Actor{Key: m.Fingerprint}},
		ledger.KeyFacts{User: u}, time.Time{})
	return err
}

// runRecoveryRenew prints the new code as a join does.
func runRecoveryRenew(r *Run) error {
	if !r.Yes {
		return confirm(r.again(), "", "A new recovery code is printed, this once. The one that you have ends in a week.")
	}
	renewed, err := r.Service.RenewRecovery(r.Ctx, r.Who)
	return r.answerOf(renewed, err, func(s *textWriter) {
		s.line("Recovery code, shown this once:")
		s.gap()
		s.line("  " + renewed.RecoveryCode)
		s.gap()
		s.line("Write it down on paper. The code before it is good until " + s.at(renewed.OldCodeUntil) + ".")
	})
}
