package server

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// call is the reason of most acts of these tests.
var called = ledger.StaffReason{Code: "call", Words: "she asked for the balance"}

// Whatever a caller reads to staff is found, with the wallet that it leads to, and each find is a look. What nobody
// should have asked for is refused.
func TestDeskFindsWhatACallerNames(t *testing.T) {
	d := newDesk(t, 2000)
	sent, err := d.Transfer(d.ctx, d.ann, view.TransferRequest{Amount: eur(100)})
	must(t, err)
	receipt, err := d.ReceiptAdd(d.ctx, d.mia, view.UnallocatedRequest{Amount: eur(300), Source: "check", Text: "who"})
	must(t, err)
	proposed, err := d.DeskCredit(d.ctx, d.mia, d.user(d.ann).Handle, eur(2500), "sorry")
	must(t, err)
	history, err := d.History(d.ctx, d.ann, view.HistoryQuery{Kind: "purchase"})
	must(t, err)
	ann := d.user(d.ann).Handle
	for text, want := range map[string]string{
		ann: "wallet", d.fresh.Reference: "deposit", d.check.ID: "deposit", d.dispute: "dispute", sent.ID: "transfer",
		receipt.ID: "receipt", proposed.Proposal: "proposal", "news": "vendor", "ne": "", "NEWS": "vendor",
		history.Data[0].ID: "purchase", "1": "entry", sent.Code[:9]: "transfer", strings.ToLower(sent.Code[:9]): "transfer",
		sent.Code[:6]: "", "zzzz": "", "chg_00000000000000000000000000": "",
	} {
		page, err := d.DeskFind(d.ctx, d.max, text)
		if len(text) < leastFound && text != "1" {
			if !errors.Is(err, ledger.ErrInvalid) {
				t.Errorf("%q: %v, want a refusal", text, err)
			}
			continue
		}
		must(t, err)
		var kinds []string
		for _, x := range page.Data {
			kinds = append(kinds, x.Kind)
			if x.Handle != "" && x.Handle != ann || x.Leads == "" && x.Handle != "" {
				t.Errorf("%q leads to %+v", text, x)
			}
		}
		if want != "" && !slices.Contains(kinds, want) || want == "" && len(kinds) != 0 {
			t.Errorf("%q finds %v, want %q", text, kinds, want)
		}
	}
	d.refused(ledger.ErrInvalid, func() error { _, err := d.DeskFind(d.ctx, d.max, sent.Code); return err })
	d.refused(ledger.ErrNotAllowed, func() error { _, err := d.DeskFind(d.ctx, d.ann, ann); return err })
	looks, err := d.Looks(d.ctx, d.ann, view.Paging{})
	must(t, err)
	if !slices.ContainsFunc(looks.Data, func(l view.Look) bool { return l.Act == "desk find" }) {
		t.Errorf("its owner reads %+v", looks.Data)
	}
}

