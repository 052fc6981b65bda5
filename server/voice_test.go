package server

import (
	"strings"
	"sync"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// phone is a call: what was asked last, and in how many steps.
type phone struct {
	f     *fixture
	name  string
	state string
	from  string // the number of the phone
}

// calls begins a call.
func (f *fixture) calls(name string) *phone {
	f.t.Helper()
	p := &phone{f: f, name: name}
	p.types("")
	return p
}

// types types digits, and returns all that is said.
func (p *phone) types(digits string) string {
	p.f.t.Helper()
	v, err := p.f.Call(p.f.ctx, view.CallStep{Call: p.name, State: p.state, Digits: digits, From: p.from})
	if err != nil {
		p.f.t.Fatal(err)
	}
	if p.state = v.State; p.state == "" {
		p.state = "over"
	}
	return strings.Join(v.Say, " ")
}

// tells tells a step again, with what was typed then.
func (p *phone) tells(state, digits string) string {
	p.f.t.Helper()
	return (&phone{f: p.f, name: p.name, state: state}).types(digits)
}

const annsPIN = "730194"

// reached is a wallet with money that is reached by phone.
func reached(f *fixture, name string) (who view.Caller, number string) {
	f.t.Helper()
	f.voice.On = true
	who = f.funded(name, eur(2000))
	v, err := f.SetVoicePIN(f.ctx, who, annsPIN)
	if err != nil || v.PIN != "" {
		f.t.Fatal(v, err)
	}
	return who, v.Number
}

func has(t *testing.T, said, want string) {
	t.Helper()
	if !strings.Contains(said, want) {
		t.Errorf("it is said %q, want %q in it", said, want)
	}
}

// A call reads the balance, freezes the wallet, disputes the last purchase and asks for a person; told again, each step
// has the same answer and changes nothing.
func TestCall(t *testing.T) {
	f := newFixture(t)
	ann, number := reached(f, "ann")
	v, _ := f.vendor("acme")
	f.unlimited(ann)
	f.buys(ann, v, "Rivers", eur(20))
	c := f.calls("CA1")
	has(t, c.types(number), "PIN")
	has(t, c.types(annsPIN), "For your balance press 1")
	has(t, c.types("1"), "You have 19.80 EUR to spend.")
	has(t, c.types("2"), "acme who calls it Rivers")
	has(t, c.types("4"), "To dispute it")
	step := c.state
	said := c.types("2")
	has(t, said, "It is disputed")
	is(t, "told again", c.tells(step, "2"), said)
	has(t, c.tells(step, "3"), "This call is over") // the same step with other digits
	all, err := f.Disputes(f.ctx, ann)
	is(t, "disputes", len(all), 1)
	has(t, c.types("3"), "To freeze")
	step = c.state
	said = c.types("1")
	has(t, said, "Your wallet is frozen")
	is(t, "frozen", f.overview(ann).Frozen, true)
	if _, err := f.VoiceThaw(f.ctx, ann); err != nil {
		t.Fatal(err)
	}
	is(t, "told again", c.tells(step, "1"), said)
	is(t, "frozen by what was told again", f.overview(ann).Frozen, false)
	has(t, c.types("3"), "To freeze")
	has(t, c.types("2"), "Nothing was done")
	has(t, c.types("9"), "Goodbye")
	has(t, c.types("1"), "This call is over")
	if err != nil {
		t.Fatal(err)
	}
}

// What staff or a debt have frozen, its owner does not thaw; what staff freeze on top of a call neither.
func TestWhoThaws(t *testing.T) {
	f := newFixture(t)
	ann, number := reached(f, "ann")
	handle := f.user(ann).Handle
	f.refused(ledger.ErrState, func() error { _, err := f.VoiceThaw(f.ctx, ann); return err })
	c := f.calls("CA1")
	for _, digits := range []string{number, annsPIN, "3", "1"} {
		c.types(digits)
	}
	has(t, c.types("1"), "Your wallet is frozen")
	has(t, c.types("3")+c.types("1"), "frozen already")
	if _, err := f.Freeze(f.ctx, f.operator, handle, "somebody else called"); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.VoiceThaw(f.ctx, ann); return err })
	f.refused(ledger.ErrState, func() error { _, err := f.Freeze(f.ctx, f.operator, handle, "again"); return err })
	if _, err := f.Thaw(f.ctx, f.operator, handle, "it was a joke"); err != nil {
		t.Fatal(err)
	}
	is(t, "frozen", f.overview(ann).Frozen, false)
}

