package server

import (
	"cmp"
	"context"
	"encoding/hex"
	"strings"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// openCursor reads where a page begins.
func (s *Server) openCursor(c view.Cursor) (uint64, error) { return history.OpenCursor(s.seal, c) }

// inTransit is what of a vendor is on its way, by currency. It costs what is on its way.
func inTransit(r books.Reader, v ledger.VendorID) (map[ledger.Currency]int64, error) {
	all, err := r.Settlements(books.SettlementQuery{Moving: v}, 0)
	moving := map[ledger.Currency]int64{}
	for _, s := range all {
		moving[s.Amount.Currency] += s.Amount.Micros
	}
	return moving, err
}

// settlementView shows a settlement.
func (s *Server) settlementView(r books.Reader, t ledger.Settlement) (v view.Settlement, err error) {
	in := func(micros int64) ledger.Amount { return ledger.Amount{Micros: micros, Currency: t.Amount.Currency} }
	var kept int64
	for _, k := range t.Kept {
		kept += k.Micros
	}
	v = view.Settlement{
		ID: s.seal.Settlement(t.No), State: view.State(t.State), Amount: t.Amount, Fee: in(t.Fee), Until: view.At(t.At),
		Opening: in(t.Opening), Sales: in(t.Sum.Sold), Refunds: in(t.Sum.Refunded), Disputes: in(t.Sum.Disputed),
		Back: in(t.Sum.Back), Other: in(t.Sum.Other), Commission: in(t.Sum.Commission), Royalties: in(t.Sum.Royalties),
		Carried: in(t.Closing), Reserve: in(kept), Lines: t.Sum.Lines, Way: t.Way, To: t.PayTo, Run: t.Run,
		Reason: t.Reason, Created: view.At(t.Created), Updated: view.At(t.Updated),
	}
	if t.Closes() {
		v.Digest = hex.EncodeToString(t.Digest[:])
	}
	if t.File != 0 {
		v.File = s.seal.PayoutFile(t.File)
	}
	if t.Before != 0 {
		v.Before = s.seal.Settlement(t.Before)
	}
	if t.Account != 0 {
		id := ledger.PayAccount{Payee: t.Payee}.Owner(t.Vendor)
		id.Number = t.Account
		kept, _, err := r.Vault(id)
		if err != nil {
			return v, err
		}
		v.Account = kept.Mask
	}
	if t.Way == ledger.WayHook && t.File != 0 {
		j, _, err := r.PayoutJob(t.No)
		if err != nil {
			return v, err
		}
		v.Gateway = j.Told
	}
	if t.After != 0 {
		v.After = s.seal.Settlement(t.After)
	}
	rec, _, err := r.Entry(t.No)
	if err != nil {
		return v, err
	}
	v.Head = hex.EncodeToString(rec.Hash[:])
	v.Vendor, v.Payee, err = partyNames(r, t)
	return v, err
}

// partyNames are the names of a vendor and, if one is paid, its payee.
func partyNames(r books.Reader, t ledger.Settlement) (vendor, payee string, err error) {
	of, _, err := r.Vendor(t.Vendor)
	if err != nil || t.Payee == 0 {
		return of.Name, "", err
	}
	all, err := r.PayeesOf(t.Vendor)
	for _, n := range all {
		if n.ID == t.Payee {
			payee = n.Name
		}
	}
	return of.Name, payee, err
}

// Settlements lists settlements, the newest first. It refuses with ErrNotAllowed a caller who is no operator, with
// ErrNotFound a vendor or a file that is not there, and with ErrInvalid an unknown state or cursor.
func (s *Server) Settlements(
	ctx context.Context, who view.Caller, q view.SettlementQuery,
) (page view.Page[view.Settlement], err error) {
	before, err := s.openCursor(q.Before)
	if err != nil {
		return page, err
	}
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		of := books.SettlementQuery{
			State: ledger.SettlementState(q.State), Run: q.Run, Before: ledger.EntryNo(before),
		}
		if q.File != "" {
			if of.File, err = s.seal.OpenPayoutFile(strings.TrimSpace(q.File)); err != nil {
				return orMissing(nil)
			}
		}
		if q.Vendor != "" {
			v, err := s.vendorNamed(r, q.Vendor)
			if err != nil {
				return err
			}
			of.Vendor = v.ID
		}
		page, err = s.settlementPage(r, of, q.Paging)
		return err
	})
	return page, err
}

func (s *Server) settlementPage(
	r books.Reader, of books.SettlementQuery, q view.Paging,
) (page view.Page[view.Settlement], err error) {
	list, err := r.Settlements(of, q.Rows()+1)
	if err != nil {
		return page, err
	}
	shown := make(map[ledger.EntryNo]view.Settlement, len(list))
	for _, t := range list {
		if shown[t.No], err = s.settlementView(r, t); err != nil {
			return page, err
		}
	}
	return pageOf(s.seal, list, q.Rows(), func(t ledger.Settlement) view.Settlement { return shown[t.No] },
		func(t ledger.Settlement) uint64 { return uint64(t.No) }), nil
}

