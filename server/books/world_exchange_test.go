package books

import (
	"time"

	"tuppence/server/ledger"
	"tuppence/store"

	"pgregory.net/rapid"
)

// loads makes one dollar cost so much of the rest: the rates of today.
func (w *world) loads(usd string) {
	w.t.Helper()
	w.do(func(tx Tx) error {
		no, err := tx.Next()
		if err != nil {
			return err
		}
		had, _, err := tx.Rates()
		if err != nil {
			return err
		}
		next := ledger.Rates{Day: w.now.Truncate(24 * time.Hour), List: []ledger.Rate{{Currency: "USD", PerEuro: usd}}}
		out, err := ledger.DecideRates(next, had, ledger.Actor{Role: ledger.RoleOperator}, no, w.now)
		if err != nil || out.Again {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutRates(out.Rates))
	})
}

// exchanges changes tokens of a wallet into the other currency.
func (w *world) exchanges(u ledger.UserID, o ledger.ExchangeOrder) (no ledger.EntryNo, err error) {
	w.t.Helper()
	err = w.try(func(tx Tx) error {
		f := ledger.ExchangeFacts{Policy: w.policy}
		if f.Rates, _, err = tx.Rates(); err != nil {
			return err
		}
		x, err := ledger.DecideQuote(o, f.Rates, w.policy, w.now)
		if err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		if f.User, _, err = tx.User(u); err != nil {
			return err
		}
		f.User, _ = f.User.Touch(w.now, w.policy)
		for _, c := range []ledger.Currency{"EUR", "USD"} {
			had, found, err := tx.Wallet(u, c)
			if err != nil {
				return err
			}
			if !found {
				had = ledger.Wallet{User: u, Currency: c}
				f.User.Wallets = []ledger.Currency{"EUR", c}
				if err := first(tx.PutWallet(had), tx.PutUser(f.User)); err != nil {
					return err
				}
			}
			if c == x.Pay.Currency {
				f.Wallet = had
			}
		}
		no = f.No
		out, err := ledger.DecideExchange(x, ledger.Actor{Role: ledger.RoleUser}, f, w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, out.Out), appended(tx, out.In))
	})
	return no, err
}

// exchange changes tokens, or loads the rates of the day first.
func (m *model) exchange(t *rapid.T) {
	if rapid.IntRange(0, 3).Draw(t, "load") == 0 {
		m.w.loads(rapid.SampledFrom([]string{"1.1", "0.987654321", "3"}).Draw(t, "dollars"))
		return
	}
	o := ledger.ExchangeOrder{
		Amount: eur(rapid.Int64Range(1, 6_000).Draw(t, "cents")), Other: "USD", Get: rapid.Bool().Draw(t, "get"),
	}
	if rapid.Bool().Draw(t, "back") {
		o.Amount.Currency, o.Other = o.Other, o.Amount.Currency
	}
	_, err := m.w.exchanges(m.person(t), o)
	m.refused(err)
}

func exchanged(l *busyWorld) ledger.EntryNo { return l.swapped }
func arrival(l *busyWorld) ledger.EntryNo   { return l.after(ledger.KindExchanged, l.swapped) }
func loading(l *busyWorld) (no ledger.EntryNo) {
	l.see(func(r Reader) error {
		had, _, err := r.Rates()
		no = had.No
		return err
	})
	return no
}

// exchangeFaults are those of exchanges and of their rates.
func exchangeFaults() []fault {
	type (
		world = busyWorld
		entry = ledger.Entry
	)
	return []fault{
		{"more got than paid for", i15, "is not what the rates", inEntry(exchanged, func(_ *world, e *entry) {
			e.Exchange.Get.Micros++
		})},
		{"less got than paid for", i15, "is not what the rates", inEntry(exchanged, func(_ *world, e *entry) {
			e.Exchange.Pay.Micros++
		})},
		{"another spread", i15, "is not what the rates", inEntry(exchanged, func(_ *world, e *entry) {
			e.Exchange.Spread = 0
		})},
		{"other rates", i15, "is not what the rates", inEntry(loading, func(_ *world, e *entry) {
			e.Rates.List[0].PerEuro = "1.2"
		})},
		{"rates of no entry", i15, "which loads none", inEntry(exchanged, func(_ *world, e *entry) { e.Exchange.Rates = 1 })},
		{"exchange of nothing", i15, "does not say what was exchanged", inEntry(exchanged, func(_ *world, e *entry) {
			e.Exchange = nil
		})},
		{"spread kept by the position", i15, "does not post", inEntry(exchanged, func(_ *world, e *entry) {
			e.Postings[1].Micros += e.Postings[2].Micros
			e.Postings = e.Postings[:2]
		})},
		{"arrival of less", i15, "does not post", inEntry(arrival, func(_ *world, e *entry) {
			e.Postings[0].Micros--
			e.Postings[1].Micros++
		})},
		{"arrival of nothing", i15, "does not say where", inEntry(arrival, func(_ *world, e *entry) {
			e.Kind = ledger.KindStaff
		})},
		{"position moved by another", i15, "is no exchange", inEntry(arrival, func(_ *world, e *entry) {
			e.Kind = ledger.KindStaff
		})},
		{"arrival of no exchange", i15, "does not follow", inEntry(exchanged, func(_ *world, e *entry) {
			e.Kind = ledger.KindExchanged
		})},
		{"arrival is missing", i15, "arrived nowhere", inEntry(func(l *world) ledger.EntryNo { return l.head },
			func(l *world, e *entry) {
				e.Kind = ledger.KindExchange
				e.Exchange = &ledger.Exchange{}
			})},
		{"no rates loaded", i15, "loads no rates", inEntry(loading, func(_ *world, e *entry) { e.Rates = nil })},
		{"row of other rates", rowsEqual, "newest rates", inRow(fixed(key(tRates)), rates, func(_ *world, r *ledger.Rates) {
			r.List[0].PerEuro = "9"
		})},
		{"money at risk exchanged", i14, "can be taken back", func(l *world, tx store.Tx) error {
			return appended(Write(tx), entry{
				At: l.now, Kind: ledger.KindExchange, User: l.late, Amount: eur(1), Postings: []ledger.Posting{
					{Account: ledger.Account{Class: ledger.Paid, Currency: "EUR", Owner: uint64(l.late)}, Micros: 10_000},
					{Account: ledger.Account{Class: ledger.FXPosition, Currency: "EUR"}, Micros: -10_000},
				},
			})
		}},
	}
}