// A wrong number, a wrong PIN and a locked wallet have one answer. Five wrong PINs lock for an hour, also of callers at
// once, and the owner reads it; twenty in a row end the access.
func TestPINsAreNotGuessed(t *testing.T) {
	f := newFixture(t)
	ann, number := reached(f, "ann")
	try := func(number, pin string) string {
		c := f.calls("CA" + f.time.Now().String() + number + pin)
		c.from = c.name // each from a phone of its own
		c.types(number)
		return c.types(pin)
	}
	answers := map[string]bool{
		try("00000000", annsPIN): true, try(number, "111112"): true, try(number, ""): true, try("", ""): true,
	}
	var all sync.WaitGroup
	for _, pin := range []string{"111113", "111114", "111115", "111116", "111117", "111118"} {
		all.Go(func() { try(number, pin) })
	}
	all.Wait()
	v, err := f.Voice(f.ctx, ann)
	is(t, "state", v.State, "locked")
	is(t, "wrong", v.Wrong, ledger.VoiceTries)
	answers[try(number, annsPIN)] = true
	is(t, "answers", len(answers), 1)
	if err != nil {
		t.Fatal(err)
	}
	f.time.Pass(ledger.VoiceHour)
	has(t, try(number, annsPIN), "For your balance")
	for range 4 {
		for _, pin := range []string{"211112", "211113", "211114", "211115", "211116"} {
			try(number, pin)
		}
		f.time.Pass(ledger.VoiceHour)
	}
	v, err = f.Voice(f.ctx, ann)
	is(t, "state", v.State, "off")
	if err != nil {
		t.Fatal(err)
	}
	has(t, try(number, annsPIN), "open no wallet")
}

// The same wrong PIN told again is counted once, and a right one forgets the wrong ones before it.
func TestPINsAreCountedOnce(t *testing.T) {
	f := newFixture(t)
	ann, number := reached(f, "ann")
	c := f.calls("CA1")
	c.types(number)
	step := c.state
	c.types("111112")
	for range 9 {
		c.tells(step, "111112")
	}
	is(t, "wrong", f.user(ann).Voice.Wrong, 1)
	c.types(number)
	step = c.state
	has(t, c.types(annsPIN), "For your balance")
	is(t, "wrong", f.user(ann).Voice.Total, 0)
	has(t, c.tells(step, annsPIN), "For your balance")
	has(t, (&phone{f: f, name: "CA2", state: step}).types(annsPIN), "This call is over") // of another call
	f.time.Pass(callLife)
	has(t, c.tells(step, annsPIN), "This call is over")
	has(t, c.types("1"), "This call is over")
}

// A lock that was cut off after the fifth PIN is set by the next one.
func TestLockThatWasCutOff(t *testing.T) {
	f := newFixture(t)
	ann, number := reached(f, "ann")
	f.write(func(tx books.Tx) error {
		u := f.user(ann)
		for range ledger.VoiceTries {
			u.Voice, _ = u.Voice.TryPIN(f.clock())
		}
		return tx.PutUser(u)
	})
	c := f.calls("CA1")
	c.types(number)
	has(t, c.types(annsPIN), "open no wallet")
	v, err := f.Voice(f.ctx, ann)
	is(t, "state", v.State, "locked")
	if err != nil {
		t.Fatal(err)
	}
}

// A new PIN, its end and a recovery end the calls that are under way.
func TestWhatEndsACall(t *testing.T) {
	f := newFixture(t)
	f.voice.On = true
	ann := caller("ann")
	joined, err := f.Join(f.ctx, ann, view.JoinRequest{Accept: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		end  func() error
	}{
		{"new PIN", func() error { _, err := f.SetVoicePIN(f.ctx, ann, ""); return err }},
		{"off", func() error { _, err := f.VoiceOff(f.ctx, ann); return err }},
		{"recovery", func() error { _, err := f.Recover(f.ctx, caller("new key"), joined.RecoveryCode); return err }},
	} {
		v, err := f.SetVoicePIN(f.ctx, ann, annsPIN)
		if err != nil {
			t.Fatal(err)
		}
		c := f.calls("CA " + tt.name)
		c.types(v.Number)
		has(t, c.types(annsPIN), "For your balance")
		if err := tt.end(); err != nil {
			t.Fatal(err)
		}
		has(t, c.types("1"), "This call is over")
	}
	f.refused(ledger.ErrNotJoined, func() error { _, err := f.Voice(f.ctx, ann); return err })
}

// Without a telephone service there is no PIN and no call, and PINs that are guessed first are none.
func TestNoCalls(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.SetVoicePIN(f.ctx, ann, ""); return err })
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Call(f.ctx, view.CallStep{Call: "CA1"}); return err })
	f.voice.On = true
	f.refused(ledger.ErrInvalid, func() error { _, err := f.Call(f.ctx, view.CallStep{}); return err })
	for _, pin := range []string{"000000", "123456", "987654", "12345", "1234567", "12345x"} {
		f.refused(ledger.ErrInvalid, func() error { _, err := f.SetVoicePIN(f.ctx, ann, pin); return err })
	}
	v, err := f.SetVoicePIN(f.ctx, ann, "")
	if err != nil || ledger.CheckPIN(v.PIN) != nil || len(v.Number) != ledger.VoiceNumberLength {
		t.Errorf("made %+v, %v", v, err)
	}
}

