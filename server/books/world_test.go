package books

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"
)

// tester is what tests, benchmarks and properties share.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// morning is a Tuesday.
var morning = time.Date(2026, 11, 24, 10, 0, 0, 0, time.UTC)

func eur(cents int64) ledger.Amount {
	return ledger.Amount{Micros: cents * 10_000, Currency: "EUR"}
}

// world is a small service under the real rules. Its methods return refusals of the rules; anything else is fatal.
type world struct {
	t       tester
	kv      store.Store
	now     time.Time
	policy  ledger.Policy
	offer   ledger.Offer // posted by vendor
	vendor  ledger.VendorID
	agent   uint32 // number of the key by which a program buys next; 0: none does
	counted int    // names of things
}

func newWorld(t tester) *world { return newWorldIn(t, store.NewMemory()) }

// newWorldIn is a world with one vendor and one offer in an empty store.
func newWorldIn(t tester, kv store.Store) *world {
	w := &world{t: t, kv: kv, now: morning, policy: ledger.DefaultPolicy()}
	w.policy.Limits = ledger.Limits{
		PerPurchase: ledger.NoLimit,
		PerDay:      ledger.NoLimit,
		PerWeek:     ledger.NoLimit,
		PerMonth:    ledger.NoLimit,
	}
	w.policy.Risk.Online = 0 // a card pays for good, unless a test says otherwise
	w.do(func(tx Tx) error { return tx.PutPolicy(w.policy) })
	w.vendor = w.opens("news")
	w.posts(w.vendor, 25)
	return w
}

// try runs fn in one transaction; a refusal comes back, any other error is fatal.
func (w *world) try(fn func(Tx) error) error {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	err := w.kv.Update(context.Background(), func(kv store.Tx) error {
		tx := Write(kv)
		return first(fn(tx), w.endsReturned(tx))
	})
	if err != nil && ledger.Code(err) == "internal" {
		w.t.Fatal(err)
	}
	return err
}

// do is try where nothing may be refused.
func (w *world) do(fn func(Tx) error) {
	w.t.Helper()
	if err := w.try(fn); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) see(fn func(Reader) error) {
	w.t.Helper()
	if err := w.kv.View(context.Background(), func(kv store.Reader) error { return fn(Read(kv)) }); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) audit() (r Report) {
	w.t.Helper()
	w.see(func(rd Reader) (err error) {
		r, err = Audit(context.Background(), rd.kv, nil)
		return err
	})
	return r
}

// clean wants an audit without findings.
func (w *world) clean() {
	w.t.Helper()
	for _, f := range w.audit().Findings {
		w.t.Fatalf("audit: %s: %s", f.Invariant, f.What)
	}
}

func (w *world) name(kind string) string {
	w.counted++
	return fmt.Sprintf("%s%d", kind, w.counted)
}

// joins opens a wallet in EUR.
func (w *world) joins() (id ledger.UserID) {
	w.t.Helper()
	name := w.name("ann")
	w.do(func(tx Tx) (err error) {
		if id, err = tx.NextUser(); err != nil {
			return err
		}
		no, err := tx.Next()
		if err != nil {
			return err
		}
		out, err := ledger.DecideJoin(ledger.JoinOrder{
			Accept: true, Fingerprint: "SHA256:" + name, Name: name, Handle: "w_" + name, Recovery: sha256.Sum256([]byte(name)),
		}, ledger.JoinFacts{No: no, ID: id, Policy: w.policy}, w.now)
		if err != nil {
			return err
		}
		out.User, _ = out.User.Touch(w.now, w.policy)
		wallet, err := ledger.OpenWallet(w.policy, id, "EUR")
		if err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutUser(out.User), tx.PutWallet(wallet))
	})
	return id
}

func appendedSpent(tx Tx, out ledger.PurchaseOutcome) error {
	_, err := tx.AppendSpent(out.Entry, out.Wallet, out.Over)
	return err
}

func appended(tx Tx, e ledger.Entry) error {
	_, err := tx.Append(e)
	return err
}

// first is the first error.
func first(all ...error) error {
	for _, err := range all {
		if err != nil {
			return err
		}
	}
	return nil
}

