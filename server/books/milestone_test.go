package books

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"

	"tuppence/server/ledger"
	"tuppence/store"

	"github.com/google/go-cmp/cmp"
)

// forget takes away what earlier programs did not keep of histories.
func forget(t tester, tx Tx) {
	t.Helper()
	for kv, err := range tx.kv.Scan(key(tMilestone), after(key(tMilestone)), false, 0) {
		if err := first(err, tx.tx.Delete(kv.Key)); err != nil {
			t.Fatal(err)
		}
	}
	for kv, err := range tx.kv.Scan(key(tWallet), after(key(tWallet)), false, 0) {
		if err != nil {
			t.Fatal(err)
		}
		w := must(wallets.decode(kv.Key, kv.Value))
		w.Hidden = 0
		if err := tx.tx.Set(kv.Key, wallets.encode(w)); err != nil {
			t.Fatal(err)
		}
	}
}

// newLongWorld is a world of two people with long histories, who send tokens to each other, buy, and pay in.
func newLongWorld(t tester, acts int) (w *world, all []ledger.UserID) {
	w = newWorld(t)
	all = []ledger.UserID{w.funded(), w.funded()}
	chance := rand.New(rand.NewPCG(1, 2))
	for i := range acts {
		u, other := all[i%2], all[1-i%2]
		switch chance.IntN(8) {
		case 0:
			if _, err := w.buys(u, true, false); err != nil {
				t.Fatal(err)
			}
		case 1:
			if no, err := w.sends(u, eur(10)); err == nil {
				_ = w.ends(no, other)
			}
		case 2:
			if _, err := w.pays(u, "card", eur(1_000)); err != nil {
				t.Fatal(err)
			}
		default:
			if _, err := w.buys(u, false, false); err != nil && i < 10 {
				t.Fatal(err)
			}
		}
	}
	return w, all
}

// history is all entries of a wallet by the chain, each with what the wallet was after it.
func (w *world) history(u ledger.UserID) (all []Placed) {
	w.t.Helper()
	w.see(func(r Reader) error {
		wallet, _, err := r.Wallet(u, "EUR")
		if err != nil {
			return err
		}
		list, err := r.UserEntries(u, "EUR", 0, 0)
		at := Top(wallet)
		for _, rec := range list {
			all = append(all, Placed{Record: rec, Position: at.Position, Rows: at.Rows, Balance: at.Balance})
			at.Position, at.Balance = at.Position-1, at.Balance-rec.Effect(u)
			if rec.Shown(u) {
				at.Rows--
			}
		}
		if at.Position != 0 || at.Balance != 0 || at.Rows != 0 {
			w.t.Fatalf("before the oldest entry of wallet %d there is %+v", u, at)
		}
		return err
	})
	return all
}

// Any part of a history is read as the walk over all of it has it: entries, rows and balances. Each read is bounded by
// what it returns, wherever it begins.
func TestWalletEntriesAtAnyPlace(t *testing.T) {
	w, people := newLongWorld(t, 400)
	for _, u := range people {
		all := w.history(u)
		n := uint64(len(all))
		if n < 3*MilestoneEvery {
			t.Fatalf("a history of %d entries is too short", n)
		}
		w.see(func(r Reader) error {
			wallet, _, err := r.Wallet(u, "EUR")
			if err != nil {
				return err
			}
			counted := &counting{Reader: r.kv}
			r = Read(counted)
			for newest := n + 2; newest > 0; newest-- {
				for _, size := range []uint64{1, 2, 63, 64, 65, n} {
					oldest := newest - min(size, newest) + 1
					counted.rows = 0
					got, err := r.WalletEntries(wallet, newest, oldest)
					if err != nil {
						return err
					}
					want := all[min(n-min(newest, n), n):min(n-min(oldest, n+1)+1, n)]
					if diff := cmp.Diff(want, got); len(want)+len(got) > 0 && diff != "" {
						t.Fatalf("%d to %d of %d: (-want +got):\n%s", newest, oldest, n, diff)
					}
					if counted.rows > len(got)+MilestoneEvery {
						t.Errorf("%d to %d of %d reads %d rows", newest, oldest, n, counted.rows)
					}
				}
			}
			return nil
		})
	}
}

// counting counts the rows that are read by key.
type counting struct {
	store.Reader
	rows int
}

func (c *counting) Get(k []byte) ([]byte, error) {
	c.rows++
	return c.Reader.Get(k)
}

