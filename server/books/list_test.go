package books

import (
	"cmp"
	"fmt"
	"slices"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// population is a store with nouns drawn at random, and the nouns themselves by their names.
type population struct {
	*world
	offers     map[string]ledger.Offer
	links      map[string]ledger.Link
	deposits   map[string]ledger.Deposit
	disputes   map[string]ledger.Dispute
	receipts   map[string]ledger.Receipt
	transfers  map[string]ledger.Transfer
	deliveries map[string]Delivery
}

func newPopulation(t *rapid.T) *population {
	p := &population{
		world:  &world{t: t, kv: store.NewMemory(), now: morning},
		offers: map[string]ledger.Offer{}, links: map[string]ledger.Link{}, deposits: map[string]ledger.Deposit{},
		receipts: map[string]ledger.Receipt{}, disputes: map[string]ledger.Dispute{},
		transfers: map[string]ledger.Transfer{}, deliveries: map[string]Delivery{},
	}
	few := source{few: true}
	for i := range rapid.IntRange(0, 15).Draw(t, "size") {
		no := ledger.EntryNo(i + 1)
		some := morning.Add(time.Duration(rapid.IntRange(0, 2).Draw(t, "hour")) * time.Hour) // keys hold no time before 1970
		p.do(func(tx Tx) error {
			o := anyOf[ledger.Offer](t, few)
			o.ID.Number, o.Version = uint64(i/2+1), uint32(i%2+1)
			l := anyOf[ledger.Link](t, few)
			l.ID.User, l.Created = ledger.UserID(i+1), morning.Add(time.Duration(i/3)*time.Hour)
			d := anyOf[ledger.Deposit](t, few)
			d.ID.Number, d.Reference, d.External, d.Created = uint64(i), "", fmt.Sprint(i), some
			x := anyOf[ledger.Dispute](t, few)
			x.No, x.DueBy, x.Opened = no, some, morning.Add(time.Duration(i)*time.Hour)
			f := anyOf[ledger.Transfer](t, few)
			f.No, f.Code[1], f.Expires, f.Created = no, byte(i), some, morning.Add(time.Duration(i)*time.Hour)
			e := anyOf[Delivery](t, few)
			e.Event, e.Due, e.Created = no, morning.Add(time.Duration(i%4)*time.Hour), morning.Add(time.Duration(i)*time.Hour)
			p.offers[fmt.Sprint(o.ID)], p.links[fmt.Sprint(l.ID)], p.deposits[fmt.Sprint(d.ID)] = o, l, d
			p.disputes[fmt.Sprint(no)], p.transfers[fmt.Sprint(no)], p.deliveries[fmt.Sprint(no)] = x, f, e
			v := anyOf[ledger.Receipt](t, few)
			v.No, v.External = no, fmt.Sprint(i)
			p.receipts[fmt.Sprint(no)] = v
			return first(
				tx.PutReceipt(v),
				tx.PutOffer(o), tx.PutLink(l), tx.PutDeposit(d), tx.PutDispute(x), tx.PutTransfer(f), tx.PutDelivery(e),
			)
		})
	}
	return p
}

// those returns the names of the nouns that belong to a list, in its order.
func those[T any](all map[string]T, belongs func(T) bool, order func(a, b T) int) (names []string) {
	for name, v := range all {
		if belongs(v) {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return order(all[a], all[b]) })
	return names
}

// names returns the names of nouns that a list has returned.
func names[T, N any](name func(T) N) func(all []T, err error) ([]string, error) {
	return func(all []T, err error) (out []string, _ error) {
		for _, v := range all {
			out = append(out, fmt.Sprint(name(v)))
		}
		return out, err
	}
}

// listing is a list of nouns: what it must have, and how it is read up to a limit.
type listing struct {
	name string
	want []string
	read func(limit int) ([]string, error)
}

// listings are all lists of the books, for user 1 and vendor 1 where they belong to one.
func (p *population) listings(r Reader) []listing {
	const user, vendor = 1, 1
	since := morning.Add(4 * time.Hour)
	link := names(func(l ledger.Link) ledger.LinkID { return l.ID })
	deposit := names(func(d ledger.Deposit) ledger.DepositID { return d.ID })
	dispute := names(func(d ledger.Dispute) ledger.EntryNo { return d.No })
	transfer := names(func(f ledger.Transfer) ledger.EntryNo { return f.No })
	delivery := names(func(d Delivery) ledger.EntryNo { return d.Event })
	byNumber := func(a, b ledger.Dispute) int { return cmp.Compare(b.No, a.No) }
	newestTransfer := func(a, b ledger.Transfer) int { return cmp.Compare(b.No, a.No) }
	ofUser := func(d ledger.Dispute) bool { return d.User == user && d.Opened.After(since) }
	isDue := func(d Delivery) bool { return d.Waits() && !d.Held && !d.Due.After(since) }
	queue := func(a, b Delivery) int {
		if a.Before(b) {
			return -1
		}
		return 1
	}
	return []listing{
		{"offers", those(p.offers, func(o ledger.Offer) bool { return o.ID.Vendor == vendor },
			func(a, b ledger.Offer) int { return cmp.Compare(b.ID.Number, a.ID.Number) }), func(n int) ([]string, error) {
			return names(func(o ledger.Offer) ledger.OfferID { return o.ID })(r.Offers(vendor, 0, n))
		}},
		{
			"links of a vendor", those(p.links, func(l ledger.Link) bool { return l.ID.Vendor == vendor },
				func(a, b ledger.Link) int {
					return cmp.Or(b.Created.Compare(a.Created), cmp.Compare(b.ID.User, a.ID.User))
				}),
			func(n int) ([]string, error) { return link(r.VendorLinks(vendor, ledger.LinkID{}, n)) },
		},
		{
			"deposits", those(p.deposits, func(d ledger.Deposit) bool { return d.ID.User == user },
				func(a, b ledger.Deposit) int { return cmp.Compare(b.ID.Number, a.ID.Number) }),
			func(n int) ([]string, error) { return deposit(r.Deposits(user, n)) },
		},
		{"open deposits", those(p.deposits, func(d ledger.Deposit) bool {
			return d.State.Moves()
		}, func(a, b ledger.Deposit) int {
			return cmp.Or(a.Created.Compare(b.Created), cmp.Compare(a.ID.User, b.ID.User), cmp.Compare(a.ID.Number, b.ID.Number))
		}), func(n int) ([]string, error) { return deposit(r.OpenDeposits(ledger.Deposit{}, n)) }},
		{"deposits of a user since", those(p.deposits, func(d ledger.Deposit) bool {
			return d.ID.User == user && d.Created.After(since)
		}, func(a, b ledger.Deposit) int { return cmp.Compare(b.ID.Number, a.ID.Number) }), func(n int) ([]string, error) {
			return deposit(r.DepositsSince(user, since, n))
		}},
		{
			"open receipts", those(p.receipts, ledger.Receipt.Open,
				func(a, b ledger.Receipt) int { return cmp.Compare(a.No, b.No) }),
			func(n int) ([]string, error) {
				return names(func(v ledger.Receipt) ledger.EntryNo { return v.No })(r.OpenReceipts(ledger.Receipt{}, n))
			},
		},
		{
			"disputes that are due", those(p.disputes, func(d ledger.Dispute) bool {
				return d.State.Open() && !d.DueBy.IsZero() && !d.DueBy.After(since)
			}, func(a, b ledger.Dispute) int { return cmp.Or(a.DueBy.Compare(b.DueBy), cmp.Compare(a.No, b.No)) }),
			func(n int) ([]string, error) { return dispute(r.DueDisputes(since, ledger.Dispute{}, n)) },
		},
		{"disputes of a user", those(p.disputes, ofUser,
			byNumber), func(n int) ([]string, error) { return dispute(r.UserDisputes(user, since, n)) }},
		{
			"disputes of a vendor", those(p.disputes, func(d ledger.Dispute) bool { return d.Vendor == vendor }, byNumber),
			func(n int) ([]string, error) { return dispute(r.VendorDisputes(vendor, 0, n)) },
		},
		{
			"open disputes", those(p.disputes, func(d ledger.Dispute) bool { return d.State.Open() },
				func(a, b ledger.Dispute) int { return cmp.Or(a.DueBy.Compare(b.DueBy), cmp.Compare(a.No, b.No)) }),
			func(n int) ([]string, error) { return dispute(r.OpenDisputes(ledger.Dispute{}, n)) },
		},
		{"transfers of a user", those(p.transfers, func(f ledger.Transfer) bool {
			return (f.From == user || f.To == user) && f.Created.After(since)
		}, newestTransfer), func(n int) ([]string, error) { return transfer(r.UserTransfers(user, since, n)) }},
		{
			"transfers that are over", those(p.transfers, func(f ledger.Transfer) bool {
				return f.State == ledger.TransferSent && !f.Expires.After(since)
			},
				func(a, b ledger.Transfer) int { return cmp.Or(a.Expires.Compare(b.Expires), cmp.Compare(a.No, b.No)) }),
			func(n int) ([]string, error) { return transfer(r.DueTransfers(since, ledger.Transfer{}, n)) },
		},
		{
			"deliveries of a vendor", those(p.deliveries, func(d Delivery) bool { return d.Vendor == vendor },
				func(a, b Delivery) int { return cmp.Compare(b.Event, a.Event) }),
			func(n int) ([]string, error) { return delivery(r.Deliveries(vendor, 0, n)) },
		},
		{
			"deliveries that are due", those(p.deliveries, isDue, queue),
			func(n int) ([]string, error) { return delivery(r.DueDeliveries(since, n)) },
		},
		{
			"old deliveries", those(p.deliveries, func(d Delivery) bool { return d.Created.Before(since) },
				func(a, b Delivery) int { return cmp.Compare(a.Event, b.Event) }),
			func(n int) ([]string, error) { return delivery(r.OldDeliveries(since, n)) },
		},
	}
}

// A list has exactly the nouns that belong to it, in its order; with a limit it has the first of them.
func TestListsHaveWhatBelongsToThem(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPopulation(t)
		limit := rapid.IntRange(1, 8).Draw(t, "limit")
		p.see(func(r Reader) error {
			for _, l := range p.listings(r) {
				for _, n := range []int{0, limit} {
					got, err := l.read(n)
					want := l.want
					if n > 0 {
						want = want[:min(n, len(want))]
					}
					if diff := gocmp.Diff(want, got); diff != "" || err != nil {
						t.Fatalf("%s up to %d: %v (-want +got):\n%s", l.name, n, err, diff)
					}
				}
			}
			return nil
		})
	})
}

