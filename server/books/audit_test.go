package books

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"
)

// busyWorld is a service in which everything has happened once, and the names of it.
type busyWorld struct {
	*world
	ann, bob, late                                    ledger.UserID // late has paid with money that can be taken back
	owes                                              ledger.UserID // has bought on credit
	lent, given, spent                                ledger.EntryNo
	planned, byPlan                                   ledger.EntryNo
	campaign, campaignOpened, ownCampaign, gift       ledger.EntryNo
	issue, voucher, issueOver, ownIssue               ledger.EntryNo
	guide                                             ledger.VendorID // brings guest
	guest                                             ledger.UserID
	brought, rewarded, bookedAt, ended                ledger.EntryNo
	bill                                              ledger.Deposit // announced with the bill
	check, debit                                      ledger.Deposit
	receipt, matched                                  ledger.EntryNo // money that nobody announced so
	plain, partly, wholly, held, part, opened, voided ledger.EntryNo
	revoked                                           ledger.EntryNo
	open, won, taken                                  ledger.Dispute
	sent, claimed, swapped                            ledger.EntryNo
	proposed, approved                                ledger.EntryNo
	goodwill                                          ledger.EntryNo // done on the approved one
	kept, forgotten                                   ledger.VaultID
	file                                              uint64
	mandate                                           ledger.MandateID
	settled                                           ledger.EntryNo
	hooked                                            ledger.EntryNo // is at the gateway
	paid                                              BankItem       // a payout in a file
	payTo                                             ledger.VaultID
	redeemed, refunded, submitted, filled             ledger.EntryNo // to a bank account, to a card; a weekly budget
	order, charge, phoned                             ledger.Deposit
	mailed, closed, slept, remitted                   ledger.EntryNo
	sleeper                                           ledger.UserID
	head                                              ledger.EntryNo
	invited                                           ledger.Invite
	copied                                            ledger.Copy // content of the vendor
	member                                            ledger.TeamMember
	maker                                             ledger.UserID
	program                                           ledger.Agent // of maker
	programBuys, programHolds                         ledger.EntryNo
}