// Staff read a wallet as its owner sees it, without what pays or buys. The owner reads who looked, when and why, once
// for each quarter of an hour; and nobody else does.
func TestMirrorOfAWalletIsWrittenDown(t *testing.T) {
	d := newDesk(t, 2000)
	v, _ := d.vendor("shop")
	d.asks(v, "Waits", eur(10))
	ann := d.user(d.ann).Handle
	m, err := d.DeskWallet(d.ctx, d.max, ann, called)
	must(t, err)
	is(t, "handle", m.Handle, ann)
	is(t, "state", m.State, "active")
	is(t, "disputes", len(m.Disputes), 1)
	is(t, "deposits", len(m.Deposits), 3)
	is(t, "keys", m.Members, 1)
	over, err := d.Overview(d.ctx, d.ann)
	must(t, err)
	is(t, "balance", m.Accounts[0].Available, over.Wallets[0].Available)
	is(t, "newest row", m.Recent[0], over.Recent[0])
	for _, x := range m.Deposits {
		if x.Link != "" || len(x.Steps) > 0 {
			t.Errorf("it tells how to pay: %+v", x)
		}
	}
	_, err = d.DeskWallet(d.ctx, d.max, ann, called)
	must(t, err)
	d.time.Pass(time.Minute)
	_, err = d.DeskWallet(d.ctx, d.max, ann, ledger.StaffReason{Code: "fraud"})
	must(t, err)
	d.time.Pass(mirrorLife)
	_, err = d.DeskWallet(d.ctx, d.max, ann, called)
	must(t, err)
	looks, err := d.Looks(d.ctx, d.ann, view.Paging{Limit: 3})
	must(t, err)
	is(t, "looks", len(looks.Data), 3)
	is(t, "reason of the second", looks.Data[1].Reason, "fraud")
	is(t, "words of the newest", looks.Data[0].Words, called.Words)
	theirs, err := d.Looks(d.ctx, caller("mia's wallet"), view.Paging{})
	must(t, err)
	is(t, "looks at another wallet", len(theirs.Data), 0)
	for name, do := range map[string]func() error{
		"no reason": func() error { _, err := d.DeskWallet(d.ctx, d.max, ann, ledger.StaffReason{}); return err },
		"curiosity": func() error {
			_, err := d.DeskWallet(d.ctx, d.max, ann, ledger.StaffReason{Code: "curiosity"})
			return err
		},
	} {
		if err := do(); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.refused(ledger.ErrNotAllowed, func() error { _, err := d.DeskWallet(d.ctx, d.ann, ann, called); return err })
	d.refused(ledger.ErrNotFound, func() error { _, err := d.DeskWallet(d.ctx, d.max, "w_nobody", called); return err })
}

// A line of the staff log goes after its time, and the owner's with it.
func TestLooksAreForgottenWithTheStaffLog(t *testing.T) {
	d := newDesk(t, 2000)
	_, err := d.DeskWallet(d.ctx, d.max, d.user(d.ann).Handle, called)
	must(t, err)
	d.time.Pass(staffLogRetention + time.Hour)
	d.Sweep(d.ctx)
	looks, err := d.Looks(d.ctx, d.ann, view.Paging{})
	must(t, err)
	is(t, "looks", len(looks.Data), 0)
}

// The audit of staff is filtered by who, whose, what and when, and each act leads to its entry.
func TestDeskAuditIsFiltered(t *testing.T) {
	d := newDesk(t, 2000)
	ann := d.user(d.ann).Handle
	_, err := d.DeskWallet(d.ctx, d.max, ann, called)
	must(t, err)
	mias := d.mia
	mias.Why = ledger.StaffReason{Code: "fraud", Words: "two cards"}
	_, err = d.Freeze(d.ctx, mias, ann, "its owner called")
	must(t, err)
	begun := d.clock()
	d.time.Pass(time.Hour)
	_, err = d.Thaw(d.ctx, d.max, ann, "she called again")
	must(t, err)
	for name, c := range map[string]struct {
		q    view.AuditQuery
		want []string
	}{
		"wallet":       {view.AuditQuery{Wallet: ann}, []string{"thaw", "freeze", "desk wallet", "deposit received"}},
		"staff":        {view.AuditQuery{Staff: d.max.Fingerprint[:20]}, []string{"thaw", "desk wallet"}},
		"act":          {view.AuditQuery{Act: "desk"}, []string{"desk wallet"}},
		"since":        {view.AuditQuery{Since: begun.Add(time.Minute)}, []string{"thaw"}},
		"until":        {view.AuditQuery{Until: begun.Add(time.Minute), Act: "f"}, []string{"freeze"}},
		"all of them":  {view.AuditQuery{Wallet: ann, Act: "freeze", Staff: d.mia.Fingerprint}, []string{"freeze"}},
		"not by max":   {view.AuditQuery{Act: "freeze", Staff: d.max.Fingerprint}, nil},
		"other wallet": {view.AuditQuery{Wallet: d.user(caller("mia's wallet")).Handle}, nil},
	} {
		page, err := d.StaffLog(d.ctx, d.operator, c.q)
		must(t, err)
		var got []string
		for _, a := range page.Data {
			got = append(got, a.Act)
			if a.Act == "freeze" && (a.Reason != "fraud" || a.Words != "two cards" || a.Entry == 0) {
				t.Errorf("the freeze says %+v", a)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	d.refused(ledger.ErrNotAllowed, func() error { _, err := d.StaffLog(d.ctx, d.max, view.AuditQuery{}); return err })
	d.refused(ledger.ErrNotFound, func() error {
		_, err := d.StaffLog(d.ctx, d.operator, view.AuditQuery{Wallet: "w_nobody"})
		return err
	})
}

// A case is with one: of many who claim it at once one wins, it ends by itself, and it can be given back and handed
// over.
func TestOneOfTwoGetsTheCase(t *testing.T) {
	d := newDesk(t, 2000)
	var wins, others int
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, who := range []view.Caller{d.mia, d.max, d.other, d.operator} {
		all.Go(func() {
			_, err := d.DeskClaim(d.ctx, who, d.dispute)
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				wins++
			case errors.Is(err, ledger.ErrState):
				others++
			}
		})
	}
	all.Wait()
	is(t, "winners", wins, 1)
	is(t, "others", others, 3)
	d.time.Pass(ledger.ClaimLife)
	claimed, err := d.DeskClaim(d.ctx, d.max, d.dispute)
	must(t, err)
	is(t, "with", claimed.Mine, true)
	for name, c := range map[string]struct {
		do   func() error
		want error
	}{
		"claimed":  {func() error { _, err := d.DeskClaim(d.ctx, d.mia, d.dispute); return err }, ledger.ErrState},
		"released": {func() error { _, err := d.DeskRelease(d.ctx, d.mia, d.dispute); return err }, ledger.ErrState},
		"handed": {func() error {
			_, err := d.DeskHand(d.ctx, d.mia, d.dispute, "otto", "")
			return err
		}, ledger.ErrNotFound},
		"no words": {func() error { _, err := d.DeskNote(d.ctx, d.max, d.dispute, " "); return err }, ledger.ErrInvalid},
		"no case":  {func() error { _, err := d.DeskClaim(d.ctx, d.max, "dsp_x"); return err }, ledger.ErrNotFound},
		"a user":   {func() error { _, err := d.DeskClaim(d.ctx, d.ann, d.dispute); return err }, ledger.ErrNotAllowed},
		"to nobody": {func() error {
			_, err := d.DeskHand(d.ctx, d.max, d.dispute, "nobody", "")
			return err
		}, ledger.ErrNotFound},
		"a stranger": {func() error {
			_, err := d.DeskNote(d.ctx, caller("eve"), d.dispute, "x")
			return err
		}, ledger.ErrNotAllowed},
	} {
		if err := c.do(); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	_, err = d.DeskNote(d.ctx, d.max, d.dispute, "asked the vendor")
	must(t, err)
	handed, err := d.DeskHand(d.ctx, d.max, d.dispute, d.mia.Fingerprint[:20], "it is her language")
	must(t, err)
	is(t, "notes", len(handed.Notes), 2)
	is(t, "mine", handed.Mine, false)
	page, err := d.DeskQueue(d.ctx, d.mia, view.TaskQuery{Mine: true})
	must(t, err)
	is(t, "mia's cases", len(page.Data), 1)
	_, err = d.DeskRelease(d.ctx, d.mia, d.dispute)
	must(t, err)
	free, err := d.DeskQueue(d.ctx, d.max, view.TaskQuery{Free: true, Kind: "dispute"})
	must(t, err)
	is(t, "free again", free.Data[0].With, "")
}

// Nobody works on a case about the own wallet, nor gets it handed over.
func TestOwnCasesAreForOthers(t *testing.T) {
	d := newDesk(t, 2000)
	d.role(d.max, ledger.RoleRep, d.user(d.ann).Handle)
	for name, do := range map[string]func() error{
		"note":  func() error { _, err := d.DeskNote(d.ctx, d.max, d.check.ID, "x"); return err },
		"claim": func() error { _, err := d.DeskClaim(d.ctx, d.max, d.check.Reference); return err },
		"hand": func() error {
			_, err := d.DeskHand(d.ctx, d.mia, d.check.ID, d.max.Fingerprint[:20], "")
			return err
		},
	} {
		if err := do(); !errors.Is(err, ledger.ErrNotAllowed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The queue has all that waits for a person, and nothing else, in the order of what was promised and what is at stake.
// Its pages follow each other, whatever leaves it meanwhile.
func TestQueueIsInTheOrderOfPromises(t *testing.T) {
	d := newDesk(t, 2000)
	for i := range 9 {
		_, err := d.ReceiptAdd(d.ctx, d.mia, view.UnallocatedRequest{
			Amount: eur(int64(100 * (i%3 + 1))), Source: "check", Text: fmt.Sprint("letter ", i),
		})
		must(t, err)
		if i%3 == 2 {
			d.time.Pass(90 * time.Minute)
		}
	}
	_, err := d.DeskCredit(d.ctx, d.mia, d.user(d.ann).Handle, eur(2500), "sorry")
	must(t, err)
	whole, err := d.DeskQueue(d.ctx, d.max, view.TaskQuery{})
	must(t, err)
	is(t, "cases", len(whole.Data), 12) // a check that has come, a dispute, nine letters, a proposal
	var want, got []string
	for i, x := range whole.Data {
		want = append(want, x.ID)
		if i == 0 {
			continue
		}
		a, b := whole.Data[i-1], x
		hour := func(v view.Task) int64 { return v.Promise.Unix() / 3600 }
		if hour(a) > hour(b) || hour(a) == hour(b) && a.Amount.Micros < b.Amount.Micros {
			t.Errorf("%s of %s at %s stands before %s of %s at %s", a.Kind, a.Amount, a.Promise, b.Kind, b.Amount, b.Promise)
		}
	}
	for q := (view.TaskQuery{Paging: view.Paging{Limit: 5}}); ; {
		page, err := d.DeskQueue(d.ctx, d.max, q)
		must(t, err)
		for _, x := range page.Data {
			got = append(got, x.ID)
		}
		if q.Before = page.Next; q.Before == "" {
			break
		}
		// What stood on this page leaves the queue: the next page begins where it would have begun.
		for _, x := range page.Data {
			if x.Kind == "receipt" {
				_, err := d.ReceiptReturn(d.ctx, d.max, x.ID, "nobody knows it")
				must(t, err)
			}
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("page by page %v, want %v", got, want)
	}
	d.refused(ledger.ErrInvalid, func() error {
		_, err := d.DeskQueue(d.ctx, d.max, view.TaskQuery{Kind: "all"})
		return err
	})
	d.refused(ledger.ErrInvalid, func() error {
		_, err := d.DeskQueue(d.ctx, d.max, view.TaskQuery{Paging: view.Paging{Before: "cur_1"}})
		return err
	})
}

// A session of staff reads until it says why it wants to write; that ends by itself, with the connection, and on
// demand. A command line is one act.
func TestSessionsOfStaffReadUntilTheySayWhy(t *testing.T) {
	d := newDesk(t, 2000)
	ann := d.user(d.ann).Handle
	here, there := d.max, d.max
	here.Session, there.Session, there.Remote = true, true, "192.0.2.1:6"
	freeze := func(who view.Caller) error {
		u := d.user(d.ann)
		if u.Status == ledger.UserFrozen {
			_, err := d.Thaw(d.ctx, who, ann, "again")
			return err
		}
		_, err := d.Freeze(d.ctx, who, ann, "once")
		return err
	}
	d.refused(ledger.ErrNotAllowed, func() error { return freeze(here) })
	_, err := d.DeskQueue(d.ctx, here, view.TaskQuery{}) // it reads
	must(t, err)
	d.refused(ledger.ErrInvalid, func() error {
		_, err := d.WriteMode(d.ctx, here, true, ledger.StaffReason{})
		return err
	})
	d.refused(ledger.ErrState, func() error { _, err := d.WriteMode(d.ctx, d.max, true, called); return err })
	mode, err := d.WriteMode(d.ctx, here, true, called)
	must(t, err)
	is(t, "mode", mode.On, true)
	must(t, freeze(here))
	d.refused(ledger.ErrNotAllowed, func() error { return freeze(there) })
	must(t, freeze(d.max)) // a command line
	d.time.Pass(writeLife - time.Second)
	must(t, freeze(here)) // the time begins anew
	d.time.Pass(writeLife - time.Second)
	must(t, freeze(here))
	d.time.Pass(writeLife)
	d.refused(ledger.ErrNotAllowed, func() error { return freeze(here) })
	_, err = d.WriteMode(d.ctx, here, true, called)
	must(t, err)
	_, err = d.WriteMode(d.ctx, here, false, ledger.StaffReason{})
	must(t, err)
	d.refused(ledger.ErrNotAllowed, func() error { return freeze(here) })
	theirs := d.ann
	theirs.Session = true
	d.refused(ledger.ErrNotAllowed, func() error { _, err := d.WriteMode(d.ctx, theirs, true, called); return err })
	log, err := d.StaffLog(d.ctx, d.operator, view.AuditQuery{Act: "freeze"})
	must(t, err)
	is(t, "reason of the session", log.Data[len(log.Data)-1].Words, called.Words)
	log, err = d.StaffLog(d.ctx, d.operator, view.AuditQuery{Act: "thaw"})
	must(t, err)
	is(t, "reason of a command line", log.Data[len(log.Data)-1].Reason, "call")
}