// checkPages wants a walk by cursor, page after page, to give what the list gives at once.
func checkPages[T any](t *rapid.T, name string, size int, page func(last *T, limit int) ([]T, error)) {
	t.Helper()
	whole, err := page(nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var walked []T
	var last *T
	for range len(whole) + 2 {
		some, err := page(last, size)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if len(some) == 0 {
			break
		}
		walked = append(walked, some...)
		last = &some[len(some)-1]
	}
	if diff := gocmp.Diff(whole, walked, inside); diff != "" {
		t.Fatalf("%s in pages of %d (-whole +walked):\n%s", name, size, diff)
	}
}

// Whatever the size of a page, a walk along the cursors of a list meets everything once.
func TestPagesAreTheWholeList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPopulation(t)
		n := rapid.IntRange(1, 6).Draw(t, "size")
		p.see(func(r Reader) error {
			checkPages(t, "offers", n, func(last *ledger.Offer, limit int) ([]ledger.Offer, error) {
				if last == nil {
					return r.Offers(1, 0, limit)
				}
				return r.Offers(1, last.ID.Number, limit)
			})
			checkPages(t, "links", n, func(last *ledger.Link, limit int) ([]ledger.Link, error) {
				if last == nil {
					return r.VendorLinks(1, ledger.LinkID{}, limit)
				}
				return r.VendorLinks(1, last.ID, limit)
			})
			checkPages(t, "disputes", n, func(last *ledger.Dispute, limit int) ([]ledger.Dispute, error) {
				if last == nil {
					return r.VendorDisputes(1, 0, limit)
				}
				return r.VendorDisputes(1, last.No, limit)
			})
			checkPages(t, "deliveries", n, func(last *Delivery, limit int) ([]Delivery, error) {
				if last == nil {
					return r.Deliveries(1, 0, limit)
				}
				return r.Deliveries(1, last.Event, limit)
			})
			return nil
		})
	})
}