// ok fails the test on any error, a refusal included.
func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func newBusyWorld(t tester) *busyWorld {
	t.Helper()
	l := &busyWorld{world: newWorld(t)}
	l.ann, l.bob = l.funded(), l.funded()
	var err error
	l.check, err = l.pays(l.ann, "check", eur(5_000))
	l.ok(err)
	l.check, err = l.moves(l.check, ledger.DepositUncollected)
	l.ok(err)
	l.receipt, err = l.receives(eur(700))
	l.ok(err)
	l.matched, err = l.receives(eur(800))
	l.ok(err)
	l.ok(l.allocates(l.matched, l.bob))
	l.annBuys()
	l.sent, err = l.sends(l.ann, eur(300))
	l.ok(err)
	l.claimed, err = l.sends(l.ann, eur(200))
	l.ok(err)
	l.ok(l.ends(l.claimed, l.bob))
	_, err = l.buys(l.bob, false, false)
	l.ok(err)
	l.ok(l.links(l.bob, true))
	l.loads("1.0834")
	l.swapped, err = l.exchanges(l.bob, ledger.ExchangeOrder{Amount: eur(500), Other: "USD"})
	l.ok(err)
	l.kept, err = l.keeps(l.ann)
	l.ok(err)
	l.mandate, err = l.permits(l.kept)
	l.ok(err)
	l.forgotten, err = l.keeps(l.ann)
	l.ok(err)
	l.ok(l.forgets(l.forgotten))
	l.debit, err = l.pays(l.ann, "autodebit", eur(900))
	l.ok(err)
	l.file, err = l.sendsFile(&l.debit)
	l.ok(err)
	l.now = l.now.Add(24 * time.Hour) // a day of bob's wallet ends with the purchase
	_, err = l.buys(l.bob, false, false)
	l.ok(err)
	l.owesMoney()
	l.given, err = l.gives(l.owes, eur(40), ledger.RoleRep, false)
	l.ok(err)
	l.spent, err = l.buys(l.owes, false, false)
	l.ok(err)
	l.planned = l.sellsByPlan()
	l.givesAway()
	l.issuesVouchers()
	l.refers()
	l.offlines()
	l.policy.Risk.Online = 120 * 24 * time.Hour
	l.late = l.funded()
	l.ok(l.works(caseOf(l), rita, ledger.CaseRequest{Act: ledger.CaseNoted, Text: "asked the vendor"}))
	l.ok(l.works(caseOf(l), rita, ledger.CaseRequest{Act: ledger.CaseClaimed}))
	l.approved, err = l.proposes(l.bob, eur(300), rita)
	l.ok(err)
	l.ok(l.settlesProposal(l.approved, mia, rita, true))
	l.see(func(r Reader) (err error) {
		l.goodwill, _, err = r.Head()
		return err
	})
	l.ok(l.credits(l.bob, eur(40), rita, nil))
	l.proposed, err = l.proposes(l.bob, eur(400), rita)
	l.ok(err)
	l.redeemed, err = l.redeems(l.bob, eur(50), false)
	l.ok(err)
	l.refunded, err = l.redeems(l.bob, eur(60), true)
	l.ok(err)
	l.ok(l.sendsBack(l.redeemed))
	l.see(func(r Reader) (err error) {
		l.submitted, _, err = r.Head()
		return err
	})
	l.ok(l.fills(l.bob, eur(2_000)))
	l.see(func(r Reader) (err error) {
		l.filled, _, err = r.Head()
		return err
	})
	l.rules("settle_reserve", "10 %")
	l.rules("settle_delay", "0m")
	l.rules("settle_minimum", "0")
	l.rules("settle_amount", "0")
	l.ownIssue, err = l.issuesTokens(itself, eur(1))
	l.ok(err)
	l.payouts()
	l.settled = l.settles(l.vendor, l.now.Add(-time.Second))[0].No
	l.offices()
	l.copied = l.leavesContent()
	l.do(func(tx Tx) error {
		d := Delivery{Event: l.plain, Endpoint: 1, Vendor: l.vendor, Type: "charge.succeeded", Created: l.now, Due: l.now}
		if _, err := tx.BeginGeneration([16]byte{7}, l.now); err != nil {
			return err
		}
		looked := StaffAct{Key: "SHA256:rep", Act: "desk deposits", User: l.ann}
		rep := ledger.Staff{Fingerprint: looked.Key, Role: ledger.RoleRep}
		acted := StaffAct{Key: "SHA256:nora", Role: ledger.RoleVendor, Act: "shop redeliver", Vendor: l.vendor}
		return first(tx.PutStaffAct(looked), tx.PutStaffAct(acted), tx.PutStaff(rep), tx.PutDelivery(d))
	})
	l.see(func(r Reader) (err error) {
		l.head, _, err = r.Head()
		return err
	})
	return l
}

// owesMoney buys on credit before a bill and after it.
func (l *busyWorld) owesMoney() {
	l.t.Helper()
	var err error
	l.owes = l.joins()
	l.ok(l.lends(l.owes, eur(500)))
	for i := range 5 { // a bill is over one euro at least
		no, err := l.buys(l.owes, i == 4, false)
		l.ok(err)
		if i == 0 {
			l.lent = no - 1
		}
	}
	l.now = l.now.Add(32 * 24 * time.Hour)
	l.bill, err = l.bills(l.owes)
	l.ok(err)
	_, err = l.buys(l.owes, false, false)
	l.ok(err)
}