// opens makes a vendor with an API key.
func (w *world) opens(name string) (id ledger.VendorID) {
	w.t.Helper()
	w.do(func(tx Tx) (err error) {
		if id, err = tx.NextVendor(); err != nil {
			return err
		}
		v := ledger.Vendor{
			ID:      id,
			Name:    name,
			Status:  ledger.VendorActive,
			Created: w.now,
			Keys:    []ledger.APIKey{{Hash: sha256.Sum256([]byte(name)), Created: w.now}},
		}
		return first(appended(tx, ledger.Entry{At: w.now, Kind: ledger.KindVendor, Vendor: id}), tx.PutVendor(v))
	})
	return id
}

// posts makes an offer with a royalty plan.
func (w *world) posts(v ledger.VendorID, cents int64) {
	w.t.Helper()
	w.do(func(tx Tx) error {
		vendor, _, err := tx.Vendor(v)
		if err != nil {
			return err
		}
		payee, err := tx.NextPayee()
		if err != nil {
			return err
		}
		vendor.Offers++
		w.offer = ledger.Offer{
			ID: ledger.OfferID{
				Vendor: v,
				Number: vendor.Offers,
			}, Version: 1, Status: ledger.OfferActive, Title: "How rivers freeze", Price: eur(cents),
			Kind: ledger.Content, ContentURL: "https://news.example/rivers", Created: w.now,
			Royalties: []ledger.Royalty{{Payee: payee, Name: "Ada", Role: "author", BasisPoints: 3333}},
		}
		return first(tx.PutVendor(vendor), tx.PutPayee(v, "Ada", payee), tx.PutOffer(w.offer),
			appended(tx, ledger.Entry{At: w.now, Kind: ledger.KindOffer, Vendor: v}))
	})
}

// kindOf is how money comes by a method.
var kindOf = map[string]ledger.DepositKind{
	"card": ledger.DepositOnline, "check": ledger.DepositPaper, "autodebit": ledger.DepositDebit,
	"order": ledger.DepositOnOrder, "isp": ledger.DepositOnBill,
}

// pays announces a deposit.
func (w *world) pays(u ledger.UserID, method string, a ledger.Amount) (d ledger.Deposit, err error) {
	w.t.Helper()
	err = w.try(func(tx Tx) error {
		f, err := w.depositFacts(tx, u)
		if err != nil {
			return err
		}
		o := ledger.DepositOrder{Method: method, Kind: kindOf[method], Amount: a, Fee: 1_000}
		if given, err := tx.Mandates(u); err != nil {
			return err
		} else if len(given) > 0 {
			o.Mandate = given[0]
		}
		if err := w.offline(tx, &o, &f); err != nil {
			return err
		}
		out, err := ledger.NewDeposit(o, f, w.now)
		if err != nil {
			return err
		}
		d = out.Deposit
		return first(appended(tx, out.Entry), tx.PutUser(out.User), tx.PutDeposit(d), putAccount(tx, out.Account))
	})
	return d, err
}

func (w *world) depositFacts(tx Tx, u ledger.UserID) (f ledger.DepositFacts, err error) {
	f.Policy = w.policy
	if f.No, err = tx.Next(); err != nil {
		return f, err
	}
	if f.User, _, err = tx.User(u); err != nil {
		return f, err
	}
	f.Wallet, _, err = tx.Wallet(u, "EUR")
	return f, err
}

// moves takes a deposit to its next state.
func (w *world) moves(d ledger.Deposit, to ledger.DepositState) (then ledger.Deposit, _ error) {
	w.t.Helper()
	then = d
	external := ""
	if to == ledger.DepositProcessing {
		external = w.name("pi_")
	}
	err := w.try(func(tx Tx) error {
		d, open, err := w.refundsOf(tx, d, to)
		if err != nil {
			return err
		}
		f, err := w.depositFacts(tx, d.ID.User)
		if err != nil {
			return err
		}
		f.Deposit, f.Redemptions = d, open
		if err := w.atBiller(tx, d.Bill.Biller, &f); err != nil {
			return err
		}
		out, err := ledger.DecideDeposit(ledger.DepositEvent{To: to, External: external, Fee: 500}, f, w.now)
		if err != nil {
			return err
		}
		then = out.Deposit
		return first(appended(tx, out.Entry), tx.PutUser(out.User), tx.PutDeposit(then), putAccount(tx, out.Account))
	})
	return then, err
}