// An upgrade makes milestones as if they had been there from the beginning, wherever it is killed and however large its
// commits are; the audit takes the books in between.
func TestUpgradeMakesMilestones(t *testing.T) {
	w, _ := newLongWorld(t, 300)
	w.do(func(tx Tx) error { return tx.PutMeta(FormatName, []byte(Format)) })
	want := w.dump()
	for _, batch := range []int{1, 7, 100, 10_000} {
		w.do(func(tx Tx) error {
			forget(w.t, tx)
			return tx.PutMeta(FormatName, []byte(fmt.Sprintf("books %d.3", generation)))
		})
		for starts := 0; ; starts++ {
			ctx, kill := context.WithCancel(context.Background())
			commits := 1 + starts%3
			err := Upgrade(ctx, w.kv, UpgradeOptions{Batch: batch, Progress: func(_, _ uint64) {
				if commits--; commits == 0 {
					kill()
				}
			}})
			kill()
			if err == nil {
				break
			}
			if starts%50 == 0 {
				w.clean()
			}
		}
		w.clean()
		if diff := cmp.Diff(want, w.dump()); diff != "" {
			t.Fatalf("commits of %d: (-want +got):\n%s", batch, diff)
		}
	}
}

// An upgrade that another program had begun and not ended leaves nothing behind that is counted twice.
func TestUpgradeBeginsMilestonesAnew(t *testing.T) {
	w, people := newLongWorld(t, 200)
	w.do(func(tx Tx) error { return tx.PutMeta(FormatName, []byte(Format)) })
	want := w.dump()
	w.do(func(tx Tx) error {
		forget(w.t, tx)
		left := milestone{No: 9, Count: 17, Balance: 12, Hidden: 3}
		return first(
			put(tx, milestoneKey(people[0], "EUR", 0), milestones, left),
			tx.PutMeta(FormatName, []byte(fmt.Sprintf("books %d.3", generation))),
		)
	})
	if err := Upgrade(t.Context(), w.kv, UpgradeOptions{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, w.dump()); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}

// Every fault of a milestone, and of the number of rows, is found.
func TestAuditFindsFaultyMilestones(t *testing.T) {
	w, people := newLongWorld(t, 200)
	w.clean()
	k := milestoneKey(people[0], "EUR", MilestoneEvery)
	spoil := func(change func(*milestone)) func(Tx) error {
		return func(tx Tx) error {
			m, _, err := load(tx.Reader, k, milestones)
			change(&m)
			return first(err, put(tx, k, milestones, m))
		}
	}
	for name, fault := range map[string]func(Tx) error{
		"entry":   spoil(func(m *milestone) { m.No++ }),
		"balance": spoil(func(m *milestone) { m.Balance++ }),
		"rows":    spoil(func(m *milestone) { m.Hidden++ }),
		"count":   spoil(func(m *milestone) { m.Count++ }),
		"missing": func(tx Tx) error { return tx.tx.Delete(k) },
		"damaged": func(tx Tx) error { return tx.tx.Set(k, []byte{version, 1}) },
		"between": func(tx Tx) error {
			return put(tx, milestoneKey(people[0], "EUR", MilestoneEvery+1), milestones, milestone{No: 1})
		},
		"beyond": func(tx Tx) error {
			return put(tx, milestoneKey(people[0], "EUR", 1000*MilestoneEvery), milestones, milestone{No: 1})
		},
		"of an upgrade": func(tx Tx) error {
			return put(tx, milestoneKey(people[0], "EUR", 0), milestones, milestone{No: 1})
		},
		"of no wallet": func(tx Tx) error { return put(tx, []byte{tMilestone, 1}, milestones, milestone{No: 1}) },
		"of nobody":    func(tx Tx) error { return put(tx, milestoneKey(99, "EUR", 64), milestones, milestone{No: 1}) },
		"rows of a wallet": func(tx Tx) error {
			wallet, _, err := tx.Wallet(people[0], "EUR")
			wallet.Hidden++
			return first(err, putDecoded(tx, walletKey(people[0], "EUR"), &wallets, wallet))
		},
	} {
		t.Run(name, func(t *testing.T) {
			before := w.dump()
			w.do(fault)
			if r := w.audit(); r.Clean() {
				t.Error("the audit finds nothing")
			}
			w.plant(func(tx store.Tx) error {
				for at := range w.dump() {
					if _, had := before[at]; !had {
						if err := tx.Delete([]byte(at)); err != nil {
							return err
						}
					}
				}
				for at, row := range before {
					if err := tx.Set([]byte(at), []byte(row)); err != nil {
						return err
					}
				}
				return nil
			})
			w.clean()
		})
	}
}