// annBuys makes sales of every fate: left alone, given back in part or whole, opened, held, captured, released,
// disputed.
func (l *busyWorld) annBuys() {
	l.t.Helper()
	sale := func(hold, checkout bool) ledger.EntryNo {
		l.t.Helper()
		no, err := l.buys(l.ann, hold, checkout)
		l.ok(err)
		return no
	}
	l.plain, l.partly, l.wholly, l.opened = sale(false, true), sale(false, false), sale(false, false), sale(false, false)
	l.held, l.part, l.voided = sale(true, false), sale(true, false), sale(true, false)
	l.ok(l.refunds(l.partly, 70_001))
	l.ok(l.refunds(l.wholly, 0))
	l.ok(l.captures(l.part, 90_000))
	l.ok(l.voids(l.voided))
	l.ok(l.opensIt(l.opened, "r1"))
	l.revoked = sale(false, false)
	l.ok(l.revokes(l.revoked))
	a, b, c := sale(false, false), sale(false, false), sale(false, false)
	var err error
	l.rules("provisional_credit", "5")
	l.rules("provisional_after", "0m")
	l.open, err = l.disputes(a, 99)
	l.ok(err)
	l.won, err = l.disputes(b, 99)
	l.ok(err)
	l.ok(l.contests(l.won.No, "answer", "for the vendor", "appeal", "another says"))
	l.taken, err = l.disputes(c, 99)
	l.ok(err)
	l.ok(l.contests(l.taken.No, "offer", "take"))
}

// after returns the first entry of a kind that continues another one.
func (l *busyWorld) after(kind ledger.Kind, cause ledger.EntryNo) (no ledger.EntryNo) {
	l.t.Helper()
	l.see(func(r Reader) error {
		for rec, err := range r.Journal(cause, 0) {
			if err != nil {
				return err
			}
			if rec.Kind == kind && rec.Cause == cause {
				no = rec.No
				return nil
			}
		}
		return errors.New("no such entry")
	})
	return no
}

// edit changes a record behind the back of Put.
func edit[T, R any](tx store.Tx, k []byte, c codec[T, R], change func(*T)) error {
	v, found, err := load(Read(tx), k, c)
	if err != nil || !found {
		return errors.Join(err, errors.New("nothing to edit under "+keyName(k)))
	}
	change(&v)
	return tx.Set(k, c.encode(v))
}

// forge changes an entry and hashes the journal anew from there, as an intruder with access to the store could.
func forge(tx store.Tx, no ledger.EntryNo, change func(*stored)) error {
	r := Read(tx)
	last, _, err := r.Head()
	if err != nil {
		return err
	}
	before, _, err := r.Entry(no - 1) // no hash before entry 1
	if err != nil {
		return err
	}
	prev := before.Hash
	for n := no; n <= last; n++ {
		body, _, err := split(key(tEntry, n), mustGet(r, key(tEntry, n)))
		if err != nil {
			return err
		}
		s, err := entries.decode(nil, body)
		if err != nil {
			return err
		}
		if n == no {
			change(&s)
		}
		b := entries.encode(s)
		prev = chain(prev, b)
		if err := tx.Set(key(tEntry, n), append(b, prev[:]...)); err != nil {
			return err
		}
	}
	return edit(tx, headKey, heads, func(h *head) { h.No, h.Hash = last, prev })
}

func mustGet(r Reader, k []byte) []byte {
	b, found, err := r.get(k)
	if err != nil || !found {
		panic("nothing under " + keyName(k))
	}
	return b
}

// flip changes one bit of a record.
func flip(tx store.Tx, k []byte, at int) error {
	b := slices.Clone(mustGet(Read(tx), k))
	b[(at+len(b))%len(b)] ^= 1
	return tx.Set(k, b)
}

// plant writes behind the back of the books.
func (w *world) plant(fn func(tx store.Tx) error) {
	w.t.Helper()
	if err := w.kv.Update(context.Background(), fn); err != nil {
		w.t.Fatal(err)
	}
}

// A report does not grow without end, and what it leaves out it counts.
func TestAuditReport(t *testing.T) {
	l := newBusyWorld(t)
	r := l.audit()
	if !r.Clean() || r.Entries != uint64(l.head) || r.Postings == 0 || len(r.Coverage) != 2 ||
		!strings.HasPrefix(r.Coverage[0], "I13 covered: ") ||
		!strings.HasPrefix(r.Coverage[1], "I13 NOT COVERED: assets 0.00 USD") { // what was exchanged has to be bought
		t.Errorf("report of clean books: %+v", r)
	}
	l.plant(func(tx store.Tx) error {
		for i := range uint64(maxFindings + 7) {
			if err := tx.Set(key(tHandle, i), key(tUser, i+1000)); err != nil {
				return err
			}
		}
		return nil
	})
	if r := l.audit(); len(r.Findings) != maxFindings || r.More != 7 {
		t.Errorf("%d findings and %d more", len(r.Findings), r.More)
	}
}

