package server

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// redeems turns tokens back into money.
func (f *fixture) redeems(who view.Caller, a ledger.Amount, to string) view.Redemption {
	f.t.Helper()
	f.touch(who)
	v, err := f.Redeem(f.ctx, who, view.RedeemRequest{Amount: a, To: to, Payee: "Ann Example, 1 High Street, 12345 Town"})
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

// spendable is what an account has.
func (f *fixture) spendable(who view.Caller, c ledger.Currency) (w ledger.Wallet) {
	f.t.Helper()
	u := f.user(who)
	f.read(func(r books.Reader) (err error) {
		w, _, err = r.Wallet(u.ID, c)
		return err
	})
	return w
}

// stands compares a redemption and what its wallet has.
func (f *fixture) stands(who view.Caller, id string, state view.State, paid int64) {
	f.t.Helper()
	v, err := f.Redemption(f.ctx, who, id)
	if err != nil || v.State != state {
		f.t.Errorf("redemption is %q (%s), want %q: %v", v.State, v.Reason, state, err)
	}
	if w := f.spendable(who, v.Amount.Currency); w.Paid != paid*10_000 {
		f.t.Errorf("the wallet has %d micros, want %d cents", w.Paid, paid)
	}
	f.clean()
}

// What was paid by card goes back to the card: at once, when the answer was lost and is looked up, not at all, or not
// for good.
func TestRedeemToCard(t *testing.T) {
	for _, tt := range []struct {
		cents       int64
		first, last view.State
		left        int64
	}{
		{400, "paid", "paid", 1600},
		{413, "failed", "failed", 2000},
		{414, "submitted", "paid", 1586},
		{415, "submitted", "paid", 1585},
	} {
		f := newFixture(t)
		ann := f.funded("ann", eur(2000))
		v := f.redeems(ann, eur(tt.cents), "")
		if v.State != tt.first || v.To != "card" || v.Arrives != eur(tt.cents) {
			t.Errorf("%d: %+v", tt.cents, v)
		}
		f.time.Pass(time.Minute)
		f.Sweep(f.ctx)
		f.stands(ann, v.ID, tt.last, tt.left)
		if _, err := f.Show(f.ctx, ann, v.ID); err != nil {
			t.Error(err)
		}
	}
}

// A deposit takes back no more than it brought, whatever is asked for, and what failed can be asked for again.
func TestRedeemNoMoreThanCame(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(500))
	bob := f.funded("bob", eur(1000))
	f.touch(bob)
	sent, err := f.Transfer(f.ctx, bob, view.TransferRequest{Amount: eur(700)})
	if err == nil {
		_, err = f.Claim(f.ctx, ann, sent.Code)
	}
	if err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrInvalid, func() error {
		_, err := f.Redeem(f.ctx, ann, view.RedeemRequest{Amount: eur(600), To: "card"})
		return err
	})
	f.redeems(ann, eur(300), "card")
	f.refused(ledger.ErrInvalid, func() error {
		_, err := f.Redeem(f.ctx, ann, view.RedeemRequest{Amount: eur(300), To: "card"})
		return err
	})
	failed := f.redeems(ann, eur(113), "card")
	f.stands(ann, failed.ID, "failed", 900)
	last := f.redeems(ann, eur(200), "card")
	f.stands(ann, last.ID, "paid", 700)
}

