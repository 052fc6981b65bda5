package books

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/ledger"
)

// Books that lack nothing but a field which came later are claimed with a look at what may lack something, and what
// comes behind it; an upgrade that was stopped before goes on where it was.
func TestUpgradeWithinAGeneration(t *testing.T) {
	before := fmt.Sprintf("books %d.%d", generation, len(fieldNumbers())-1)
	place := key(tWallet)
	for name, stopped := range map[string]bool{"whole": false, "stopped": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.do(func(tx Tx) error {
				if err := tx.PutMeta(FormatName, []byte(before)); err != nil || !stopped {
					return err
				}
				return tx.PutMeta(upgradeName, place)
			})
			looked, place := false, place
			if !stopped {
				place = key(lacking)
			}
			o := UpgradeOptions{Batch: 1, Progress: func(_, _ uint64) {
				looked = true
				w.see(func(r Reader) error {
					at, more, err := r.Meta(upgradeName)
					if more && bytes.Compare(at, place) <= 0 {
						t.Errorf("it began once more: it is at %s", keyName(at))
					}
					return err
				})
			}}
			if err := Upgrade(t.Context(), w.kv, o); err != nil {
				t.Fatal(err)
			}
			if !looked {
				t.Error("looked at no row")
			}
			w.see(func(r Reader) error {
				had, _, err := r.Meta(FormatName)
				if string(had) != Format {
					t.Errorf("the format is %q, want %q", had, Format)
				}
				if _, left, _ := r.Meta(upgradeName); left {
					t.Error("the upgrade has not ended")
				}
				return err
			})
		})
	}
}

// Large rows make a commit shorter: what one function may write is bounded.
func TestUpgradeCommitsAreBoundedInBytes(t *testing.T) {
	w := newWorld(t)
	const rows, size = 30, 64 << 10
	w.do(func(tx Tx) error {
		for i := range rows {
			if err := tx.PutMeta(fmt.Sprint("large ", i), make([]byte, size)); err != nil {
				return err
			}
		}
		return tx.PutMeta(FormatName, []byte("books 1"))
	})
	before, most := uint64(0), uint64(0)
	err := Upgrade(t.Context(), w.kv, UpgradeOptions{Batch: 1000, Progress: func(done, _ uint64) {
		most, before = max(most, done-before), done
	}})
	if err != nil {
		t.Fatal(err)
	}
	if most > upgradeBytes/size+uint64(len(converters())) {
		t.Errorf("one commit looked at %d rows, of which %d are enough", most, upgradeBytes/size)
	}
}

// What is open in books of an earlier program stands in no list. Their audit is clean, and an upgrade lists it.
func TestUpgradeListsWhatIsOpen(t *testing.T) {
	l := newBusyWorld(t)
	listed := func() (all map[string]string) {
		all = map[string]string{}
		for k, v := range l.dump() {
			if k[0] == tOpen && k[1:2] != teamActs { // no line names a team that is older than this list
				all[k] = v
			}
		}
		return all
	}
	want := listed()
	lists := map[string]bool{}
	for k := range want {
		lists[k[1:2]] = true
	}
	if len(lists) != 5 { // nothing is being taken back
		t.Errorf("rows of %d lists", len(lists))
	}
	l.do(func(tx Tx) error {
		for k := range want {
			if err := tx.tx.Delete([]byte(k)); err != nil {
				return err
			}
		}
		for _, no := range []ledger.EntryNo{l.wholly, l.revoked} { // whose they are was not kept
			err := edit(tx.tx, key(tPurchase, no), purchases, func(p *ledger.Purchase) { p.Grant.Vendor, p.Grant.By = 0, 0 })
			if err != nil {
				return err
			}
		}
		return tx.PutMeta(FormatName, fmt.Appendf(nil, "books %d.%d", generation, len(fieldNumbers())-1))
	})
	l.clean()
	if err := Upgrade(t.Context(), l.kv, UpgradeOptions{Batch: 7}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, listed()); diff != "" {
		t.Error(diff)
	}
	l.clean()
	l.do(func(tx Tx) error {
		for k := range want {
			return tx.tx.Delete([]byte(k))
		}
		return nil
	})
	if l.audit().Clean() {
		t.Error("a list lacks a row, and nobody says so")
	}
}