// Money that is not covered is reported, not judged.
func TestAuditReportsCoverage(t *testing.T) {
	w := newWorld(t)
	u := w.joins()
	w.do(func(tx Tx) error {
		return appended(
			tx,
			ledger.Entry{At: w.now, Kind: ledger.KindStaff, User: u, Amount: eur(100), Postings: []ledger.Posting{
				{Account: ledger.Account{Class: ledger.Goodwill, Currency: "EUR"}, Micros: 1_000_000},
				{Account: ledger.Account{Class: ledger.Paid, Currency: "EUR", Owner: uint64(u)}, Micros: -1_000_000},
			}},
		)
	})
	if r := w.audit(); !r.Clean() || len(r.Coverage) != 1 ||
		r.Coverage[0] != "I13 NOT COVERED: assets 0.00 EUR, owed 1.00 EUR" {
		t.Errorf("%+v", r)
	}
}

// An audit ends with its context, tells how far it is, and does not judge what it cannot read.
func TestAuditEnds(t *testing.T) {
	l := newBusyWorld(t)
	l.see(func(r Reader) error {
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		if _, err := Audit(ctx, r.kv, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("cancelled: %v", err)
		}
		var done, all uint64
		_, err := Audit(context.Background(), r.kv, func(d, a uint64) { done, all = d, a })
		if err != nil || done != uint64(l.head) || all != done {
			t.Errorf("progress %d of %d, %v", done, all, err)
		}
		return nil
	})
	l.plant(func(tx store.Tx) error { return tx.Set(key(tUser, l.ann), []byte{version + 1, 0}) })
	l.see(func(r Reader) error {
		if _, err := Audit(context.Background(), r.kv, nil); !errors.Is(err, store.ErrNewer) {
			t.Errorf("newer record: %v", err)
		}
		return nil
	})
}

// Every table of the books can hold a damaged row or one of a newer program: damage is a finding, and the audit goes on
// to the end; a newer row ends it, because an old program cannot judge what it does not know.
func TestAuditOfRowsItCannotRead(t *testing.T) {
	records := []byte{
		tWallet, tLink, tIdempotency, tTill, tBalance, tTotal, tCounter, tUser, tVendor, tOffer, tCheckout, tDeposit,
		tPurchase, tDispute, tTransfer, tDelivery, tEntry, tHead,
	}
	for _, table := range records {
		l := newBusyWorld(t)
		var at, record []byte
		l.see(func(r Reader) error {
			for kv, err := range r.kv.Scan(key(table), after(key(table)), false, 1) {
				at, record = slices.Clone(kv.Key), slices.Clone(kv.Value)
				return err
			}
			return errors.New("the busy world has no row in table " + string(rune(table)))
		})
		l.plant(func(tx store.Tx) error { return tx.Set(at, append([]byte{version, 0xff}, make([]byte, 40)...)) })
		damaged := func(f Finding) bool { return strings.Contains(f.What, store.ErrDamaged.Error()) }
		if r := l.audit(); !slices.ContainsFunc(r.Findings, damaged) || len(r.Coverage) == 0 {
			t.Errorf("damage in table %c: %q, coverage %q", table, r.Findings, r.Coverage)
		}
		l.plant(func(tx store.Tx) error { return tx.Set(at, append([]byte{version + 1}, record[1:]...)) })
		l.see(func(r Reader) error {
			if _, err := Audit(t.Context(), r.kv, nil); !errors.Is(err, store.ErrNewer) {
				t.Errorf("newer row in table %c: got %v, want %v", table, err, store.ErrNewer)
			}
			return nil
		})
	}
}
