package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/servertest"
	"tuppence/server/view"
	"tuppence/store"
)

// branch is books with the names that they have given: what the world knows of them.
type branch struct {
	*fixture
	people int // who has joined by the hands of the test
}

// backup copies the rows of a store, as a backup does.
func (b *branch) backup() (rows []store.KV) {
	b.t.Helper()
	err := b.store.View(b.ctx, func(kv store.Reader) error {
		for row, err := range kv.Scan(nil, nil, false, 0) {
			if err != nil {
				return err
			}
			rows = append(rows, row)
		}
		return nil
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return rows
}

// restored opens the service on a backup, as the program does after a restore. The seed is that of what it draws.
func restored(t *testing.T, rows []store.KV, seed byte) *branch {
	t.Helper()
	kv := store.NewMemory()
	err := kv.Update(t.Context(), func(tx store.Tx) error {
		for _, row := range rows {
			if err := tx.Set(row.Key, row.Value); err != nil {
				return err
			}
		}
		_, err := books.Write(tx).BeginGeneration([16]byte{seed, 1}, servertest.NewClock().Now())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return &branch{fixture: newFixtureDrawing(t, kv, seed), people: int(seed) * 100}
}

// names are all names that the world may know of these books.
func (b *branch) names() map[string]bool {
	b.t.Helper()
	all := map[string]bool{}
	b.read(func(r books.Reader) error {
		vendors, err := r.Vendors()
		if err != nil {
			return err
		}
		users := map[ledger.UserID]bool{}
		for rec, err := range r.Journal(0, 0) {
			if err != nil {
				return err
			}
			n := b.seal
			for _, name := range []func(ledger.EntryNo) string{
				n.Entry, n.Charge, n.Grant, n.Refund, n.Dispute, n.Transfer, n.Event,
			} {
				all[name(rec.No)] = true
			}
			if rec.Deposit != nil {
				all[n.Deposit(rec.Deposit.ID)], all[rec.Deposit.Reference] = true, true
			}
			users[rec.User] = true
		}
		delete(all, "")
		delete(users, 0)
		for u := range users {
			if err := b.namesOf(r, u, vendors, all); err != nil {
				return err
			}
		}
		return b.namesOfVendors(r, vendors, all)
	})
	return all
}

func (b *branch) namesOf(r books.Reader, id ledger.UserID, vendors []ledger.Vendor, all map[string]bool) error {
	u, _, err := r.User(id)
	if err != nil {
		return err
	}
	all[u.Handle] = true
	for _, v := range vendors {
		all[b.seal.Pseudonym(id, v.ID)] = true
	}
	links, err := r.UserLinks(id)
	for _, l := range links {
		all[b.seal.Link(l.ID)] = true
	}
	return err
}

func (b *branch) namesOfVendors(r books.Reader, vendors []ledger.Vendor, all map[string]bool) error {
	for _, v := range vendors {
		all[b.seal.Vendor(v.ID)] = true
		for _, h := range v.Hooks {
			all[b.seal.Endpoint(v.ID, h.Number)] = true
		}
		offers, err := r.Offers(v.ID, 0, 0)
		if err != nil {
			return err
		}
		for _, o := range offers {
			all[b.seal.Offer(o.ID)] = true
		}
	}
	return nil
}

// acts are what makes new names. Each is done in every branch, so that the same numbers are given again.
var acts = map[string]func(b *branch){
	"sale":   func(b *branch) { b.sale(b.seller("news"), "ann") },
	"refund": func(b *branch) { b.refund(b.sale(b.seller("news"), "ann")) },
	"offer":  func(b *branch) { b.offer(b.seller("news")) },
	"endpoint": func(b *branch) {
		url := "https://news.example/hook"
		_, _, err := b.seller("news").CreateEndpoint(b.ctx, Request{}, EndpointSettings{URL: &url})
		b.ok(err)
	},
	"check": func(b *branch) {
		_, err := b.Fund(b.ctx, caller("ann"), view.FundRequest{Amount: eur(500), Method: "check"})
		b.ok(err)
	},
	"transfer": func(b *branch) {
		_, err := b.Transfer(b.ctx, caller("ann"), view.TransferRequest{Amount: eur(10)})
		b.ok(err)
	},
	"permission": func(b *branch) {
		_, err := b.Unlink(b.ctx, caller("ann"), "news")
		b.ok(err)
		b.link("ann", "news")
	},
	"dispute": func(b *branch) {
		id := b.sale(b.seller("news"), "ann")
		_, err := b.Dispute(b.ctx, caller("ann"), view.DisputeRequest{ID: id, Reason: "not_delivered"})
		b.ok(err)
	},
	"person": func(b *branch) {
		b.people++
		name := fmt.Sprint("person", b.people)
		b.funded(name, eur(1000))
		b.link(name, "news")
		b.sale(b.seller("news"), name)
	},
	"vendor": func(b *branch) {
		b.people++
		name := fmt.Sprint("vendor", b.people)
		b.vendor(name)
		b.link("ann", name)
		b.sale(b.seller(name), "ann")
	},
}

func (b *branch) ok(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// seller is a vendor with a new key.
func (b *branch) seller(name string) *Seller {
	b.t.Helper()
	k, err := b.VendorKey(b.ctx, b.operator, name)
	b.ok(err)
	v, err := b.Authenticate(b.ctx, k.Key)
	b.ok(err)
	return v
}

func (b *branch) link(who, vendor string) {
	b.t.Helper()
	_, err := b.Link(b.ctx, caller(who), view.LinkRequest{Vendor: vendor, Currency: "EUR", Total: ledger.NoLimit})
	b.ok(err)
}

func (b *branch) offer(v *Seller) ledger.OfferID {
	b.t.Helper()
	me, err := v.Vendor(b.ctx)
	b.ok(err)
	o, _, err := v.CreateOffer(b.ctx, Request{}, ledger.Offer{
		Title: "Rivers", Kind: ledger.Content, Price: eur(2), ContentURL: "https://" + me.Name + ".example/a",
		Bounds: ledger.Bounds{Views: 5}, Created: b.clock(),
	})
	b.ok(err)
	return opened(b.t, b.seal.OpenOffer, o.ID)
}

// sale sells to somebody who has a permission there, and returns the name of the charge.
func (b *branch) sale(v *Seller, who string) string {
	b.t.Helper()
	var link ledger.LinkID
	b.read(func(r books.Reader) error {
		l, _, err := r.Link(b.user(caller(who)).ID, v.ID, "EUR")
		link = l.ID
		return err
	})
	key := fmt.Sprint(b.head())
	sold, _, err := v.Charge(b.ctx, asking(key, key), ChargeOrder{Link: link, Offer: b.offer(v)})
	b.ok(err)
	return sold.ID
}

func (b *branch) head() ledger.EntryNo {
	no, _, err := b.Head(b.ctx)
	b.ok(err)
	return no
}

func (b *branch) refund(charge string) {
	b.t.Helper()
	no := opened(b.t, b.seal.OpenCharge, charge)
	_, _, err := b.seller("news").Refund(b.ctx, asking("refund "+charge, charge), RefundOrder{Charge: no})
	b.ok(err)
}

// A name that a lost branch has given is never a name of something else: not after a restore, not after a second one
// of the same backup, and not after a restore of restored books. Names from before the backup stay.
func TestNamesOfALostBranchNeverComeBack(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		act := func(b *branch, label string) {
			names := rapid.SliceOfN(rapid.SampledFrom(keysOf(acts)), 1, 6).Draw(r, label)
			for _, name := range names {
				acts[name](b)
			}
		}
		first := &branch{fixture: newFixture(t)}
		first.vendor("news")
		first.funded("ann", eur(5000))
		first.link("ann", "news")
		act(first, "before")
		base, rows := first.names(), first.backup()
		act(first, "lost")
		second := restored(t, rows, 8)
		disjoint(r, "first and second, at once", base, first, second)
		act(second, "after")
		third := restored(t, rows, 9)
		act(third, "after another restore")
		later, rows := third.names(), third.backup()
		act(third, "lost again")
		fourth := restored(t, rows, 10)
		act(fourth, "after all")
		disjoint(r, "first and second", base, first, second)
		disjoint(r, "first and third", base, first, third)
		disjoint(r, "second and third", base, second, third)
		disjoint(r, "first and fourth", base, first, fourth)
		disjoint(r, "second and fourth", base, second, fourth)
		disjoint(r, "third and fourth", later, third, fourth)
		for _, b := range []*branch{second, third, fourth} {
			knows(r, b, base)
		}
		knows(r, fourth, later)
	})
}

func keysOf(m map[string]func(*branch)) []string { return slices.Sorted(maps.Keys(m)) }

// disjoint wants two branches to have no name in common but those of their common past.
func disjoint(r *rapid.T, what string, past map[string]bool, a, b *branch) {
	r.Helper()
	known := a.names()
	for name := range b.names() {
		if known[name] && !past[name] {
			r.Fatalf("%s: %s names something in both", what, name)
		}
	}
}

// knows wants what was named in the past to have the same names.
func knows(r *rapid.T, b *branch, past map[string]bool) {
	r.Helper()
	names := b.names()
	for name := range past {
		if !names[name] && !strings.HasPrefix(name, "lnk_") { // a permission is followed by another one
			r.Fatalf("%s is no name any more", name)
		}
	}
}

// doors are where names come in. Each returns what the service says of a name.
var doors = map[string]func(b *branch, v *Seller, name string) error{
	"chg_": func(b *branch, v *Seller, name string) error {
		no, err := b.seal.OpenCharge(name)
		if err != nil {
			return err
		}
		_, _, err = v.Refund(b.ctx, asking(name, name), RefundOrder{Charge: no})
		return err
	},
	"grt_": func(b *branch, v *Seller, name string) error {
		no, err := b.seal.OpenGrant(name)
		if err != nil {
			return err
		}
		_, _, err = v.Consume(b.ctx, Request{}, Use{Grant: no, N: 1, RequestID: name})
		return err
	},
	"rfd_": byEntry(func(b *branch) func(string) (ledger.EntryNo, error) { return b.seal.OpenRefund },
		func(b *branch, v *Seller, no ledger.EntryNo) error { _, err := v.RefundMade(b.ctx, no); return err }),
	"dsp_": byEntry(func(b *branch) func(string) (ledger.EntryNo, error) { return b.seal.OpenDispute },
		func(b *branch, v *Seller, no ledger.EntryNo) error { _, err := v.DisputeOf(b.ctx, no); return err }),
	"trf_": func(b *branch, _ *Seller, name string) error {
		_, err := b.Recall(b.ctx, caller("ann"), name)
		return err
	},
	"ent_": shown, "evt_": shown, "dep_": shown,
	"RF": func(b *branch, _ *Seller, name string) error {
		_, err := b.AdvanceDeposit(b.ctx, b.operator, name, "received", eur(500))
		return err
	},
	"lnk_": func(b *branch, v *Seller, name string) error {
		id, err := b.seal.OpenLink(name)
		if err != nil {
			return err
		}
		return v.EndLink(b.ctx, id)
	},
	"ofr_": func(b *branch, v *Seller, name string) error {
		id, err := b.seal.OpenOffer(name)
		if err != nil {
			return err
		}
		_, err = v.Offer(b.ctx, id)
		return err
	},
	"whe_": func(b *branch, v *Seller, name string) error {
		vendor, n, err := b.seal.OpenEndpoint(name)
		if err != nil || vendor != v.ID {
			return errors.Join(err, ledger.ErrNotFound)
		}
		return v.RemoveEndpoint(b.ctx, n)
	},
	"ven_": func(b *branch, _ *Seller, name string) error {
		_, err := b.seal.OpenVendor(name)
		return err
	},
}

func byEntry(
	open func(*branch) func(string) (ledger.EntryNo, error), do func(*branch, *Seller, ledger.EntryNo) error,
) func(*branch, *Seller, string) error {
	return func(b *branch, v *Seller, name string) error {
		no, err := open(b)(name)
		if err != nil {
			return err
		}
		return do(b, v, no)
	}
}

func shown(b *branch, _ *Seller, name string) error {
	_, err := b.Show(b.ctx, caller("ann"), name)
	return err
}

// Every name of a lost branch is tried at every door after as much has happened again: it opens nothing, and the log
// has the reason once for each kind.
func TestEveryDoorRefusesNamesOfALostBranch(t *testing.T) {
	first := &branch{fixture: newFixture(t)}
	first.vendor("news")
	first.funded("ann", eur(5000))
	first.link("ann", "news")
	base, rows := first.names(), first.backup()
	everything := func(b *branch) {
		for range 2 {
			for _, name := range keysOf(acts) {
				acts[name](b)
			}
		}
	}
	everything(first)
	now := restored(t, rows, 8)
	log := &lines{}
	now.log = slog.New(log)
	everything(now)
	v := now.seller("news")
	head := now.head()
	tried := map[string]int{}
	for name := range first.names() {
		for prefix, door := range doors {
			if base[name] || !strings.HasPrefix(name, prefix) {
				continue
			}
			tried[prefix]++
			if err := door(now, v, name); !refusedAs(err, ledger.ErrNotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	is(t, "entries that this has made", now.head()-head, 0)
	for prefix := range doors {
		if tried[prefix] == 0 {
			t.Errorf("no lost name begins with %s", prefix)
		}
	}
	for _, kind := range []string{"chg_", "grt_", "rfd_", "dsp_", "trf_", "ent_", "evt_", "ven_"} {
		is(t, "lines about "+kind, log.with(kind), 1)
	}
}

// refusedAs tells whether a name was refused: by the sealer, or by the service with this sentinel.
func refusedAs(err, want error) bool {
	var no *ledger.Refusal
	return err != nil && (errors.Is(err, want) || !errors.As(err, &no) && strings.Contains(err.Error(), "not a name"))
}

// lines is a log that counts the kinds of lost names.
type lines struct {
	slog.Handler
	mu    sync.Mutex
	kinds map[string]int
}

func (l *lines) Enabled(context.Context, slog.Level) bool { return true }

func (l *lines) Handle(_ context.Context, r slog.Record) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	r.Attrs(func(a slog.Attr) bool {
		if l.kinds == nil {
			l.kinds = map[string]int{}
		}
		l.kinds[a.Value.String()]++
		return true
	})
	return nil
}

func (l *lines) with(kind string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.kinds[kind]
}