// settlementNamed reads a settlement by its name. It refuses with ErrNotFound.
func (s *Server) settlementNamed(r books.Reader, id string) (t ledger.Settlement, err error) {
	no, err := s.seal.OpenSettlement(strings.TrimSpace(id))
	if err != nil {
		return t, ledger.RefuseNotFound("settlement")
	}
	t, found, err := r.Settlement(no)
	if err == nil && !found {
		err = ledger.RefuseNotFound("settlement")
	}
	return t, err
}

// Settlement shows one settlement. It refuses with ErrNotAllowed a caller who is no operator, and with ErrNotFound.
func (s *Server) Settlement(ctx context.Context, who view.Caller, id string) (v view.Settlement, err error) {
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		t, err := s.settlementNamed(r, id)
		if err != nil {
			return err
		}
		v, err = s.settlementView(r, t)
		return err
	})
	return v, err
}

// Statement makes the statement of a settlement anew from the journal: its bytes are those that were sealed. It refuses
// as [Server.Settlement] does, and with ErrState a payout that was made again, whose statement is that of the first.
func (s *Server) Statement(ctx context.Context, who view.Caller, id string) (v view.Statement, err error) {
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		t, err := s.settlementNamed(r, id)
		if err != nil {
			return err
		}
		v, err = s.statement(r, t)
		return err
	})
	return v, err
}

// statement makes the rows of a statement.
func (s *Server) statement(r books.Reader, t ledger.Settlement) (v view.Statement, err error) {
	if !t.Closes() {
		return v, ledger.Refuse(ledger.ErrState, "See "+s.seal.Settlement(t.Before)+".",
			"This payout was made again: its statement is that of the first one.")
	}
	if v.Settlement, err = s.settlementView(r, t); err != nil {
		return v, err
	}
	for row, err := range r.Statement(t) {
		if err != nil {
			return v, err
		}
		v.Rows = append(v.Rows, s.rowView(t, row))
	}
	return v, nil
}

// rowView shows a row of a statement by the name under which its reader knows what it is about.
func (s *Server) rowView(t ledger.Settlement, row ledger.StatementRow) view.StatementRow {
	v := view.StatementRow{Text: row.Text(), At: view.At(row.At), Kind: row.Kind}
	cells := strings.Split(v.Text, ",")
	v.Gross, v.Commission, v.Royalties = cells[2], cells[3], cells[4]
	v.Net, v.Balance, v.Hash = cells[5], cells[6], cells[7]
	switch row.Kind {
	case ledger.LineSale:
		v.ID = s.seal.Charge(row.No)
		if row.Cause != 0 { // a hold that was captured
			v.ID = s.seal.Charge(row.Cause)
		}
	case ledger.LineRefund:
		v.ID = s.seal.Refund(row.No)
	case ledger.LineDispute:
		v.ID = s.seal.Charge(row.Cause)
	case ledger.LinePayout:
		v.ID = s.seal.Settlement(cmp.Or(row.Cause, t.No))
	case ledger.LineOther, ledger.LineReferral:
		v.ID = s.seal.Entry(row.No)
	default:
		v.ID = s.seal.Settlement(t.No)
	}
	return v
}

// Settlements lists the vendor's own settlements, the newest first; those of its payees are between them and the
// service. It refuses with ErrInvalid an unknown cursor.
func (v *Seller) Settlements(ctx context.Context, q view.Paging) (page view.Page[view.Settlement], err error) {
	before, err := v.s.openCursor(q.Before)
	if err != nil {
		return page, err
	}
	err = v.view(ctx, func(r books.Reader) error {
		page, err = v.s.settlementPage(r, books.SettlementQuery{Own: v.ID, Before: ledger.EntryNo(before)}, q)
		return err
	})
	return page, err
}

// SettlementOf reads one of the vendor's own settlements. It refuses with ErrNotFound another's.
func (v *Seller) SettlementOf(ctx context.Context, no ledger.EntryNo) (shown view.Settlement, err error) {
	err = v.view(ctx, func(r books.Reader) error {
		t, err := v.settlement(r, no)
		if err != nil {
			return err
		}
		shown, err = v.s.settlementView(r, t)
		return err
	})
	return shown, err
}

func (v *Seller) settlement(r books.Reader, no ledger.EntryNo) (ledger.Settlement, error) {
	t, found, err := r.Settlement(no)
	if err == nil && (!found || t.Vendor != v.ID || t.Payee != 0) {
		err = ledger.RefuseNotFound("settlement")
	}
	return t, err
}

// StatementOf makes the statement of one of the vendor's own settlements. It refuses with ErrNotFound another's, and
// with ErrState as [Server.Statement] does.
func (v *Seller) StatementOf(ctx context.Context, no ledger.EntryNo) (shown view.Statement, err error) {
	err = v.view(ctx, func(r books.Reader) error {
		t, err := v.settlement(r, no)
		if err != nil {
			return err
		}
		shown, err = v.s.statement(r, t)
		return err
	})
	return shown, err
}