// Where the money cannot go back it goes to a bank account, in a file that never changes, and what fails or comes back
// is in the wallet again.
func TestRedeemToBank(t *testing.T) {
	kv := store.NewMemory()
	f := newBankFixture(t, kv)
	ann := f.funded("ann", eur(5000))
	bank := f.adds(ann, "EUR")
	refuse := func(is error, q view.RedeemRequest) {
		t.Helper()
		f.touch(ann)
		f.refused(is, func() error { _, err := f.Redeem(f.ctx, ann, q); return err })
	}
	refuse(ledger.ErrNotAllowed, view.RedeemRequest{Amount: eur(1000), To: "bank"}) // the account is new
	f.time.Pass(73 * time.Hour)
	refuse(ledger.ErrFunds, view.RedeemRequest{Amount: eur(5001), To: "bank"})
	refuse(ledger.ErrInvalid, view.RedeemRequest{Amount: ledger.Amount{Micros: 1, Currency: "EUR"}, To: "bank"})
	refuse(ledger.ErrInvalid, view.RedeemRequest{Amount: eur(100), To: "pigeon"})
	refuse(ledger.ErrInvalid, view.RedeemRequest{Amount: eur(100), To: "check", Payee: "me"})
	paid, failed := f.redeems(ann, eur(1000), "bank"), f.redeems(ann, eur(700), "bank")
	back := f.redeems(ann, eur(300), "bank")
	gone := f.redeems(ann, eur(200), "bank")
	if _, err := f.CancelRedemption(f.ctx, ann, gone.ID); err != nil {
		t.Fatal(err)
	}
	f.stands(ann, gone.ID, "canceled", 3000)
	file, err := f.RedemptionSubmit(f.ctx, f.operator, "EUR", "bank")
	if err != nil || file.Redemptions != 3 || file.Sum != eur(2000) {
		t.Fatalf("%+v, %v", file, err)
	}
	first, err := f.BankFile(f.ctx, f.operator, file.ID)
	if err != nil || !bytes.Contains(first, []byte(annsIBAN)) {
		t.Fatalf("%s, %v", first, err)
	}
	f.refused(ledger.ErrState, func() error { _, err := f.CancelRedemption(f.ctx, ann, paid.ID); return err })
	f.refused(ledger.ErrState, func() error { _, err := f.BankRemove(f.ctx, ann, bank.ID); return err })
	step := func(id, event, reason string) {
		t.Helper()
		q := view.RedemptionStep{ID: id, Event: event, Reason: reason}
		if _, err := f.RedemptionStep(f.ctx, f.operator, q); err != nil {
			t.Fatal(err)
		}
	}
	f.refused(ledger.ErrInvalid, func() error {
		_, err := f.RedemptionStep(f.ctx, f.operator, view.RedemptionStep{ID: failed.ID, Event: ledger.RedeemFail})
		return err
	})
	step(failed.ID, ledger.RedeemFail, "no such account")
	step(file.ID, ledger.RedeemPaid, "")
	f.stands(ann, failed.ID, "failed", 3700)
	f.stands(ann, paid.ID, "paid", 3700)
	step(back.ID, ledger.RedeemReturn, "account closed")
	f.stands(ann, back.ID, "returned", 4000)
	again, err := f.BankFile(f.ctx, f.operator, file.ID)
	if err != nil || !bytes.Equal(first, again) {
		t.Errorf("another file: %s, %v", again, err)
	}
	notInStore(t, kv, annsIBAN)
}

