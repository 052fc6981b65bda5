package books

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"tuppence/server/ledger"
	"tuppence/store"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// rewriter turns the record of a table into what a program of version 1 wrote, or into ours.
type rewriter struct{ old, current func(record []byte) []byte }

func rewriterOf[T, R any](c codec[T, R]) rewriter {
	read := func(record []byte) T { return must(c.decode([]byte("?"), record)) }
	return rewriter{
		old:     func(record []byte) []byte { return writeVersion1(c, read(record)) },
		current: func(record []byte) []byte { return c.encode(read(record)) },
	}
}

// rewriters are those of all tables of records, but for the journal.
func rewriters() map[byte]rewriter {
	return map[byte]rewriter{
		tHead: rewriterOf(heads), tWallet: rewriterOf(wallets), tLink: rewriterOf(links), tTill: rewriterOf(tills),
		tBalance: rewriterOf(amounts), tTotal: rewriterOf(amounts), tIdempotency: rewriterOf(idempotencyRecords),
		tMeta: rewriterOf(blobs), tPolicy: rewriterOf(policies), tCounter: rewriterOf(counts), tUser: rewriterOf(users),
		tStaff: rewriterOf(staffs), tVendor: rewriterOf(vendors), tOffer: rewriterOf(offers), tPayee: rewriterOf(payees),
		tCheckout: rewriterOf(checkouts), tDeposit: rewriterOf(deposits), tPurchase: rewriterOf(purchases),
		tDispute: rewriterOf(disputes), tTransfer: rewriterOf(transfers), tDelivery: rewriterOf(deliveries),
	}
}

// asVersion1 returns a store as a program of version 1 would have left it, and the rows that an upgrade of it must end
// with: entries keep their bytes, and everything else is written anew.
func asVersion1(t tester, rows map[string]string) (old *world, want map[string]string) {
	t.Helper()
	old, want = &world{t: t, kv: store.NewMemory(), now: morning}, map[string]string{}
	all := rewriters()
	keys := make([]string, 0, len(rows))
	for k := range rows {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	var hash [32]byte
	old.plant(func(tx store.Tx) error {
		for _, k := range keys {
			at, record := []byte(k), []byte(rows[k])
			now := record
			if table, known := all[k[0]]; known && k[0] != tHead {
				record = table.old(record)
				now = table.current(record)
			}
			switch k[0] {
			case tEntry:
				body, _, err := split(at, record)
				if err != nil {
					return err
				}
				b := writeVersion1(entries, must(entries.decode(at, body)))
				hash = chain(hash, b)
				record = append(b, hash[:]...)
				now = record
			case tIdempotency: // version 1 kept it under a month
				at = key(tOldIdempotency, uint32(680+len(k)%3), at[1:])
			case tMilestone: // version 1 had none: the upgrade makes them
				want[k] = string(now)
				continue
			case tWallet: // nor did it count rows
				w := must(wallets.decode(at, now))
				w.Hidden = must(wallets.decode(at, []byte(rows[k]))).Hidden
				now = wallets.encode(w)
			case tLink: // version 1 did not keep what was paid: the upgrade counts it
				l := must(links.decode(at, now))
				l.Paid = must(links.decode(at, []byte(rows[k]))).Paid
				now = links.encode(l)
			case tPurchase: // nor did it keep whose grant was revoked
				p := must(purchases.decode(at, now))
				p.Grant.Vendor = must(purchases.decode(at, []byte(rows[k]))).Grant.Vendor
				now = purchases.encode(p)
			case tOpen:
				if k[1:2] == revokedGrants { // so it had no list of them
					want[k] = rows[k]
					continue
				}
			case tDays: // nor the days that are over
				want[k] = rows[k]
				continue
			case tHead:
				continue
			}
			want[k] = string(now)
			if err := tx.Set(at, record); err != nil {
				return err
			}
		}
		var h head
		if b, found := rows[string(headKey)]; found {
			h = must(heads.decode(headKey, []byte(b)))
		}
		h.Hash = hash
		want[string(headKey)] = string(heads.encode(h))
		want[string(key(tMeta, FormatName))] = string(blobs.encode([]byte(Format)))
		return first(
			tx.Set(headKey, writeVersion1(heads, h)),
			tx.Set(key(tMeta, FormatName), writeVersion1(blobs, []byte("books 1"))),
			tx.Set(key(tOldMonths), []byte{1, 0x82, 0x18, 0x20, 0x18, 0x21}),
		)
	})
	return old, want
}

// Books that were written as version 1 are clean, and an upgrade ends with the rows that this program would have
// written, whatever the size of its commits, and wherever it was cut off: after each cut the books are clean, each noun
// is read as it was, and money still moves.
func TestUpgradeOfAnyBooks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(t, newWorld(t))
		m.version1 = true
		for range rapid.IntRange(0, 12).Draw(t, "acts") {
			m.act(t)
		}
		old, want := asVersion1(t, m.w.dump())
		old.clean()
		batch := rapid.IntRange(1, 40).Draw(t, "batch")
		for starts := 0; ; starts++ {
			ctx, kill := context.WithCancel(context.Background())
			commits := rapid.IntRange(1, 20).Draw(t, "commits")
			var all uint64
			err := Upgrade(ctx, old.kv, UpgradeOptions{Batch: batch, Progress: func(done, of uint64) {
				if done > of || all != 0 && of != all {
					t.Fatalf("%d of %d rows, they were %d", done, of, all)
				}
				all = of
				if commits--; commits == 0 && done < all {
					kill()
				}
			}})
			kill()
			if err == nil {
				break
			}
			if !errors.Is(err, context.Canceled) || starts > 2_000 {
				t.Fatalf("start %d: %v", starts, err)
			}
			old.clean()
			checkConverted(t, old.dump(), want)
		}
		if diff := cmp.Diff(want, old.dump()); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
		m.w.kv, m.w.counted = old.kv, m.w.counted+1000
		m.act(t)
		m.w.clean()
	})
}

