package server

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// A sale with royalties that is partly refunded: every line names its receiver, and the rows still add up.
func TestRefundedSaleInTheHistory(t *testing.T) {
	f := newFixture(t)
	v, key := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	c := f.asks(v, "How rivers freeze", eur(30))
	f.write(func(tx books.Tx) error {
		id, err := tx.NextPayee()
		if err != nil {
			return err
		}
		c.Offer.Royalties = []ledger.Royalty{{Payee: id, Name: "Ada", Role: "author", BasisPoints: 2500}}
		if err := tx.PutPayee(v.ID, "Ada", id); err != nil {
			return err
		}
		return tx.PutCheckout(c)
	})
	bought, err := f.Answer(f.ctx, ann, view.Answer{Code: c.UserCode, Yes: true})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(
		bought.Lines,
		func(l view.Line) bool { return l.Who == "Ada (author)" && l.Amount.Micros > 0 },
	) {
		t.Errorf("no line of the author: %+v", bought.Lines)
	}
	seller, err := f.Authenticate(f.ctx, key)
	if err != nil {
		t.Fatal(err)
	}
	no, err := f.seal.OpenCharge(bought.ID)
	if err != nil {
		t.Fatal(err)
	}
	f.time.Pass(time.Hour)
	order := RefundOrder{Charge: no, Amount: eur(10), Reason: "goodwill"}
	if _, _, err := seller.Refund(f.ctx, Request{Key: "r"}, order); err != nil {
		t.Fatal(err)
	}

	d, err := f.Show(f.ctx, ann, bought.ID)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "state", d.State, "partly_refunded")
	is(t, "returned", d.Returned, eur(10))
	is(t, "steps", len(d.Timeline), 2)
	page, err := f.History(f.ctx, ann, view.HistoryQuery{Kind: "refund"})
	if err != nil || len(page.Data) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	row := page.Data[0]
	is(t, "amount", row.Amount, eur(10))
	is(t, "title", row.Title, "Refund: How rivers freeze")
	back, err := f.Show(f.ctx, ann, row.ID)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.ContainsFunc(back.Lines, func(l view.Line) bool { return l.Who == "Ada (author)" && l.Amount.Micros < 0 }) {
		t.Errorf("the author gives nothing back: %+v", back.Lines)
	}
	f.addsUp(ann)
}

// Money that is held is not there to spend; what is released comes back as a row of its own.
func TestHoldInTheHistory(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	c := f.asks(v, "A long film", eur(50))
	var held ledger.EntryNo
	f.write(func(tx books.Tx) error { // a hold as a vendor's server would place it
		u := f.user(ann)
		w, _, err := tx.Wallet(u.ID, "EUR")
		if err != nil {
			return err
		}
		if held, err = tx.Next(); err != nil {
			return err
		}
		q := purchaseOf(c, memberActor(ann))
		q.Hold = true
		out, err := ledger.DecidePurchase(q, ledger.PurchaseFacts{
			No: held, User: u, Wallet: w, Vendor: v, Policy: ledger.DefaultPolicy(), Zone: f.zone(u),
		}, f.clock())
		if err != nil {
			return err
		}
		if _, err := tx.AppendSpent(out.Entry, out.Wallet, out.Over); err != nil {
			return err
		}
		return tx.PutLink(out.Link)
	})
	show := func() view.Detail {
		d, err := f.Show(f.ctx, ann, f.seal.Charge(held))
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	is(t, "state", show().State, "held")
	is(t, "can open", show().CanOpen, false)
	is(t, "balance", f.balance(ann), eur(950).Micros)
	f.addsUp(ann)
	f.write(func(tx books.Tx) error {
		s, err := saleFacts(tx, held)
		if err != nil {
			return err
		}
		out, err := ledger.DecideCapture(ledger.CaptureRequest{Amount: eur(20).Micros, Actor: systemActor}, s, f.clock())
		if err != nil {
			return err
		}
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
		if err := tx.PutPurchase(out.Purchase); err != nil {
			return err
		}
		if err := tx.PutWallet(out.Wallet); err != nil {
			return err
		}
		return tx.PutLink(*out.Link)
	})
	is(t, "state at the end", show().State, "paid")
	page, err := f.History(f.ctx, ann, view.HistoryQuery{Kind: "release"})
	if err != nil || len(page.Data) != 1 {
		t.Fatalf("%+v, %v", page, err)
	}
	is(t, "released", page.Data[0].Amount, eur(30))
	f.addsUp(ann)
}

// What vendors and people write reaches no screen with control characters in it.
func TestHostileTitles(t *testing.T) {
	f := newFixture(t)
	v, _ := f.vendor("news")
	ann := f.funded("ann", eur(1000))
	const hostile = "free\x1b]52;c;cm0gLXJm\a\u202e money\x00"
	bought := f.buys(ann, v, hostile, eur(10))
	d, err := f.Show(f.ctx, ann, bought.ID)
	if err != nil {
		t.Fatal(err)
	}
	page, err := f.History(f.ctx, ann, view.HistoryQuery{})
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{d.Title, bought.Title, d.Timeline[0].What}
	for _, row := range page.Data {
		texts = append(texts, row.Title)
	}
	for _, text := range texts {
		if strings.ContainsAny(text, "\x1b\x00\a\u202e") {
			t.Errorf("%q", text)
		}
	}
}

// addsUp wants the rows of the history to add up to what can be spent, and each page to say how many there are.
func (f *fixture) addsUp(who view.Caller) {
	f.t.Helper()
	u := f.user(who)
	f.read(func(r books.Reader) error {
		sums, err := f.historySums(r, u)
		if err == nil {
			is(f.t, "sum of the rows", sums["EUR"], f.balance(who))
		}
		return err
	})
}

// historySums walks through the whole history of a user and adds up its rows. An error says what is not right: the
// number of rows, the balance after one, or a row that has no name.
func (s *Server) historySums(r books.Reader, u ledger.User) (map[ledger.Currency]int64, error) {
	var rows []view.Row
	q, total := view.HistoryQuery{Paging: view.Paging{Limit: 7}}, uint64(0)
	for {
		page, err := s.history.Of(r, u, s.clock()).Page(q)
		if err != nil {
			return nil, err
		}
		rows, total = append(rows, page.Data...), page.Total
		if q.Before = page.Next; page.Next == "" {
			break
		}
	}
	if total != uint64(len(rows)) {
		return nil, fmt.Errorf("the history of user %d has %d rows, its pages say %d", u.ID, len(rows), total)
	}
	sums := map[ledger.Currency]int64{}
	for _, row := range slices.Backward(rows) {
		c := row.Balance.Currency // a decision of the person has no amount
		if sums[c] += row.Amount.Micros; row.Balance != (ledger.Amount{Micros: sums[c], Currency: c}) || row.ID == "" {
			return nil, fmt.Errorf("rows of user %d add up to %d %s, row %q says %v", u.ID, sums[c], c, row.ID, row.Balance)
		}
	}
	return sums, eachWallet(r, u, func(w ledger.Wallet) error {
		if sums[w.Currency] != w.Balance() {
			return fmt.Errorf("rows of user %d in %s are %d, its wallet %d", u.ID, w.Currency, sums[w.Currency], w.Balance())
		}
		return nil
	})
}
