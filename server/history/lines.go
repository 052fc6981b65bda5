package history

import (
	"slices"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Lines tells who paid and who got what by an entry, one line for each party, payers first. They add up to zero in each
// currency, as the postings do.
func (h *Reader) Lines(e ledger.Entry) (all []view.Line, err error) {
	// One party may have several accounts in an entry, such as pending and available ones.
	for _, p := range e.Postings {
		who, err := h.party(e, p.Account)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(all, func(l view.Line) bool {
			return l.Who == who && l.Amount.Currency == p.Account.Currency
		})
		if i < 0 {
			i, all = len(all), append(all, view.Line{Who: who, Amount: ledger.Amount{Currency: p.Account.Currency}})
		}
		all[i].Amount.Micros -= p.Micros // postings debit with plus; a person reads plus as received
	}
	// Who paid comes first, as a person tells it; among the others the order of the postings stays.
	slices.SortStableFunc(all, func(a, b view.Line) int {
		switch {
		case a.Amount.Micros < 0 && b.Amount.Micros >= 0:
			return -1
		case a.Amount.Micros >= 0 && b.Amount.Micros < 0:
			return 1
		}
		return 0
	})
	return all, nil
}

// party is the owner of an account, in words for the person. Another user's wallet has no name here.
func (h *Reader) party(e ledger.Entry, a ledger.Account) (string, error) {
	switch a.Class {
	case ledger.Paid, ledger.Uncollected, ledger.Receivable:
		if a.Owner == uint64(h.user.ID) {
			return "you", nil
		}
		return "the other wallet", nil
	case ledger.Promo:
		return "you, of what was given", nil
	case ledger.VendorPending, ledger.VendorAvailable, ledger.VendorReserve:
		v, err := h.vendor(ledger.VendorID(a.Owner))
		return v.Name, err
	case ledger.ReferralReward:
		v, err := h.vendor(ledger.VendorID(a.Owner))
		return v.Name + ", which has brought you", err
	case ledger.RoyaltyPayable:
		return h.payee(e, ledger.PayeeID(a.Owner))
	}
	if word, known := otherParties[a.Class]; known {
		return word, nil
	}
	if word, known := ownAccounts[a.Class]; known {
		return h.svc.Name + " (" + word + ")", nil
	}
	return h.svc.Name, nil
}

var (
	// otherParties are accounts of the books that stand for something outside of the service.
	otherParties = map[ledger.Class]string{
		ledger.Held: "held for now", ledger.DisputeHold: "held until the decision", ledger.Bank: "the bank",
		ledger.PSPClearing: "the card processor", ledger.UncollectedItem: "the instrument on paper",
	}
	// ownAccounts are what the service itself earns.
	ownAccounts = map[ledger.Class]string{
		ledger.Commission: "commission", ledger.FundingFee: "funding fee", ledger.ChargebackFee: "chargeback fee",
		ledger.PromoGiven: "incentives", ledger.ReferralCost: "share of the commission",
		ledger.FXPosition: "exchange", ledger.FXSpread: "exchange spread",
	}
)

// payee is who earned a royalty (claims 1, 2), with the role that the sale pinned. A refund or a dispute takes it from
// the sale that it continues.
func (h *Reader) payee(e ledger.Entry, id ledger.PayeeID) (string, error) {
	sale := e.Sale
	if sale == nil && e.Cause != 0 {
		sold, _, err := h.books.Entry(e.Cause)
		if err != nil {
			return "", err
		}
		sale = sold.Sale
	}
	if sale != nil {
		for _, share := range sale.Royalties {
			if share.Payee == id && share.Role != "" {
				return share.Name + " (" + share.Role + ")", nil
			} else if share.Payee == id {
				return share.Name, nil
			}
		}
	}
	return "royalties", nil
}
