package server

import (
	"context"
	"encoding/base64"
	"errors"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/paper"
	"tuppence/server/view"
)

// sheetRows bounds the rows of a statement on paper: 400 pages.
const sheetRows = 12_000

// StatementSheet returns the statement of a settlement as PDF, made anew from the journal: each row with the hash of
// its entry. The same settlement in the same state always has the same bytes. It refuses as [Server.Statement] does,
// and with ErrState a statement that is too long for paper.
func (s *Server) StatementSheet(ctx context.Context, who view.Caller, id string) (v view.Sheet, err error) {
	var st view.Statement
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		t, err := s.settlementNamed(r, id)
		if err != nil {
			return err
		}
		if t.Sum.Lines > sheetRows {
			return refuseLongSheet(t.Sum.Lines, "settlement statement "+s.seal.Settlement(t.No))
		}
		st, err = s.statement(r, t)
		return err
	})
	if err != nil {
		return v, err
	}
	return s.sheetOf(st)
}

// refuseLongSheet refuses to print what is too long.
func refuseLongSheet(lines uint64, other string) error {
	return ledger.Refuse(ledger.ErrState, "Print it as CSV: "+other,
		"A statement of %d rows is too long for paper.", lines)
}

// sheetOf prints a statement.
func (s *Server) sheetOf(st view.Statement) (v view.Sheet, err error) {
	sheet := statementSheet(st, s.house)
	raw, err := sheet.Bytes()
	if errors.Is(err, paper.ErrGlyph) {
		return v, ledger.RefuseState("settlement", "described with letters that are not printed here")
	}
	return view.Sheet{Title: sheet.Title, PDF: base64.StdEncoding.EncodeToString(raw)}, err
}

// statementSheet puts a statement on paper.
func statementSheet(st view.Statement, h view.House) paper.Statement {
	t := st.Settlement
	p := paper.Statement{
		Title: "Statement " + t.ID, House: h.Name, Made: t.Created.Time,
		Foot: []string{"SHA-256 of the rows: " + t.Digest, "Sealed by the entry of the journal: " + t.Head},
		Columns: []paper.Column{
			{Title: "Time (UTC)", Width: 32},
			{Title: "What", Width: 16},
			{Title: "Gross", Width: 24, Right: true},
			{Title: "Commission", Width: 24, Right: true},
			{Title: "Royalties", Width: 24, Right: true},
			{Title: "Net", Width: 25, Right: true},
			{Title: "Balance", Width: 25, Right: true},
		},
	}
	simulated := ""
	if h.Simulated {
		simulated = "no real money"
	}
	p.Facts = []paper.Fact{
		{Name: "SIMULATED", Value: simulated},
		{Name: "Vendor", Value: t.Vendor},
		{Name: "Payee", Value: t.Payee},
		{Name: "Currency", Value: string(t.Amount.Currency)},
		{Name: "Until", Value: t.Until.UTC().Format("2006-01-02 15:04:05 MST")},
		{Name: "Opening", Value: t.Opening.String()},
		{Name: "Sales", Value: t.Sales.String()},
		{Name: "Commission", Value: t.Commission.String()},
		{Name: "Royalties", Value: t.Royalties.String()},
		{Name: "Fee", Value: t.Fee.String()},
		{Name: "Payout", Value: t.Amount.String()},
		{Name: "Carried forward", Value: t.Carried.String()},
		{Name: "Paid to", Value: t.To},
		{Name: "Account", Value: t.Account},
	}
	for _, r := range st.Rows {
		at := ""
		if !r.At.IsZero() {
			at = r.At.UTC().Format("2006-01-02 15:04:05")
		}
		below := r.ID
		if r.Hash != "" {
			below += "   " + r.Hash
		}
		p.Rows = append(p.Rows, paper.Line{
			Cells: []string{at, r.Kind, r.Gross, r.Commission, r.Royalties, r.Net, r.Balance}, Below: below,
		})
	}
	return p
}
