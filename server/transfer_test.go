package server

import (
	"errors"
	"sync"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

func TestTransferIsClaimedOnce(t *testing.T) {
	f := newFixture(t)
	ann, bob, eve := f.funded("ann", eur(1000)), f.join("bob"), f.join("eve")
	sent, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(400), Key: "k"})
	if err != nil || sent.Code == "" {
		t.Fatalf("%+v, %v", sent, err)
	}
	is(t, "left", *sent.After, eur(600))
	again, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(400), Key: "k"})
	if err != nil || again.ID != sent.ID || again.Code != "" {
		t.Errorf("again: %+v, %v", again, err)
	}
	is(t, "ann", f.balance(ann), eur(600).Micros)

	got, err := f.Claim(f.ctx, bob, sent.Code)
	if err != nil || got.State != ledger.TransferClaimed {
		t.Fatalf("%+v, %v", got, err)
	}
	is(t, "bob", f.balance(bob), eur(400).Micros)
	if got, err = f.Claim(f.ctx, bob, sent.Code); err != nil || got.State != ledger.TransferClaimed {
		t.Errorf("claimed again: %+v, %v", got, err)
	}
	is(t, "bob after claiming again", f.balance(bob), eur(400).Micros)
	f.refused(ledger.ErrState, func() error { _, err := f.Claim(f.ctx, eve, sent.Code); return err })
	f.refused(ledger.ErrState, func() error { _, err := f.Recall(f.ctx, ann, sent.ID); return err })

	for who, words := range map[view.Caller]string{ann: "transfer_out", bob: "transfer_in"} {
		page, err := f.History(f.ctx, who, view.HistoryQuery{Kind: words})
		if err != nil || len(page.Data) != 1 {
			t.Fatalf("history %s: %+v, %v", words, page, err)
		}
		for _, id := range []string{page.Data[0].ID, sent.ID} {
			if _, err := f.Show(f.ctx, who, id); err != nil {
				t.Errorf("show %s: %v", words, err)
			}
		}
		all, err := f.Transfers(f.ctx, who)
		if err != nil || len(all) != 1 || all[0].Code != "" {
			t.Errorf("transfers: %+v, %v", all, err)
		}
	}
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Show(f.ctx, eve, sent.ID); return err })
}

func TestManyClaimOneTransfer(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(1000))
	sent, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(400)})
	if err != nil {
		t.Fatal(err)
	}
	people := make([]view.Caller, 30)
	for i := range people {
		people[i] = f.join(string(rune('A' + i)))
	}
	var wg sync.WaitGroup
	var mu sync.Mutex
	won := 0
	for _, who := range people {
		wg.Go(func() {
			_, err := f.Claim(f.ctx, who, sent.Code)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				won++
			} else if !errors.Is(err, ledger.ErrState) {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	is(t, "claimed", won, 1)
}

func TestRecallAndExpiryGiveItBack(t *testing.T) {
	f := newFixture(t)
	ann, bob := f.funded("ann", eur(1000)), f.join("bob")
	sent, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(400)})
	if err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Recall(f.ctx, bob, sent.ID); return err })
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Recall(f.ctx, ann, "trf_x"); return err })
	for range 2 {
		back, err := f.Recall(f.ctx, ann, sent.ID)
		if err != nil || back.State != ledger.TransferRecalled {
			t.Fatalf("%+v, %v", back, err)
		}
	}
	is(t, "after recall", f.balance(ann), eur(1000).Micros)
	f.refused(ledger.ErrState, func() error { _, err := f.Claim(f.ctx, bob, sent.Code); return err })

	if sent, err = f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(300)}); err != nil {
		t.Fatal(err)
	}
	f.time.Pass(sent.Expires.Sub(f.clock()) - time.Second)
	f.Sweep(f.ctx)
	is(t, "a second before", f.balance(ann), eur(700).Micros)
	f.time.Pass(time.Second)
	f.Sweep(f.ctx)
	is(t, "expired", f.balance(ann), eur(1000).Micros)
	f.refused(ledger.ErrState, func() error { _, err := f.Claim(f.ctx, bob, sent.Code); return err })
}

func TestTransferRefuses(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(1000))
	send := func(a ledger.Amount) func() error {
		return func() error { _, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: a}); return err }
	}
	f.refused(ledger.ErrFunds, send(eur(1001)))
	f.refused(ledger.ErrInvalid, send(eur(0)))
	f.refused(ledger.ErrInvalid, send(eur(-5)))
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Claim(f.ctx, ann, "T-AAAAA-\x00"); return err })
	d, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(2000), Method: "check"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.AdvanceDeposit(f.ctx, f.operator, d.Reference, "received", eur(2000)); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrFunds, send(eur(1500))) // what is not collected cannot be sent
}

// What was sent but not claimed does not leave a wallet that was recovered or frozen since.
func TestSentMoneyStaysWhenTheWalletIsLocked(t *testing.T) {
	f := newFixture(t)
	ann, bob := caller("ann"), f.join("bob")
	joined, err := f.Join(f.ctx, ann, view.JoinRequest{Accept: true})
	if err != nil {
		t.Fatal(err)
	}
	f.touch(ann)
	if _, err := f.Fund(f.ctx, ann, view.FundRequest{Amount: eur(1000), Method: "card"}); err != nil {
		t.Fatal(err)
	}
	sent, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(400)}) // by the thief of the key
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Recover(f.ctx, caller("ann's new key"), joined.RecoveryCode); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrState, func() error { _, err := f.Claim(f.ctx, bob, sent.Code); return err })
	f.time.Pass(24 * time.Hour)
	if _, err := f.Claim(f.ctx, bob, sent.Code); err != nil {
		t.Errorf("after the lock: %v", err)
	}

	eve := f.funded("eve", eur(1016)) // the card processor will take it back
	if sent, err = f.Transfer(f.ctx, eve, view.TransferRequest{Amount: eur(400)}); err != nil {
		t.Fatal(err)
	}
	f.time.Pass(time.Minute)
	f.Sweep(f.ctx)
	is(t, "status", f.user(eve).Status, ledger.UserFrozen)
	f.refused(ledger.ErrState, func() error { _, err := f.Claim(f.ctx, bob, sent.Code); return err })
}

// One person sends a bounded number of transfers in a day: each of them costs every later one a look.
func TestNumberOfTransfersIsBounded(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(1000))
	for i := range ledger.TransfersPerDay + 1 {
		v, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(1)})
		if i == ledger.TransfersPerDay {
			f.refused(ledger.ErrLimit, func() error { return err })
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Recall(f.ctx, ann, v.ID); err != nil {
			t.Fatal(err)
		}
	}
}
