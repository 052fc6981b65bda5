package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// stolen is a wallet whose key a thief has had for a year. The person has the paper.
func stolen(t *testing.T) (f *fixture, thief view.Caller, paper string) {
	t.Helper()
	f = newFixture(t)
	thief = caller("ann")
	j, err := f.Join(f.ctx, thief, view.JoinRequest{Accept: true})
	must(t, err)
	_, err = f.Fund(f.ctx, thief, view.FundRequest{Amount: eur(500), Method: "card"})
	must(t, err)
	f.time.Pass(400 * 24 * time.Hour)
	f.touch(thief)
	return f, thief, j.RecoveryCode
}

// Whoever has found an old key closes no wallet for good and gets nothing of what comes in: the paper opens it again,
// with its history and what came in since, also where the thief has made a new code first.
func TestPaperOpensAClosedWallet(t *testing.T) {
	for _, renewed := range []bool{false, true} {
		f, thief, paper := stolen(t)
		v, key := f.vendor("acme")
		f.unlimited(thief)
		sold := f.buys(thief, v, "Rivers", eur(200))
		f.empties(thief, "bob")
		was := f.user(thief)
		if renewed {
			_, err := f.RenewRecovery(f.ctx, thief)
			must(t, err)
		}
		code := f.closes(thief)
		seller, err := f.Authenticate(f.ctx, key)
		must(t, err)
		_, _, err = seller.Refund(f.ctx, asking("r", "r"), RefundOrder{
			Charge: opened(t, f.seal.OpenCharge, sold.ID), Reason: "goodwill",
		})
		must(t, err)
		thief = f.join("thief")
		no := f.refused(ledger.ErrState, func() error { _, err := f.ClaimClosed(f.ctx, thief, code); return err })
		is(t, "good from", no.ResetsAt.IsZero(), false)
		f.clean()

		f.time.Pass(29 * 24 * time.Hour)
		ann := caller("ann's new key")
		back, err := f.Recover(f.ctx, ann, paper)
		must(t, err)
		is(t, "wallet", f.user(ann).ID, was.ID)
		is(t, "handle", back.Handle, was.Handle)
		is(t, "balance", f.balance(ann), eur(200).Micros)
		page, err := f.History(f.ctx, ann, view.HistoryQuery{})
		must(t, err)
		is(t, "opened again", slices.ContainsFunc(page.Data, func(r view.Row) bool {
			return strings.HasPrefix(r.Title, "Opened again")
		}), true)
		for _, old := range []string{code, paper} {
			f.refused(ledger.ErrNotFound, func() error { _, err := f.Recover(f.ctx, caller("eve"), old); return err })
			f.refused(ledger.ErrNotFound, func() error { _, err := f.ClaimClosed(f.ctx, thief, old); return err })
		}
		f.clean()
		f.time.Pass(31 * 24 * time.Hour)
		f.touch(ann)
		f.empties(ann, "carl")
		f.closes(ann) // as any other
		f.clean()
	}
}

// Who has closed the own wallet and has the paper claims at once into a new wallet.
func TestPaperClaimsLateMoney(t *testing.T) {
	f, ann, paper := stolen(t)
	v, key := f.vendor("acme")
	f.unlimited(ann)
	sold := f.buys(ann, v, "Rivers", eur(500))
	f.closes(ann)
	seller, err := f.Authenticate(f.ctx, key)
	must(t, err)
	_, _, err = seller.Refund(f.ctx, asking("r", "r"), RefundOrder{
		Charge: opened(t, f.seal.OpenCharge, sold.ID), Reason: "goodwill",
	})
	must(t, err)
	ann = f.join("ann")
	_, err = f.ClaimClosed(f.ctx, ann, paper)
	must(t, err)
	is(t, "balance", f.balance(ann), eur(500).Micros)
	f.clean()
}

// All sessions of the wallet end with it, but for the one that shows the code.
func TestSessionsEndWithTheWallet(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	phone := f.addKey(ann, "phone")
	ann.Seat = 7
	ended := map[string]uint64{}
	f.keyEnded = func(fingerprint string, but uint64) { ended[fingerprint] = but }
	f.closes(ann)
	is(t, "keys", len(ended), 2)
	is(t, "seat that stays", ended[ann.Fingerprint], 7)
	is(t, "other key", ended[phone.Fingerprint], 0)
}

// manyLinks lets more vendors charge a wallet than one commit ends.
func (f *fixture) manyLinks(who view.Caller) {
	f.t.Helper()
	var all []ledger.Vendor
	for i := range maxRevoked + 20 {
		v, _ := f.vendor(fmt.Sprint("news-", i))
		all = append(all, v)
	}
	must(f.t, f.update(f.ctx, func(tx books.Tx) error {
		u, err := member(tx.Reader, who)
		for i := 0; i < len(all) && err == nil; i++ {
			v := all[i]
			facts := ledger.LinkFacts{User: u, Vendor: v}
			if facts.No, err = tx.Next(); err != nil {
				return err
			}
			var out ledger.LinkOutcome
			out, err = ledger.DecideLink(ledger.LinkOrder{
				Currency: "EUR", Limits: noLimits, Total: ledger.NoLimit, Confirmed: true, Actor: memberActor(who),
			}, facts, f.clock())
			if err == nil {
				_, err = putLink(tx, out)
			}
		}
		return err
	}))
}

var noLimits = ledger.Limits{
	PerPurchase: ledger.NoLimit, PerDay: ledger.NoLimit, PerWeek: ledger.NoLimit, PerMonth: ledger.NoLimit,
}

// A wallet with more permissions than one commit ends is closed, or recovered, in one commit all the same. What is
// killed behind it is gone on with.
func TestManyPermissionsEndWhereverItIsKilled(t *testing.T) {
	for _, way := range []string{"close", "recover"} {
		d := &dying{Store: store.NewMemory(), left: 1 << 30}
		f := newFixtureOn(t, d)
		ann := caller("ann")
		j, err := f.Join(f.ctx, ann, view.JoinRequest{Accept: true})
		must(t, err)
		f.manyLinks(ann)
		u := f.user(ann)
		d.left = 1
		if way == "close" {
			_, err = f.CloseWallet(f.ctx, ann)
		} else {
			_, err = f.Recover(f.ctx, caller("new"), j.RecoveryCode)
		}
		must(t, err)
		d.left = 1 << 30
		active := func() (n int) {
			f.read(func(r books.Reader) error {
				all, err := r.UserLinks(u.ID)
				for _, l := range all {
					if l.Status == ledger.LinkActive {
						n++
					}
				}
				return err
			})
			return n
		}
		is(t, way+": left", active(), 20)
		f.clean()
		f.Sweep(f.ctx)
		is(t, way+": left behind the housekeeping", active(), 0)
		f.clean()
	}
}