// A check, and what is above the bound, wait for a person of the service, who is not its owner; the name and the
// address are gone when it is over. The fee is income when it is paid.
func TestRedeemWaitsForAPerson(t *testing.T) {
	kv := store.NewMemory()
	f := newFixtureOn(t, kv)
	f.decides(func(p *ledger.Policy) { p.Redeem.Fee = 500_000 })
	ann := f.funded("ann", eur(15_000))
	v := f.redeems(ann, eur(12_000), "card")
	if v.State != "opened" || v.Arrives != eur(11_950) {
		t.Errorf("%+v", v)
	}
	step := func(q view.RedemptionStep) view.Redemption {
		t.Helper()
		got, err := f.RedemptionStep(f.ctx, f.operator, q)
		if err != nil {
			t.Fatal(err)
		}
		return got.Redemptions[0]
	}
	if got := step(view.RedemptionStep{ID: v.ID, Event: ledger.RedeemApprove}); got.State != "paid" {
		t.Errorf("%+v", got)
	}
	check := f.redeems(ann, eur(1000), "check")
	step(view.RedemptionStep{ID: check.ID, Event: ledger.RedeemApprove})
	file, err := f.RedemptionSubmit(f.ctx, f.operator, "EUR", "check")
	if err != nil {
		t.Fatal(err)
	}
	list, err := f.BankFile(f.ctx, f.operator, file.ID)
	if err != nil || !strings.Contains(string(list), `,"Ann Example, 1 High Street, 12345 Town",9.50,EUR`) {
		t.Errorf("%s, %v", list, err)
	}
	f.read(func(r books.Reader) error {
		all, err := r.VaultOf(ledger.VaultUser, uint64(f.user(ann).ID))
		if err != nil || len(all) != 1 || !all[0].Live() {
			t.Errorf("%+v, %v", all, err)
		}
		return nil
	})
	step(view.RedemptionStep{ID: check.ID, Event: ledger.RedeemPaid})
	f.read(func(r books.Reader) error {
		all, err := r.VaultOf(ledger.VaultUser, uint64(f.user(ann).ID))
		if err != nil || len(all) != 1 || all[0].Live() {
			t.Errorf("%+v, %v", all, err)
		}
		return nil
	})
	f.stands(ann, check.ID, "paid", 2000)
	notInStore(t, kv, "1 High Street")
}

// Nothing leaves while the wallet is frozen, owes, or has something contested, and what is approved by then waits.
func TestNothingIsRedeemedWhileContested(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("acme")
	ann := f.funded("ann", eur(2000))
	f.unlimited(ann)
	sold := f.buys(ann, v, "Rivers", eur(300))
	if _, err := f.Dispute(f.ctx, ann, view.DisputeRequest{ID: sold.ID, Reason: "not_delivered"}); err != nil {
		t.Fatal(err)
	}
	refuse := func(is error) {
		t.Helper()
		f.touch(ann)
		f.refused(is, func() error { _, err := f.Redeem(f.ctx, ann, view.RedeemRequest{Amount: eur(100)}); return err })
	}
	refuse(ledger.ErrState)
	if _, err := f.Freeze(f.ctx, f.operator, f.user(ann).Handle, "she called"); err != nil {
		t.Fatal(err)
	}
	refuse(ledger.ErrFrozen)
	bob := f.funded("bob", eur(20_000))
	waits := f.redeems(bob, eur(15_000), "")
	if _, err := f.Freeze(f.ctx, f.operator, f.user(bob).Handle, "he called"); err != nil {
		t.Fatal(err)
	}
	got, err := f.RedemptionStep(f.ctx, f.operator, view.RedemptionStep{ID: waits.ID, Event: ledger.RedeemApprove})
	if err != nil || got.Redemptions[0].State != "approved" {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, err := f.Thaw(f.ctx, f.operator, f.user(bob).Handle, "he called again"); err != nil {
		t.Fatal(err)
	}
	f.time.Pass(time.Minute)
	f.Sweep(f.ctx)
	f.stands(bob, waits.ID, "paid", 5000)
}

// A repetition with the same key is the same redemption, and one wallet has few on their way.
func TestRedemptionsAreBounded(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(2000))
	q := view.RedeemRequest{Amount: eur(100), To: "check", Payee: "Ann Example, 1 High Street", Key: "k"}
	first, err := f.Redeem(f.ctx, ann, q)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := f.Redeem(f.ctx, ann, q); err != nil || again.ID != first.ID {
		t.Errorf("%+v, %v", again, err)
	}
	q.Key = ""
	for range ledger.RedemptionsOpen - 1 {
		if _, err := f.Redeem(f.ctx, ann, q); err != nil {
			t.Fatal(err)
		}
	}
	f.refused(ledger.ErrLimit, func() error { _, err := f.Redeem(f.ctx, ann, q); return err })
	bob := f.join("bob")
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Redemption(f.ctx, bob, first.ID); return err })
	f.refused(ledger.ErrNotFound, func() error { _, err := f.CancelRedemption(f.ctx, bob, first.ID); return err })
}
