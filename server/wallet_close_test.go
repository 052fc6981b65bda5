package server

import (
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// closes closes a wallet that can close, and returns the code.
func (f *fixture) closes(who view.Caller) string {
	f.t.Helper()
	v, err := f.CloseWallet(f.ctx, who)
	must(f.t, err)
	return v.Code
}

// empties sends what a wallet has to a new wallet of that name.
func (f *fixture) empties(who view.Caller, to string) view.Caller {
	f.t.Helper()
	bob := f.join(to)
	sent, err := f.Transfer(f.ctx, who, view.TransferRequest{
		Amount: ledger.Amount{Micros: f.balance(who), Currency: "EUR"},
	})
	must(f.t, err)
	_, err = f.Claim(f.ctx, bob, sent.Code)
	must(f.t, err)
	return bob
}

// What is under way is told with its remedy, and the remedies lead to a wallet that closes.
func TestWhatKeepsAWalletOpen(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(500))
	f.time.Pass(400 * 24 * time.Hour)
	f.touch(ann)
	sent, err := f.Transfer(f.ctx, ann, view.TransferRequest{Amount: eur(100)})
	must(t, err)
	v, err := f.ClosingTerms(f.ctx, ann)
	must(t, err)
	var said string
	for _, one := range v.First {
		said += one.What + ". " + one.Remedy + "\n"
	}
	for _, want := range []string{"4.00 EUR are in the account", "redeem", "transfer recall " + sent.ID} {
		if !strings.Contains(said, want) {
			t.Errorf("said %q, want %q in it", said, want)
		}
	}
	f.refused(ledger.ErrState, func() error { _, err := f.CloseWallet(f.ctx, ann); return err })
	_, err = f.Recall(f.ctx, ann, sent.ID)
	must(t, err)
	f.empties(ann, "bob")
	f.closes(ann)
	f.clean()
}

// A closed wallet is none: its key is a stranger's, its permissions and its bank account are gone. The recovery code is
// good for a month still, and the new code recovers nothing.
func TestClosedWalletIsGone(t *testing.T) {
	kv := store.NewMemory()
	f := newBankFixture(t, kv)
	joined, err := f.Join(f.ctx, caller("ann"), view.JoinRequest{Accept: true})
	must(t, err)
	ann := caller("ann")
	f.touch(ann)
	f.adds(ann, "EUR")
	_, err = f.SetRefill(f.ctx, ann, view.RefillRequest{Budget: eur(2000), Weekday: time.Monday})
	must(t, err)
	v, _ := f.vendor("acme")
	_, err = f.Link(f.ctx, ann, view.LinkRequest{
		Vendor: "acme", Currency: "EUR", Total: ledger.NoLimit, Confirmed: true,
		Limits: ledger.Limits{
			PerPurchase: ledger.NoLimit, PerDay: ledger.NoLimit, PerWeek: ledger.NoLimit, PerMonth: ledger.NoLimit,
		},
	})
	must(t, err)
	_, err = f.GiveIncentive(f.ctx, f.operator, view.IncentiveRequest{
		Wallet: f.user(ann).Handle, Amount: eur(100), Days: 30, Reason: "welcome",
	})
	must(t, err)
	u := f.user(ann)
	code := f.closes(ann)
	f.refused(ledger.ErrNotJoined, func() error { _, err := f.Overview(f.ctx, ann); return err })
	f.refused(ledger.ErrFrozen, func() error { _, err := f.Recover(f.ctx, caller("eve"), code); return err })
	f.read(func(r books.Reader) error {
		l, _, err := r.Link(u.ID, v.ID, "EUR")
		must(t, err)
		is(t, "permission stands", l.Status == ledger.LinkActive, false)
		kept, err := r.VaultOf(ledger.VaultUser, uint64(u.ID))
		for _, one := range kept {
			is(t, "live in the vault", one.Live(), false)
		}
		is(t, "kept in the vault", len(kept) > 0, true)
		return err
	})
	again := f.join("ann")
	if f.user(again).ID == u.ID {
		t.Error("the key opened the closed wallet again")
	}
	f.time.Pass(30 * 24 * time.Hour)
	f.refused(ledger.ErrNotFound, func() error {
		_, err := f.Recover(f.ctx, caller("eve"), joined.RecoveryCode)
		return err
	})
	f.clean()
}

