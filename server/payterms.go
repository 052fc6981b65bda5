package server

import (
	"context"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// PayTerms lists how a vendor is settled in each currency. It refuses with ErrNotAllowed a caller who is no operator,
// and with ErrNotFound.
func (s *Server) PayTerms(ctx context.Context, who view.Caller, vendor string) (all []view.PayTerms, err error) {
	at := s.clock()
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, st ledger.Staff) error {
		v, err := s.vendorNamed(r, vendor)
		if err != nil {
			return err
		}
		f, err := secondFacts(r, st)
		if err == nil {
			all, err = askedTerms(r, v, f, at)
		}
		return err
	})
	return all, err
}

// payTerms shows terms.
func payTerms(r books.Reader, v ledger.Vendor) ([]view.PayTerms, error) {
	p, err := policy(r)
	if err != nil {
		return nil, err
	}
	return view.Map(p.Currencies, func(c ledger.Currency) view.PayTerms {
		t := v.TermsIn(c, p)
		in := func(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: c} }
		shown := view.PayTerms{
			Vendor: v.Name, Currency: c, Amount: in(t.Amount), After: view.Seconds(t.After), Delay: view.Seconds(t.Delay),
			Reserve: t.ReserveText(), ReserveFor: view.Seconds(t.ReserveFor), Minimum: in(t.Minimum), Fee: in(t.Fee),
			Auto: t.Auto, Way: t.Way, To: t.To, Words: t.Words(),
		}
		for _, o := range v.Terms {
			shown.Own = shown.Own || o.Currency == c
		}
		return shown
	}), nil
}

// askedTerms shows terms to an operator, with what waits for a second one.
func askedTerms(r books.Reader, v ledger.Vendor, f ledger.SecondFacts, now time.Time) ([]view.PayTerms, error) {
	all, err := payTerms(r, v)
	if err != nil {
		return nil, err
	}
	p, err := policy(r)
	for i, t := range all {
		for _, a := range p.Waiting(ledger.TermsAsked(v, ledger.Change{Name: "terms", Currency: t.Currency}), now) {
			all[i].Asked = append(all[i].Asked, askView(a, f, now))
		}
	}
	return all, err
}

// SetPayTerms changes how a vendor or one of its payees is settled. It refuses with ErrNotAllowed a caller who is no
// operator, with ErrNotFound an unknown vendor or payee, and with ErrInvalid what is out of bounds. What leads money
// elsewhere waits for a second operator where accounts need two persons, see [ledger.TermsOutcome.Second].
func (s *Server) SetPayTerms(
	ctx context.Context, who view.Caller, q view.TermsChange,
) (all []view.PayTerms, err error) {
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, "vendor terms", func(tx books.Tx, st ledger.Staff) error {
		v, err := s.vendorNamed(tx.Reader, q.Vendor)
		if err != nil {
			return err
		}
		f, err := secondFacts(tx.Reader, st)
		if err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		p, err := policy(tx.Reader)
		if err != nil {
			return err
		}
		var out ledger.TermsOutcome
		if q.Payee != "" {
			out, err = s.payeeTerms(tx, v, q, ledger.Entry{No: f.No, At: at, Actor: staffActor(st)})
		} else {
			c := ledger.TermsChange{Currency: q.Currency, Set: q.Set, Default: q.Default}
			if err := s.checkSetWay(q.Set["way"], v, 0, q.Currency); err != nil {
				return err
			}
			out, err = ledger.DecideTerms(c, v, p, staffActor(st), f.No, at)
		}
		if err == nil {
			out, p, err = out.Second(v, staffActor(st), f, p, at)
		}
		if err != nil {
			return err
		}
		if _, err := tx.Append(out.Entry); err != nil {
			return err
		}
		if err := tx.PutVendor(out.Vendor); err != nil {
			return err
		}
		if err := tx.PutPolicy(p); err != nil {
			return err
		}
		all, err = askedTerms(tx.Reader, out.Vendor, f, at)
		return err
	})
	return all, err
}

// checkSetWay refuses a way that is not set up here, and one to bank accounts for a party that has none.
func (s *Server) checkSetWay(way string, v ledger.Vendor, p ledger.PayeeID, c ledger.Currency) error {
	if way == "" {
		return nil
	}
	w, found := s.wayNamed(way)
	switch {
	case !found:
		return ledger.Invalid("way", "See what is needed for it in OPERATING.md.",
			"No payouts leave by %q here.", ledger.CleanLine(way, 20))
	case w.Currency() != "" && c != "" && w.Currency() != c:
		return ledger.Invalid("way", "Choose another one, or another currency.", "Payouts in %s do not leave so.", c)
	case !w.Banks():
		return nil
	}
	if a, _ := v.PayAccountOf(p, way); a.Number == 0 && a.Next == 0 {
		return ledger.Refuse(ledger.ErrState, "Type it first: vendor account set",
			"There is no bank account for it yet.")
	}
	return nil
}

func (s *Server) payeeTerms(
	tx books.Tx, v ledger.Vendor, q view.TermsChange, e ledger.Entry,
) (out ledger.TermsOutcome, err error) {
	id, found, err := tx.Payee(v.ID, q.Payee)
	if err != nil {
		return out, err
	}
	if !found {
		return out, ledger.RefuseNotFound("payee")
	}
	if err := s.checkSetWay(q.Set["way"], v, id, ""); err != nil {
		return out, err
	}
	want := ledger.PayeeTerms{Payee: id, To: q.To, Way: q.Set["way"]}
	if q.Wallet != "" {
		if want.Wallet, err = walletNamed(tx.Reader, q.Wallet); err != nil {
			return out, err
		}
	}
	if q.Minimum != nil {
		want.Minimum = q.Minimum.Micros
	}
	return ledger.DecidePayeeTerms(want, q.Payee, v, e.Actor, e.No, e.At)
}