// checkConverted wants every row that an upgrade has not reached to be read as the one that it will be.
func checkConverted(t *rapid.T, rows, want map[string]string) {
	t.Helper()
	all := rewriters()
	for k, record := range rows {
		at := k
		if k[0] == tOldIdempotency {
			at = string(key(tIdempotency, k[1+4:]))
		}
		table, known := all[at[0]]
		if !known || at[0] == tMeta {
			continue
		}
		got, wanted := string(table.current([]byte(record))), want[at]
		if l, err := links.decode([]byte(at), []byte(wanted)); at[0] == tLink && err == nil && got != wanted {
			l.Paid = 0 // it is counted when the upgrade comes to the row
			wanted = string(links.encode(l))
		}
		if p, err := purchases.decode([]byte(at), []byte(wanted)); at[0] == tPurchase && err == nil && got != wanted {
			p.Grant.Vendor = 0 // it is looked up when the upgrade comes to the row
			wanted = string(purchases.encode(p))
		}
		if w, err := wallets.decode([]byte(at), []byte(wanted)); at[0] == tWallet && err == nil && got != wanted {
			w.Hidden = 0 // it is counted when the upgrade has come to the newest entry
			wanted = string(wallets.encode(w))
		}
		if got != wanted {
			t.Fatalf("%s is read as %x, want %x", keyName([]byte(k)), got, wanted)
		}
	}
}

// An upgrade leaves books of this format, and a store without any, as they are. It refuses those of a newer program,
// and those that do not say what wrote them.
func TestUpgradeOfCurrentBooks(t *testing.T) {
	told := UpgradeOptions{Progress: func(done, all uint64) { t.Errorf("%d of %d rows", done, all) }}
	l := newBusyWorld(t)
	if err := Upgrade(t.Context(), l.kv, told); err == nil {
		t.Error("books that do not say what wrote them are taken")
	}
	if err := Upgrade(t.Context(), store.NewMemory(), told); err != nil {
		t.Errorf("a new store: %v", err)
	}
	l.do(func(tx Tx) error { return tx.PutMeta(FormatName, []byte(Format)) })
	before := l.dump()
	if err := Upgrade(t.Context(), l.kv, told); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(before, l.dump()); diff != "" {
		t.Errorf("it changed (-was +is):\n%s", diff)
	}
	l.do(func(tx Tx) error { return tx.PutMeta(FormatName, []byte("books 9.1")) })
	if err := Upgrade(t.Context(), l.kv, told); !errors.Is(err, store.ErrNewer) {
		t.Errorf("newer books: got %v, want %v", err, store.ErrNewer)
	}
}

// A format with fewer numbers is brought to ours with what the journal knows and was not kept: what was paid at links,
// milestones, and how many rows a wallet has. An older program refuses the store from the first commit on. The audit
// takes both.
func TestUpgradeFromFewerNumbers(t *testing.T) {
	l := newBusyWorld(t)
	before, counted := l.dump(), 0
	l.do(func(tx Tx) error {
		if err := tx.tx.Delete(bobsDays(l)); err != nil {
			return err
		}
		for kv, err := range tx.kv.Scan(key(tLink), after(key(tLink)), false, 0) {
			if err != nil {
				return err
			}
			link, err := links.decode(kv.Key, kv.Value)
			if err != nil {
				return err
			}
			if link.Paid > 0 {
				counted++
			}
			link.Paid = 0
			if err := tx.tx.Set(kv.Key, links.encode(link)); err != nil {
				return err
			}
		}
		forget(l.t, tx)
		return tx.PutMeta(FormatName, []byte(fmt.Sprintf("books %d.3", generation)))
	})
	if r := l.audit(); !r.Clean() || counted == 0 {
		t.Errorf("%d links, and before: %+v", counted, r)
	}
	if err := Upgrade(t.Context(), l.kv, UpgradeOptions{}); err != nil {
		t.Fatal(err)
	}
	before[string(key(tMeta, FormatName))] = string(blobs.encode([]byte(Format)))
	if diff := cmp.Diff(before, l.dump()); diff != "" {
		t.Errorf("(-was +is):\n%s", diff)
	}
}

// A damaged row keeps no other one from being converted. It stays as it is, for the audit to find.
func TestUpgradeOfDamagedBooks(t *testing.T) {
	for name, row := range map[string][2][]byte{
		"record":          {key(tUser, ledger.UserID(1)), {1, 0x80}},
		"idempotency key": {{tOldIdempotency, 1}, {1, 0x80}},
	} {
		l := newBusyWorld(t)
		old, _ := asVersion1(t, l.dump())
		old.plant(func(tx store.Tx) error { return tx.Set(row[0], row[1]) })
		if err := Upgrade(t.Context(), old.kv, UpgradeOptions{Batch: 1_000}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if r := old.audit(); r.Clean() {
			t.Errorf("%s: the audit finds nothing", name)
		}
		if got := old.dump()[string(row[0])]; got != string(row[1]) {
			t.Errorf("%s: it became %x", name, got)
		}
	}
}

// Every table of records is gone through by an upgrade, in the order of the keys.
func TestEveryTableIsUpgraded(t *testing.T) {
	var tables []byte
	for _, c := range converters() {
		tables = append(tables, c.table)
	}
	if !slices.IsSorted(tables) {
		t.Errorf("tables %q: an upgrade that is cut off goes on behind a key", tables)
	}
	for table := range rewriters() {
		if table != tIdempotency && !slices.Contains(tables, table) { // version 1 had none there
			t.Errorf("table %c is left behind", table)
		}
	}
}