// What comes in late is unclaimed property and pays what the wallet owes; the code brings it to a new wallet, in bits,
// and no other code does.
func TestLateMoneyOfAClosedWallet(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(500))
	v, key := f.vendor("acme")
	f.time.Pass(400 * 24 * time.Hour)
	f.touch(ann)
	f.unlimited(ann)
	sold := f.buys(ann, v, "Rivers", eur(200))
	f.empties(ann, "bob")
	closed := f.user(ann).ID
	code := f.closes(ann)
	seller, err := f.Authenticate(f.ctx, key)
	must(t, err)
	ann = f.join("ann")
	f.refused(ledger.ErrState, func() error { _, err := f.ClaimClosed(f.ctx, ann, code); return err })
	_, _, err = seller.Refund(f.ctx, asking("r", "r"), RefundOrder{
		Charge: opened(t, f.seal.OpenCharge, sold.ID), Reason: "goodwill",
	})
	must(t, err)
	f.read(func(r books.Reader) error {
		w, _, err := r.Wallet(closed, "EUR")
		is(t, "balance of the closed wallet", w.Paid, 0)
		had, _, _ := r.Unclaimed(closed, "EUR")
		is(t, "unclaimed", had.Micros, eur(200).Micros)
		return err
	})
	page, err := f.Unclaimed(f.ctx, f.operator, view.Paging{})
	must(t, err)
	is(t, "rows of the report", len(page.Data), 1)
	is(t, "told as closed", page.Data[0].Closed.IsZero(), false)
	f.clean()
	f.refused(ledger.ErrNotFound, func() error { _, err := f.ClaimClosed(f.ctx, ann, "R"+code); return err })
	f.time.Pass(30 * 24 * time.Hour)
	f.touch(ann)
	got, err := f.ClaimClosed(f.ctx, ann, code)
	must(t, err)
	is(t, "claimed", got.Amounts[0], eur(200))
	is(t, "balance", f.balance(ann), eur(200).Micros)
	f.refused(ledger.ErrState, func() error { _, err := f.ClaimClosed(f.ctx, ann, code); return err })
	f.clean()
}

// A recovery code of a living wallet claims nothing, and guesses are counted.
func TestGuessedCodesOfClosedWallets(t *testing.T) {
	f := newFixture(t)
	bob := f.join("bob")
	joined, err := f.Join(f.ctx, caller("ann"), view.JoinRequest{Accept: true})
	must(t, err)
	f.refused(ledger.ErrNotFound, func() error { _, err := f.ClaimClosed(f.ctx, bob, joined.RecoveryCode); return err })
	for range 20 {
		_, err = f.ClaimClosed(f.ctx, bob, "nothing")
	}
	f.refused(ledger.ErrRate, func() error { return err })
}

// Money that its payer can take back does not get out of its lock by the end of the wallet, and what is less than the
// smallest coin stands in nobody's way.
func TestRestOfAClosedWallet(t *testing.T) {
	f := newFixture(t)
	_, err := f.SetPolicy(f.ctx, f.operator, "risk_online", "30d")
	must(t, err)
	ann := f.funded("ann", eur(500))
	v, key := f.vendor("acme")
	f.unlimited(ann)
	sold := f.buys(ann, v, "Rivers", ledger.Amount{Micros: eur(500).Micros - 4_000, Currency: "EUR"})
	code := f.closes(ann)
	ann = f.join("ann")
	seller, err := f.Authenticate(f.ctx, key)
	must(t, err)
	_, _, err = seller.Refund(f.ctx, asking("r", "r"), RefundOrder{
		Charge: opened(t, f.seal.OpenCharge, sold.ID), Reason: "goodwill",
	})
	must(t, err)
	no := f.refused(ledger.ErrState, func() error { _, err := f.ClaimClosed(f.ctx, ann, code); return err })
	is(t, "told until when", no.ResetsAt.IsZero(), false)
	f.time.Pass(400 * 24 * time.Hour)
	got, err := f.ClaimClosed(f.ctx, ann, code)
	must(t, err)
	is(t, "claimed", got.Amounts[0], eur(500))
	f.clean()
}

// A payment that is taken back after the closing leaves a debt, which is paid by what comes in later, and what is won
// back is the owner's.
func TestChargeBackAfterTheClosing(t *testing.T) {
	f, p := refunds(t)
	ann := f.join("ann")
	d := p.pays(f, ann, eur(500))
	v, key := f.vendor("acme")
	f.unlimited(ann)
	all := f.balance(ann)
	sold := f.buys(ann, v, "Rivers", ledger.Amount{Micros: all, Currency: "EUR"})
	closed := f.user(ann).ID
	code := f.closes(ann)
	stands := func(owed, unclaimed int64) {
		t.Helper()
		f.read(func(r books.Reader) error {
			w, _, err := r.Wallet(closed, "EUR")
			is(t, "owed", w.Owed, owed)
			is(t, "balance", w.Paid, 0)
			had, _, _ := r.Unclaimed(closed, "EUR")
			is(t, "unclaimed", had.Micros, unclaimed)
			return err
		})
		f.clean()
	}
	p.taken = all
	p.becomes(f, d.ID, ledger.DepositChargedBack)
	stands(all, 0)
	seller, err := f.Authenticate(f.ctx, key)
	must(t, err)
	_, _, err = seller.Refund(f.ctx, asking("r", "r"), RefundOrder{
		Charge: opened(t, f.seal.OpenCharge, sold.ID), Reason: "goodwill",
	})
	must(t, err)
	stands(0, 0)
	p.becomes(f, d.ID, ledger.DepositWon)
	stands(0, all)
	f.time.Pass(400 * 24 * time.Hour)
	ann = f.join("ann")
	got, err := f.ClaimClosed(f.ctx, ann, code)
	must(t, err)
	is(t, "claimed", got.Amounts[0], ledger.Amount{Micros: all, Currency: "EUR"})
	f.clean()
}