// The queue of deliveries is read on from any place of it, that place included, also when it is empty by now.
func TestDueDeliveriesFromAnyPlace(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPopulation(t)
		from := anyOf[Delivery](t, source{few: true})
		p.see(func(r Reader) error {
			now := morning.Add(9 * time.Hour)
			all, err := r.DueDeliveries(now, 0)
			if err != nil {
				return err
			}
			var want []Delivery
			for _, d := range all {
				if from.Due.IsZero() || !d.Before(from) {
					want = append(want, d)
				}
			}
			got, err := r.DueDeliveriesFrom(from, now, 0)
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Fatalf("(-want +got):\n%s", diff)
			}
			return err
		})
	})
}

// A delivery that was dropped has left the queue, the list of its vendor and the table; dropping it again is no error.
func TestDroppedDeliveriesLeaveNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPopulation(t)
		rows := len(p.dump())
		for _, d := range p.deliveries {
			changed := d
			changed.Due, changed.Done = morning.Add(99*time.Hour), morning // as it is not stored: the row counts
			p.do(func(tx Tx) error { return tx.DropDelivery(changed) })
			p.do(func(tx Tx) error { return tx.DropDelivery(d) })
			rows -= 1 + len(deliveryIndexes(d))
		}
		if left := len(p.dump()); left != rows {
			t.Fatalf("%d rows are left, want %d", left, rows)
		}
	})
}
