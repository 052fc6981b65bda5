package server

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

var errKilled = errors.New("killed")

// dying is a store whose writer dies after some commits: before the next one, or right after it.
type dying struct {
	store.Store
	left  int
	after bool
}

func (d *dying) Update(ctx context.Context, fn func(store.Tx) error) error {
	if d.left--; d.left < 0 && !d.after {
		return errKilled
	}
	err := d.Store.Update(ctx, fn)
	if d.left < 0 && err == nil {
		return errKilled
	}
	return err
}

// A run that is killed at any commit, before or after it, goes on and comes to the same control totals as one that is
// not: nobody is paid twice, nobody is forgotten, also when sales go on meanwhile.
func TestARunCanBeKilledAnywhere(t *testing.T) {
	const vendors = 12
	totals := func(kills func() int) (string, []string) {
		d := &dying{Store: store.NewMemory(), left: 1 << 30}
		f := newFixtureOn(t, d)
		f.settlesAtOnce()
		ann := f.funded("ann", eur(15_000))
		f.unlimited(ann)
		var all []ledger.Vendor
		for i := range vendors {
			v, _ := f.vendor(fmt.Sprintf("news-%c", 'a'+i))
			f.buys(ann, v, "Rivers", eur(100+int64(i)))
			all = append(all, v)
		}
		at := f.clock()
		f.time.Pass(time.Minute)
		f.touch(ann)
		var run view.SettleRun
		for n := 0; !run.Done; n++ {
			d.left, d.after = kills(), n%2 == 0
			var err error
			run, err = f.SettleRun(f.ctx, f.operator, view.SettleOrder{At: at, Limit: 3})
			d.left = 1 << 30
			if err != nil && !errors.Is(err, errKilled) {
				t.Fatal(err)
			}
			if n < 5 {
				f.buys(ann, all[n], "Later", eur(50))
			}
		}
		var paid []string
		for _, s := range f.settlements(view.SettlementQuery{Run: run.Run}) {
			paid = append(paid, s.Vendor+" "+s.Amount.String())
		}
		f.clean()
		return fmt.Sprint(run.Tills, run.Settled, run.Payouts, run.Fees), paid
	}
	want, paid := totals(func() int { return 1 << 30 })
	if len(paid) != vendors {
		t.Fatalf("paid %v", paid)
	}
	for seed := range uint64(20) {
		chance := rand.New(rand.NewPCG(seed, 1))
		got, gotPaid := totals(func() int { return chance.IntN(5) })
		if got != want {
			t.Errorf("killed (%d): totals are %s, want %s", seed, got, want)
		}
		if diff := cmp.Diff(paid, gotPaid); diff != "" {
			t.Errorf("killed (%d) (-want +got):\n%s", seed, diff)
		}
	}
}

func sha(text string) [32]byte { return sha256.Sum256([]byte(text)) }

// A vendor with many payees is settled in several commits, and its payouts fill more than one file; each of them fits a
// commit of the store.
func TestManyPayees(t *testing.T) {
	const payees = filePayouts + 10
	f := newFixtureOn(t, openedStore(t))
	f.settlesAtOnce()
	f.decides(func(p *ledger.Policy) { p.Settle.Approve = ledger.MaxMicros })
	v, _ := f.vendor("news")
	for n := 0; n < payees; n += 50 {
		f.write(func(tx books.Tx) error {
			e := ledger.Entry{At: f.clock(), Kind: ledger.KindStaff, Vendor: v.ID, Amount: eur(100)}
			for i := n; i < min(n+50, payees); i++ {
				id, err := tx.NextPayee()
				if err != nil {
					return err
				}
				if err := tx.PutPayee(v.ID, fmt.Sprint("payee ", i), id); err != nil {
					return err
				}
				a := ledger.Account{Class: ledger.RoyaltyPayable, Currency: "EUR", Owner: uint64(id)}
				e.Postings = append(e.Postings, ledger.Posting{Account: a, Micros: -ledger.Unit})
			}
			cost := ledger.Account{Class: ledger.Goodwill, Currency: "EUR"}
			e.Postings = append(e.Postings, ledger.Posting{Account: cost, Micros: int64(len(e.Postings)) * ledger.Unit})
			_, err := tx.Append(e)
			return err
		})
	}
	f.time.Pass(time.Minute)
	is(t, "settled", f.runs(view.SettleOrder{}).Settled, payees)
	for _, want := range []uint64{filePayouts, payees - filePayouts} {
		file, err := f.PayoutSubmit(f.ctx, f.operator, "EUR", "")
		if err != nil {
			t.Fatal(err)
		}
		is(t, "payouts in the file", file.Payouts, want)
		f.step(file.ID, ledger.PayoutPaid, "")
		if file, err = f.PayoutFile(f.ctx, f.operator, file.ID); err != nil || file.Waiting != 0 {
			t.Errorf("%d are not known yet, %v", file.Waiting, err)
		}
	}
}

// openedStore is a store on a disk, which bounds a commit; the one in memory does not.
func openedStore(t *testing.T) store.Store {
	t.Helper()
	kv, err := store.Open(t.TempDir(), store.Options{Ballast: -1, MinFree: -1, MostlyAbsent: books.MostlyAbsent()})
	if err != nil {
		t.Fatal(err)
	}
	return kv
}