// A caller asks once until the desk has answered; with a number of the desk the caller is connected.
func TestCallersAsk(t *testing.T) {
	f := newFixture(t)
	ann, number := reached(f, "ann")
	c := f.calls("CA1")
	c.types(number)
	c.types(annsPIN)
	has(t, c.types("5"), "Your request is noted")
	has(t, c.types("5"), "waits already")
	page, err := f.DeskQueue(f.ctx, f.operator, view.TaskQuery{Kind: "caller"})
	if err != nil || len(page.Data) != 1 || page.Data[0].Handle != f.user(ann).Handle {
		t.Fatal(page.Data, err)
	}
	id := page.Data[0].ID
	is(t, "leads", page.Data[0].Leads, "desk answered "+id)
	if _, err := f.DeskClaim(f.ctx, f.operator, id); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrInvalid, func() error { _, err := f.DeskAnswered(f.ctx, f.operator, id, " "); return err })
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.DeskAnswered(f.ctx, ann, id, "me"); return err })
	if _, err := f.DeskAnswered(f.ctx, f.operator, id, "Type history."); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrState, func() error { _, err := f.DeskAnswered(f.ctx, f.operator, id, "again"); return err })
	f.refused(ledger.ErrNotFound, func() error { _, err := f.DeskAnswered(f.ctx, f.operator, "vcs_x", "no"); return err })
	f.voice.Desk = "+4930901821"
	v, err := f.Call(f.ctx, view.CallStep{Call: "CA1", State: c.state, Digits: "5"})
	is(t, "dials", v.Dial, "+4930901821")
	if err != nil {
		t.Fatal(err)
	}
}

// An invitation opens one wallet within a week; the desk sees which, and a member of staff makes twenty.
func TestInvitations(t *testing.T) {
	f := newFixture(t)
	v, err := f.Invite(f.ctx, f.operator)
	if err != nil || v.Code == "" || !strings.HasPrefix(v.Type, "ssh pay.example join J-") {
		t.Fatal(v, err)
	}
	join := func(name, code string) error {
		_, err := f.Join(f.ctx, caller(name), view.JoinRequest{Accept: true, Invite: code})
		return err
	}
	f.refused(ledger.ErrNotFound, func() error { return join("ann", "J-AAAAA-AAAAA-AAAAA") })
	if err := join("ann", strings.ToLower(v.Code)); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrState, func() error { return join("ann", v.Code) })
	f.refused(ledger.ErrNotFound, func() error { return join("bob", v.Code) })
	page, err := f.Invites(f.ctx, f.operator, view.Paging{})
	if err != nil || len(page.Data) != 1 || page.Data[0].State != "used" || page.Data[0].Code != "" ||
		page.Data[0].Handle != f.user(caller("ann")).Handle {
		t.Errorf("the desk sees %+v, %v", page.Data, err)
	}
	if _, err := f.DeskNote(f.ctx, f.operator, v.ID, "she came"); err != nil {
		t.Error(err)
	}
	var last view.Invite
	for range ledger.InvitesPerDay - 1 {
		if last, err = f.Invite(f.ctx, f.operator); err != nil {
			t.Fatal(err)
		}
	}
	f.refused(ledger.ErrLimit, func() error { _, err := f.Invite(f.ctx, f.operator); return err })
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.Invite(f.ctx, caller("ann")); return err })
	f.time.Pass(ledger.InviteLife)
	f.refused(ledger.ErrNotFound, func() error { return join("bob", last.Code) })
	f.time.Pass(inviteKept + time.Hour)
	f.Sweep(f.ctx)
	page, err = f.Invites(f.ctx, f.operator, view.Paging{})
	is(t, "kept", len(page.Data), 0)
	if err != nil {
		t.Fatal(err)
	}
}
