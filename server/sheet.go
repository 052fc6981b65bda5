package server

import (
	"context"
	"encoding/base64"
	"errors"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/paper"
	"tuppence/server/view"
)

// DepositSheet returns what is printed for a deposit, as PDF: the slip that goes with a check or a money order, or the
// invoice of a purchase order, or a bill. Its owner gets it, and staff get the invoice. The same deposit always has the
// same bytes, but for a bill of which a part was paid meanwhile.
//
// It refuses with ErrNotFound a deposit of another wallet, and with ErrState one for which nothing is printed.
func (s *Server) DepositSheet(ctx context.Context, who view.Caller, id string) (v view.Sheet, err error) {
	var sheet paper.Sheet
	at := s.clock()
	err = s.viewFor(ctx, topicKey(who.Fingerprint), func(r books.Reader) error {
		f, err := resolveCaller(r, who)
		if err != nil {
			return err
		}
		d, found, err := s.depositNamed(r, id)
		if err != nil || !found || !(f.isMember && d.ID.User == f.user.ID || f.isStaff && d.Is(ledger.DepositOnOrder)) {
			return orMissing(err)
		}
		u, _, err := r.User(d.ID.User)
		if err != nil {
			return err
		}
		if d.Method == ledger.BillMethod {
			sheet, err = s.billOf(r, d, u.Handle, at)
			return err
		}
		sheet, err = s.sheet(d, u)
		return err
	})
	if err != nil {
		return v, err
	}
	raw, err := sheet.Bytes()
	if errors.Is(err, paper.ErrGlyph) {
		return v, ledger.RefuseState("deposit", "described with letters that are not printed here")
	}
	v = view.Sheet{Title: sheet.Title, PDF: base64.StdEncoding.EncodeToString(raw)}
	return v, err
}

// sheet is what is printed for a deposit.
func (s *Server) sheet(d ledger.Deposit, u ledger.User) (sheet paper.Sheet, err error) {
	m, info, found := s.methodNamed(d.Method)
	to, payable := m.(funding.Payable)
	if !found || !payable || d.Reference == "" {
		return sheet, ledger.RefuseState("deposit", "paid in a way for which nothing is printed")
	}
	sheet = paper.Sheet{
		House: s.house.Name, Reference: d.Reference, Amount: d.Amount, Steps: m.Steps(d), Made: d.Created,
		Simulated: s.house.Simulated,
	}
	payee := to.PayTo()
	sheet.Payee, sheet.IBAN = payee.Name, payee.IBAN
	sheet.Facts = []paper.Fact{
		{Name: "Amount", Value: d.Amount.String()},
		{Name: "Payable to", Value: payee.Name},
		{Name: "Address", Value: payee.Address},
		{Name: "Account", Value: payee.IBAN},
		{Name: "Reference", Value: d.Reference},
		{Name: "Wallet", Value: u.Handle},
	}
	switch {
	case d.Is(ledger.DepositPaper) && d.State == ledger.DepositAwaiting:
		sheet.Title, sheet.IBAN = info.Title, ""
		sheet.Facts[3].Value = ""
		sheet.Facts = append(sheet.Facts, paper.Fact{Name: "Send it before", Value: day(d.Expires)})
	case d.Is(ledger.DepositOnOrder) && !d.Order.Due.IsZero():
		sheet.Title = "Invoice"
		sheet.Facts = append(sheet.Facts, paper.Fact{Name: "Your order", Value: d.Order.Number},
			paper.Fact{Name: "Due", Value: day(d.Order.Due)})
		sheet.Steps = []string{
			"Pay " + d.Amount.String() + " by " + day(d.Order.Due) + ", with the reference " + d.Reference + ".",
		}
	default:
		return sheet, ledger.RefuseState("deposit", view.State(d.State).Words()+", so nothing is printed for it")
	}
	return sheet, nil
}

// day is a date on paper.
func day(t time.Time) string { return t.UTC().Format("2 January 2006") }
