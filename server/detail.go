package server

import (
	"context"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// Show answers everything about one row of the own wallets: who got what to the micro, what happened since, and the
// hash of the entry in the journal. What belongs to others is answered like what does not exist.
func (s *Server) Show(ctx context.Context, who ledger.Caller, id string) (d ledger.Detail, err error) {
	at := s.clock()
	err = s.view(ctx, func(r books.Reader) error {
		u, err := member(r, who)
		if err != nil {
			return err
		}
		rec, err := s.named(r, u, strings.TrimSpace(id))
		if err != nil {
			return err
		}
		d, err = s.detail(r, u, rec, at)
		return err
	})
	if err != nil {
		return ledger.Detail{}, err
	}
	return d, nil
}

// named finds the entry that an id means for this user.
func (s *Server) named(r books.Reader, u ledger.User, id string) (rec books.Record, err error) {
	if dep, err := s.seal.OpenDeposit(id); err == nil {
		return s.depositEntry(r, u, dep)
	}
	no, err := s.seal.OpenEntry(id)
	if err != nil {
		return rec, missing()
	}
	rec, found, err := r.Entry(no)
	if err != nil || !found {
		return rec, orMissing(err)
	}
	if mine(rec.Entry, u.ID) {
		return rec, nil
	}
	// A transfer is named by the entry of its sender; its receiver has the entry of the claim.
	t, found, err := r.Transfer(no)
	if err != nil || !found || t.To != u.ID {
		return rec, orMissing(err)
	}
	return s.newest(r, u, t.Amount.Currency, func(e ledger.Entry) bool { return e.Kind == ledger.KindTransferClaimed && e.Cause == no })
}

// depositEntry is the entry by which a deposit brought tokens, or its newest one if it has brought none.
func (s *Server) depositEntry(r books.Reader, u ledger.User, id ledger.DepositID) (rec books.Record, err error) {
	d, found, err := r.Deposit(id)
	if err != nil || !found || id.User != u.ID {
		return rec, orMissing(err)
	}
	c := d.Amount.Currency
	walk := walker{r: r, user: u.ID, chains: []chain{{currency: c}}}
	for {
		next, _, found, err := walk.next()
		switch {
		case err != nil:
			return rec, err
		case !found || next.At.Before(d.Created): // what is older is about something else
			if rec.No == 0 {
				return rec, missing()
			}
			return rec, nil
		case next.Deposit == nil || next.Deposit.ID != id:
			continue
		case effect(next.Entry, u.ID, c) > 0:
			return next, nil
		case rec.No == 0:
			rec = next
		}
	}
}

// newest is the newest entry of a wallet that is the one.
func (s *Server) newest(r books.Reader, u ledger.User, c ledger.Currency, is func(ledger.Entry) bool) (rec books.Record, err error) {
	walk := walker{r: r, user: u.ID, chains: []chain{{currency: c}}}
	for {
		rec, _, found, err := walk.next()
		if err != nil || !found {
			return rec, orMissing(err)
		}
		if is(rec.Entry) {
			return rec, nil
		}
	}
}

// detail draws an entry with what belongs to it.
func (s *Server) detail(r books.Reader, u ledger.User, rec books.Record, at time.Time) (d ledger.Detail, err error) {
	draw := renderer{s: s, r: r, user: u, names: vendorNames{r: r}, at: at}
	c := rec.Amount.Currency
	if d.Row, _, err = draw.row(rec, c); err != nil {
		return d, err
	}
	d.Hash = hex.EncodeToString(rec.Hash[:])
	if d.Lines, err = draw.lines(rec.Entry); err != nil {
		return d, err
	}
	switch {
	case rec.Sale != nil:
		if err := s.saleDetail(r, rec, at, &d); err != nil {
			return d, err
		}
	case rec.Deposit != nil:
		dep, _, err := r.Deposit(rec.Deposit.ID)
		if err != nil {
			return d, err
		}
		v := s.depositView(u, dep)
		d.ID, d.Deposit = v.ID, &v
	case rec.Dispute != nil:
		now, _, err := r.Dispute(rec.Dispute.No)
		if err != nil {
			return d, err
		}
		v, err := s.disputeView(r, now)
		if err != nil {
			return d, err
		}
		d.Dispute = &v
	}
	d.Timeline, err = draw.timeline(rec, c)
	return d, err
}

func (s *Server) saleDetail(r books.Reader, rec books.Record, at time.Time, d *ledger.Detail) error {
	p, _, found, err := r.Purchase(rec.No)
	if err != nil || !found {
		return orMissing(err)
	}
	pol, err := policy(r)
	if err != nil {
		return err
	}
	sale := rec.Sale
	d.TxnID, d.URL = s.seal.TxnOf(rec.Entry), sale.ContentURL
	if sale.Offer.Number != 0 {
		d.Offer = s.seal.Offer(sale.Offer)
	}
	d.Returned = ledger.Amount{Micros: p.Returned, Currency: sale.Price.Currency}
	d.Commission = ledger.Amount{Micros: sale.Commission, Currency: sale.Price.Currency}
	g := s.boughtView(rec.Entry, p, at)
	d.Grant = &g
	if p.Dispute != 0 {
		dis, _, err := r.Dispute(p.Dispute)
		if err != nil {
			return err
		}
		v, err := s.disputeView(r, dis)
		if err != nil {
			return err
		}
		d.Dispute = &v
	}
	d.CanDispute = ledger.CanDispute(rec.Entry, p, at) == nil
	_, d.DisputeBy = ledger.DisputeWindow(rec.Entry, pol)
	return nil
}

// boughtView is what the buyer may still open.
func (s *Server) boughtView(sold ledger.Entry, p ledger.Purchase, at time.Time) ledger.GrantView {
	b := sold.Sale.Grant.Bounds
	return ledger.GrantView{
		ID: s.seal.Grant(sold.No), Status: string(ledger.GrantStatus(sold.Sale, p, at)), ViewsTotal: b.Views, ViewsUsed: p.Grant.Used,
		From: sold.Sale.Grant.From, Until: ledger.GrantEnds(sold.Sale, p), Hours: b.Hours, URL: sold.Sale.ContentURL,
	}
}

// lines tells who paid and who got what, one line for each party, payers first.
func (d *renderer) lines(e ledger.Entry) (all []ledger.Line, err error) {
	for _, p := range e.Postings {
		who, err := d.party(e, p.Account)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(all, func(l ledger.Line) bool { return l.Who == who && l.Amount.Currency == p.Account.Currency })
		if i < 0 {
			i, all = len(all), append(all, ledger.Line{Who: who, Amount: ledger.Amount{Currency: p.Account.Currency}})
		}
		all[i].Amount.Micros -= p.Micros // a credit is received
	}
	slices.SortStableFunc(all, func(a, b ledger.Line) int {
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

// party is whose an account is, in words for the person.
func (d *renderer) party(e ledger.Entry, a ledger.Account) (string, error) {
	name := d.s.HouseName()
	switch a.Class {
	case ledger.Paid, ledger.Uncollected, ledger.Receivable:
		if a.Owner == uint64(d.user.ID) {
			return "you", nil
		}
		return "the other wallet", nil
	case ledger.VendorPending, ledger.VendorAvailable, ledger.VendorReserve:
		v, err := d.names.get(ledger.VendorID(a.Owner))
		return v.Name, err
	case ledger.RoyaltyPayable:
		return d.payee(e, ledger.PayeeID(a.Owner))
	}
	if word, known := partyWords[a.Class]; known {
		return word, nil
	}
	if word, known := partyOurs[a.Class]; known {
		return name + " (" + word + ")", nil
	}
	return name, nil
}

var (
	partyWords = map[ledger.Class]string{
		ledger.Held: "held for now", ledger.DisputeHold: "held until the decision", ledger.Bank: "the bank",
		ledger.PSPClearing: "the card processor", ledger.UncollectedItem: "the instrument on paper",
	}
	partyOurs = map[ledger.Class]string{
		ledger.Commission: "commission", ledger.FundingFee: "funding fee", ledger.ChargebackFee: "chargeback fee",
	}
)

// payee is who earned a royalty, with the role that the sale pinned.
func (d *renderer) payee(e ledger.Entry, id ledger.PayeeID) (string, error) {
	sale := e.Sale
	if sale == nil && e.Cause != 0 {
		sold, _, err := d.r.Entry(e.Cause)
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

// timeline tells what became of a sale, a deposit, a dispute or a transfer, in order.
func (d *renderer) timeline(rec books.Record, c ledger.Currency) (all []ledger.Event, err error) {
	first := rec.No
	if rec.Cause != 0 {
		first = rec.Cause
	}
	related := func(e ledger.Entry) bool {
		switch {
		case rec.Deposit != nil:
			return e.Deposit != nil && e.Deposit.ID == rec.Deposit.ID
		case rec.Dispute != nil:
			return e.Dispute != nil && e.Dispute.No == rec.Dispute.No
		}
		return e.No == first || e.Cause == first || e.Dispute != nil && e.Dispute.Purchase == first
	}
	walk := walker{r: d.r, user: d.user.ID, chains: []chain{{currency: c}}}
	for range longWalk {
		next, _, found, err := walk.next()
		if err != nil {
			return nil, err
		}
		if !found || rec.Deposit == nil && rec.Dispute == nil && next.No < first {
			break
		}
		if related(next.Entry) {
			all = append(all, ledger.Event{At: next.At, What: eventOf(next.Entry)})
		}
	}
	slices.Reverse(all)
	return all, nil
}

// eventWords are the kinds of entries as steps of something.
var eventWords = map[ledger.Kind]string{
	ledger.KindPurchase: "paid", ledger.KindHold: "held", ledger.KindCapture: "taken from the hold", ledger.KindVoid: "hold released",
	ledger.KindRefund: "refunded", ledger.KindTransfer: "sent", ledger.KindTransferClaimed: "claimed",
	ledger.KindTransferRecalled: "taken back",
}

// eventOf is an entry as one step.
func eventOf(e ledger.Entry) string {
	what := eventWords[e.Kind]
	switch {
	case e.Kind == ledger.KindDeposit && e.Deposit != nil:
		what = strings.ReplaceAll(string(e.Deposit.State), "_", " ")
	case e.Dispute != nil:
		what = "dispute " + strings.ReplaceAll(string(e.Dispute.State), "_", " ")
	case what == "":
		what = "changed"
	}
	if e.Amount.Micros != 0 && len(e.Postings) > 0 {
		what = fmt.Sprintf("%s %s", what, e.Amount)
	}
	if e.Reason != "" {
		what += ": " + e.Reason
	}
	return what
}
