package server

import (
	"strings"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// What banks say of payouts: that money has left, that it came back, that an order was not carried out, or that an
// account has another number. It is the bank's word, so the entries are the service's own.

// payout does what follows from an item about a payout of ours.
func (n newsReader) payout(
	tx books.Tx, i funding.NewsItem, sent books.BankItem, st ledger.Staff,
) (view.NewsItem, error) {
	t, found, err := tx.Settlement(sent.Settlement)
	if err != nil || !found {
		return view.NewsItem{}, orMissing(err)
	}
	name := n.s.seal.Settlement(t.No)
	switch {
	case i.Name != "" && i.Name != funding.ShortName(name):
		return personal(i, "the number that came back is not the one that was sent"), nil
	case i.Amount.Micros != 0 && i.Amount != sent.Amount && i.Kind != funding.NewsChange:
		return personal(i, "sent were "+sent.Amount.String()), nil
	}
	i.ID = name
	switch i.Kind {
	case funding.NewsOurs:
		return n.paidOut(tx, i, t)
	case funding.NewsReturn:
		return n.cameBack(tx, i, t)
	case funding.NewsChange:
		return n.otherAccount(tx, i, t, st)
	}
	return personal(i, i.Why), nil
}

// moves takes one step of a settlement, as the bank says. It refuses with ErrState one that left in another way: a bank
// knows nothing of that.
func (n newsReader) moves(tx books.Tx, t ledger.Settlement, event, reason string) (ledger.Settlement, error) {
	if t.Way != n.network || t.Bank == 0 {
		return t, ledger.Refuse(ledger.ErrState, "See: settlement show "+n.s.seal.Settlement(t.No),
			"This payout leaves by %s, and the bank has not got it.", t.Way)
	}
	p, err := policy(tx.Reader)
	if err != nil {
		return t, err
	}
	out, err := putStep(tx, ledger.PayoutFacts{Policy: p, Settlement: t},
		ledger.PayoutStep{Event: event, Reason: reason, Actor: systemActor}, n.at)
	return out.Settlement, err
}

// paidOut writes that a payout has left the account of the house.
func (n newsReader) paidOut(tx books.Tx, i funding.NewsItem, t ledger.Settlement) (view.NewsItem, error) {
	if t.State == ledger.SettlementPaid {
		return told(i, "paid, as was known", false), nil
	}
	if t.State != ledger.SettlementSubmitted {
		return personal(i, "it has left the bank, and the payout is "+view.State(t.State).Words()), nil
	}
	_, err := n.moves(tx, t, ledger.PayoutPaid, "")
	return told(i, "paid", false), err
}

// cameBack fails a payout that never left, and takes one back that did. An account that is not there is used no more.
func (n newsReader) cameBack(tx books.Tx, i funding.NewsItem, t ledger.Settlement) (view.NewsItem, error) {
	event, outcome := ledger.PayoutReturn, "returned: its money waits"
	if i.Rejected && t.State == ledger.SettlementSubmitted {
		event, outcome = ledger.PayoutFail, "failed: available again"
	}
	switch {
	case !i.Rejected && !i.Credit: // money left once more under its id: what came back was taken away again, or worse
		return personal(i, "it left the bank again, and the payout is "+view.State(t.State).Words()), nil
	case t.State != ledger.SettlementSubmitted && t.State != ledger.SettlementPaid,
		i.Rejected && !i.Credit && t.State == ledger.SettlementPaid:
		return personal(i, "the payout is "+view.State(t.State).Words()), nil
	}
	if _, err := n.moves(tx, t, event, why(i)); err != nil {
		return view.NewsItem{}, err
	}
	if i.NoPayee {
		refused, err := n.refuseAccount(tx, i, t)
		if err != nil {
			return view.NewsItem{}, err
		}
		if refused {
			outcome += "; the account is used no more"
		}
	}
	return told(i, outcome, true), nil
}

// refuseAccount lets no further payout go to an account that is not there, if it is still the one that is used.
func (n newsReader) refuseAccount(tx books.Tx, i funding.NewsItem, t ledger.Settlement) (bool, error) {
	v, _, err := tx.Vendor(t.Vendor)
	if err != nil {
		return false, err
	}
	a, found := v.PayAccountOf(t.Payee, n.network)
	if !found || a.Number != t.Account || a.Refused {
		return false, nil
	}
	_, payee, err := partyNames(tx.Reader, t)
	if err != nil {
		return false, err
	}
	_, err = putPayAccount(tx, v, ledger.PayAccountStep{
		What: ledger.PayAccountRefused, Payee: t.Payee, Name: payee, Network: n.network, Reason: why(i), Actor: systemActor,
	}, n.at)
	return true, err
}

// otherAccount keeps the account that a bank has corrected. It waits as one that was typed, by who has read the file.
func (n newsReader) otherAccount(
	tx books.Tx, i funding.NewsItem, t ledger.Settlement, st ledger.Staff,
) (view.NewsItem, error) {
	v, _, err := tx.Vendor(t.Vendor)
	if err != nil {
		return view.NewsItem{}, err
	}
	a, _ := v.PayAccountOf(t.Payee, n.network)
	switch {
	case a.Number == 0 || a.Number != t.Account:
		return told(i, "that account is not used any more", false), nil
	case a.Next != 0:
		return personal(i, "another account takes its place already: "+a.NextMask()), nil
	}
	owner := a.Owner(v.ID)
	owner.Number = a.Number
	kept, err := n.s.correctedAccount(tx, i.Corrected, owner, ledger.VaultPayout, n.at)
	if err != nil {
		return view.NewsItem{}, err
	}
	_, payee, err := partyNames(tx.Reader, t)
	if err != nil {
		return view.NewsItem{}, err
	}
	out, err := putPayAccount(tx, v, ledger.PayAccountStep{
		What: ledger.PayAccountBank, Payee: t.Payee, Name: payee, Network: n.network, Kept: kept, Reason: why(i),
		Staff: st, Actor: systemActor,
	}, n.at)
	if err != nil {
		return view.NewsItem{}, err
	}
	n.s.payAccounts.look()
	return told(i, "the account is corrected: "+out.Account.Words(), !out.Account.Approved && out.Account.Next != 0), nil
}

// batchPaid writes that a whole file of payouts has left in one sum: all that are not known to have failed.
func (n newsReader) batchPaid(tx books.Tx, i funding.NewsItem) (view.NewsItem, error) {
	id, _, _ := strings.Cut(i.Batch, "-")
	no, err := openBankFileID(id)
	if err != nil {
		return told(i, "left alone", false), nil
	}
	f, found, err := tx.BankFile(no)
	if err == nil && found && f.Method == methodRedemptions {
		return n.redemptionsLeft(tx, i, f)
	}
	if err != nil || !found || f.Payouts == 0 {
		return told(i, "left alone", false), err
	}
	i.ID = bankFileID(no)
	list, err := tx.Settlements(books.SettlementQuery{File: f.Payouts}, 0)
	if err != nil {
		return view.NewsItem{}, err
	}
	var sum, all int64
	var open []ledger.Settlement
	for _, t := range list {
		all += t.Amount.Micros
		switch t.State {
		case ledger.SettlementSubmitted:
			open = append(open, t)
			sum += t.Amount.Micros
		case ledger.SettlementPaid, ledger.SettlementReturned, ledger.SettlementReissued:
			sum += t.Amount.Micros
		}
	}
	if i.Amount.Currency != f.Currency || i.Amount.Micros != sum && i.Amount.Micros != all {
		return personal(i, "of this file "+ledger.Amount{Micros: sum, Currency: f.Currency}.String()+" are to leave"), nil
	}
	for _, t := range open {
		if _, err := n.moves(tx, t, ledger.PayoutPaid, ""); err != nil {
			return view.NewsItem{}, err
		}
	}
	return told(i, "paid: "+view.Plural(uint64(len(open)), "payout"), false), nil
}

// payoutsIn reads under which ids the bank has the payouts of a file that have not ended.
func (s *Server) payoutsIn(r books.Reader, f books.BankFile) (ids []string, err error) {
	if f.Method == methodRedemptions {
		return s.redemptionsIn(r, f)
	}
	w, found := s.wayNamed(f.Network)
	if f.Payouts == 0 || !found {
		return nil, nil
	}
	list, err := r.Settlements(books.SettlementQuery{File: f.Payouts}, 0)
	for _, t := range list {
		if t.State == ledger.SettlementSubmitted {
			ids = append(ids, w.Order(0, s.seal.Settlement(t.No)))
		}
	}
	return ids, err
}