// funded joins and pays 100 EUR by card.
func (w *world) funded() ledger.UserID {
	w.t.Helper()
	u := w.joins()
	d, err := w.pays(u, "card", eur(10_000))
	for _, to := range []ledger.DepositState{ledger.DepositProcessing, ledger.DepositSucceeded} {
		if err == nil {
			d, err = w.moves(d, to)
		}
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return u
}

// buys sells the offer; with a checkout if asked, held if asked.
func (w *world) buys(u ledger.UserID, hold, checkout bool) (no ledger.EntryNo, err error) {
	w.t.Helper()
	key := w.name("key")
	err = w.try(func(tx Tx) error {
		no, err = w.sell(tx, u, key, hold, checkout)
		return err
	})
	return no, err
}

func (w *world) sell(tx Tx, u ledger.UserID, key string, hold, checkout bool) (ledger.EntryNo, error) {
	f := ledger.PurchaseFacts{Policy: w.policy}
	var err error
	if f.No, err = tx.Next(); err != nil {
		return 0, err
	}
	f.User, _, err = tx.User(u)
	if err != nil {
		return 0, err
	}
	if f.Wallet, _, err = tx.Wallet(u, "EUR"); err != nil {
		return 0, err
	}
	if f.Vendor, _, err = tx.Vendor(w.offer.ID.Vendor); err != nil {
		return 0, err
	}
	if l, found, err := tx.Link(u, w.offer.ID.Vendor, "EUR"); err != nil {
		return 0, err
	} else if found {
		f.Link = &l
	}
	if v := f.User.Brought.By(w.now); v != 0 {
		if f.Referrer, _, err = tx.Vendor(v); err != nil {
			return 0, err
		}
	}
	r := ledger.PurchaseRequest{Offer: w.offer, Quantity: 1, Approved: true, Hold: hold, TxnID: "txn_" + key}
	c := ledger.Checkout{
		ID: ledger.CheckoutID{
			Vendor: w.offer.ID.Vendor,
			Number: uint64(f.No),
		}, Mode: ledger.ModeCharge, Offer: w.offer, Quantity: 1, Price: w.offer.Price,
		UserCode: "CODE-" + key, TxnID: "txn_" + key, Status: ledger.CheckoutApproved, Created: w.now, User: u,
		Purchase: f.No,
	}
	if checkout {
		r.Checkout = c.ID
	}
	if r.Plan, err = w.planOf(tx); err != nil {
		return 0, err
	}
	if f.Agent, err = agentOf(tx.Reader, u, w.agent); err != nil {
		return 0, err
	}
	out, err := ledger.DecidePurchase(r, f, w.now)
	if err != nil {
		return 0, err
	}
	if checkout {
		if err := tx.PutCheckout(c); err != nil {
			return 0, err
		}
	}
	if hold {
		if err := tx.PutPurchase(out.Purchase); err != nil {
			return 0, err
		}
	}
	ref := IdempotencyRecord{Fingerprint: sha256.Sum256([]byte(key)), Kind: "charge", Ref: keyNumber(f.No), At: w.now}
	if out.Brought != nil {
		f.User.Brought = *out.Brought
		if err := tx.PutUser(f.User); err != nil {
			return 0, err
		}
	}
	return f.No, first(
		appendedSpent(tx, out), tx.PutLink(out.Link), tx.PutIdempotency("v/1", key, ref), putCounted(tx, out.Agent),
	)
}

func keyNumber(no ledger.EntryNo) []byte { return key(0, no)[1:] }

func (w *world) saleFacts(tx Tx, no ledger.EntryNo) (f ledger.SaleFacts, err error) {
	p, rec, found, err := tx.Purchase(no)
	if err != nil || !found {
		return f, first(err, ledger.RefuseNotFound("purchase"))
	}
	f.Sold, f.Purchase, f.Policy = rec.Entry, p, w.policy
	if f.No, err = tx.Next(); err != nil {
		return f, err
	}
	if f.User, _, err = tx.User(rec.User); err != nil {
		return f, err
	}
	if f.Wallet, _, err = tx.Wallet(rec.User, "EUR"); err != nil {
		return f, err
	}
	if l, found, err := tx.Link(rec.User, rec.Vendor, "EUR"); err != nil {
		return f, err
	} else if found {
		f.Link = &l
	}
	if f.Agent, err = agentOf(tx.Reader, rec.User, rec.Sale.Agent); err != nil {
		return f, err
	}
	f.Till, _, err = tx.Till(rec.Vendor, "EUR")
	return f, err
}
