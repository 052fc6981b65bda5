package server

import (
	"errors"
	"slices"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// keptFiles are the ids of files for banks whose bytes can be printed, oldest first.
func (f *fixture) keptFiles() (ids []string) {
	f.t.Helper()
	f.read(func(r books.Reader) error {
		return r.EachBankFile(func(b books.BankFile) bool {
			if len(b.Data) > 0 {
				ids = append(ids, bankFileID(b.No))
			}
			return true
		})
	})
	return ids
}

// Files of payouts, of redemptions and of debits are forgotten by the clock alone: nobody has said that a bank has
// them, and none follows. That holds after a kill, and when the sweep is killed itself. What was in them stays known.
func TestFilesAreForgotten(t *testing.T) {
	kv := store.NewMemory()
	f := newBankFixture(t, kv)
	f.ways = append(f.ways, testBank().Payouts()...)
	f.settlesAtOnce()
	ann := f.funded("ann", eur(20_000))
	f.unlimited(ann)
	_, key := f.vendor("news")
	f.adds(ann, "EUR")
	f.time.Pass(73 * time.Hour)
	f.touch(ann)
	v := f.sellsIn(ann, key, "EUR", 91)
	f.accountOf("EUR", annsIBAN)
	f.paysBy("EUR", "sepa")
	f.runs(view.SettleOrder{})
	payout := f.submits("EUR", "sepa")
	f.redeems(ann, eur(1000), "bank")
	check := f.redeems(ann, eur(300), "check")
	if _, err := f.RedemptionStep(f.ctx, f.operator, view.RedemptionStep{
		ID: check.ID, Event: ledger.RedeemApprove,
	}); err != nil {
		t.Fatal(err)
	}
	files := []string{payout.Bank}
	for _, to := range []string{"bank", "check"} {
		file, err := f.RedemptionSubmit(f.ctx, f.operator, "EUR", to)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file.ID)
	}
	f.pays(ann, "autodebit", 2500, "EUR")
	made, err := f.MakeBankFiles(f.ctx, f.operator, "autodebit")
	if err != nil || len(made) != 1 {
		t.Fatal(made, err)
	}
	files = append(files, made[0].ID)
	f.time.Pass(fileRetention)
	f.Sweep(f.ctx)
	if got := f.keptFiles(); !slices.Equal(got, files) {
		t.Fatalf("kept are %v, want %v", got, files)
	}
	before, err := f.BankFiles(f.ctx, f.operator, view.Paging{})
	if err != nil {
		t.Fatal(err)
	}

	d := &dying{Store: stays{kv}, left: 1 << 30}
	g := openFixture(t, d, 7) // the program again, over the same books
	g.time = f.time
	g.Server.now, g.Server.log = f.time.Now, f.log
	g.time.Pass(filesLooked)
	d.left = 0
	if err := g.sweepFiles(g.ctx, g.clock()); !errors.Is(err, errKilled) {
		t.Errorf("the sweep was not killed: %v", err)
	}
	is(t, "kept after the kill", len(g.keptFiles()), len(files))
	d.left = 1 << 30
	if err := g.sweepFiles(g.ctx, g.clock()); err != nil {
		t.Fatal(err)
	}
	is(t, "kept", len(g.keptFiles()), 0)
	f.refused(ledger.ErrState, func() error { _, err := f.PayoutFile(f.ctx, f.operator, payout.ID); return err })
	after, err := f.BankFiles(f.ctx, f.operator, view.Paging{})
	if err != nil || !slices.Equal(before, after) {
		t.Errorf("what is known of the files has changed: %+v, %v", after, err)
	}
	f.step(payout.ID, ledger.PayoutPaid, "")
	f.clean()

	// A file that is made later is forgotten in its own time, by the program that runs on.
	f.time.Pass(time.Hour)
	f.touch(ann)
	f.sellsAgain(v, ann, "EUR", 100)
	f.runs(view.SettleOrder{Vendor: "news"})
	f.submits("EUR", "sepa")
	f.Sweep(f.ctx)
	is(t, "kept", len(f.keptFiles()), 1)
	for range 101 {
		f.time.Pass(24 * time.Hour)
		f.Sweep(f.ctx)
	}
	is(t, "kept", len(f.keptFiles()), 0)
}

// A file for a biller is forgotten in the same time; its hash and its sum are not.
func TestBillerFilesAreForgotten(t *testing.T) {
	f := newFixture(t)
	f.bills()
	if _, err := f.JoinBiller(f.ctx, f.join("ann"), "northnet", "isp 00731"); err != nil {
		t.Fatal(err)
	}
	file := f.file(0)
	f.time.Pass(fileRetention + time.Second)
	f.Sweep(f.ctx)
	f.refused(ledger.ErrState, func() error { _, err := f.BillerFile(f.ctx, f.operator, "northnet", 1); return err })
	f.read(func(r books.Reader) error {
		kept, _, err := r.FrozenFile("northnet", 1)
		if err != nil || len(kept.Bytes) > 0 || kept.Sum != file.Sum || kept.Hash == [32]byte{} {
			t.Errorf("kept is %+v, %v", kept, err)
		}
		return err
	})
	f.clean()
}
