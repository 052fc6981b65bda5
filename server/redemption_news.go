package server

import (
	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// What banks say of redemptions: that the money has left, that it came back, that an order was not carried out, or that
// the account has another number. It is the bank's word, so the entries are the service's own.

// redemption does what follows from an item about a redemption of ours.
func (n newsReader) redemption(
	tx books.Tx, i funding.NewsItem, sent books.BankItem,
) (v view.NewsItem, user ledger.UserID, err error) {
	d, found, err := tx.Redemption(sent.Redemption)
	if err != nil || !found {
		return v, 0, orMissing(err)
	}
	name := n.s.seal.Redemption(d.No)
	switch {
	case i.Name != "" && i.Name != funding.ShortName(name):
		return personal(i, "the number that came back is not the one that was sent"), 0, nil
	case i.Amount.Micros != 0 && i.Amount != sent.Amount && i.Kind != funding.NewsChange:
		return personal(i, "sent were "+sent.Amount.String()), 0, nil
	}
	u, _, err := tx.User(d.User)
	if err != nil {
		return v, 0, err
	}
	m, _, err := tx.Mandate(ledger.MandateID{User: d.User, Number: d.Mandate})
	if err != nil {
		return v, 0, err
	}
	i.ID = name
	switch {
	case i.Kind == funding.NewsChange:
		v, err = n.corrected(tx, i, m)
	default:
		v, err = n.redemptionStep(tx, i, d, m)
	}
	v.Handle = u.Handle
	return v, d.User, err
}

// redemptionStep moves a redemption on, as the bank says. An account that is not there is used no more.
func (n newsReader) redemptionStep(
	tx books.Tx, i funding.NewsItem, d ledger.Redemption, m ledger.Mandate,
) (v view.NewsItem, err error) {
	submitted, paid := d.State == ledger.RedemptionSubmitted, d.State == ledger.RedemptionPaid
	event, outcome := "", ""
	switch {
	case i.Kind == funding.NewsOurs && paid:
		return told(i, "paid, as was known", false), nil
	case i.Kind == funding.NewsOurs && submitted:
		event, outcome = ledger.RedeemPaid, "paid"
	case i.Kind == funding.NewsReturn && i.Rejected && submitted:
		event, outcome = ledger.RedeemFail, "failed: in the wallet again"
	case i.Kind == funding.NewsReturn && i.Credit && (submitted || paid):
		event, outcome = ledger.RedeemReturn, "returned: in the wallet again"
	case i.Kind == funding.NewsPerson:
		return personal(i, i.Why), nil
	default:
		return personal(i, "the redemption is "+view.State(d.State).Words()), nil
	}
	ev := ledger.RedemptionEvent{Event: event, Actor: systemActor}
	if event != ledger.RedeemPaid {
		ev.Reason = why(i)
	}
	if _, err := stepRedemption(tx, d, ev, ledger.Staff{}, n.at); err != nil {
		return v, err
	}
	if i.NoPayee && m.State == ledger.MandateActive {
		ev := ledger.MandateEvent{What: ledger.MandateSuspend, Reason: why(i), Actor: systemActor}
		if _, err := stepMandate(tx, m, ev, n.at); err != nil {
			return v, err
		}
		outcome += "; mandate suspended"
	}
	return told(i, outcome, event != ledger.RedeemPaid), nil
}

// redemptionsLeft writes that a whole file of redemptions has left in one sum: all that are not known to have failed.
func (n newsReader) redemptionsLeft(tx books.Tx, i funding.NewsItem, f books.BankFile) (view.NewsItem, error) {
	i.ID = bankFileID(f.No)
	list, err := tx.Redemptions(books.RedemptionQuery{File: f.No}, 0)
	if err != nil {
		return view.NewsItem{}, err
	}
	var sum int64
	var open []ledger.Redemption
	for _, d := range list {
		if d.State == ledger.RedemptionSubmitted {
			open = append(open, d)
		}
		if d.State != ledger.RedemptionFailed {
			sum += d.Pays().Micros
		}
	}
	if i.Amount.Currency != f.Currency || i.Amount.Micros != sum && i.Amount.Micros != f.Micros {
		return personal(i, "of this file "+ledger.Amount{Micros: sum, Currency: f.Currency}.String()+" are to leave"), nil
	}
	for _, d := range open {
		ev := ledger.RedemptionEvent{Event: ledger.RedeemPaid, Actor: systemActor}
		if _, err := stepRedemption(tx, d, ev, ledger.Staff{}, n.at); err != nil {
			return view.NewsItem{}, err
		}
	}
	return told(i, "paid: "+view.Plural(uint64(len(open)), "redemption"), false), nil
}

// redemptionsIn reads under which ids the bank has the redemptions of a file that have not ended.
func (s *Server) redemptionsIn(r books.Reader, f books.BankFile) (ids []string, err error) {
	w, found := s.wayNamed(f.Network)
	if !found {
		return nil, nil
	}
	list, err := r.Redemptions(books.RedemptionQuery{File: f.No}, 0)
	for _, d := range list {
		if d.State == ledger.RedemptionSubmitted {
			ids = append(ids, w.Order(0, s.seal.Redemption(d.No)))
		}
	}
	return ids, err
}
