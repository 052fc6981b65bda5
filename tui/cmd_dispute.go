package tui

import (
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"tuppence/server/ledger"
)

func disputeCommands() []Command {
	return []Command{
		{
			Path: "dispute", Args: "ID", Help: "contest a purchase and ask for the money back", Role: ledger.RoleUser, Place: "disputes", Key: "d",
			Long: "ID is that of the purchase (see history). REASON is " + strings.Join(ledger.DisputeReasons, ", ") + ".\n" +
				"Small and recent purchases are paid back at once by rule; others wait for the vendor's answer.",
			Flags: func(fs *pflag.FlagSet) {
				fs.String("reason", "", "why, one `REASON` of the list")
				need(fs, "reason")
				fs.String("text", "", "more, in your own `WORDS`; the vendor reads them")
			},
			JSON: disputeJSON{}, Run: runDispute,
		},
		{
			Path: "disputes", Help: "list your disputes and how they stand", Role: ledger.RoleUser, Place: "disputes",
			JSON: []disputeJSON(nil), Run: runDisputes,
		},
	}
}

func runDispute(r *Run) error {
	reason := strings.ReplaceAll(strings.ToLower(r.flag("reason")), "-", "_")
	if !slices.Contains(ledger.DisputeReasons, reason) {
		return r.misuse("--reason is %q; it is one of %s.", r.flag("reason"), strings.Join(ledger.DisputeReasons, ", "))
	}
	d, err := r.Service.Dispute(r.Ctx, r.Who, ledger.DisputeRequest{ID: r.Args[0], Reason: reason, Text: r.flag("text")})
	if err != nil {
		return err
	}
	return r.answer(wireDispute(d), func(s *sheet) { s.drawDispute("", d) })
}

func runDisputes(r *Run) error {
	all, err := r.Service.Disputes(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	return r.answer(wire(all, wireDispute), func(s *sheet) {
		if len(all) == 0 {
			s.line("No disputes.")
			return
		}
		s.drawDisputes(all, false)
	})
}

func (s *sheet) drawDisputes(all []ledger.DisputeView, staff bool) {
	columns := []column{
		{title: "Opened"},
		{title: "Dispute"},
		{title: "Vendor"},
		{title: "Title", elastic: true},
		{title: "Reason"},
		{title: "State"},
		{title: "Answer due"},
		{title: "Amount", right: true},
	}
	if staff {
		columns = append(columns, column{title: "Wallet"})
	}
	rows := make([][]string, 0, len(all))
	for _, d := range all {
		row := []string{s.at(d.Opened), d.ID, d.Vendor, d.Title, d.Reason, string(d.State), s.at(due(d)), money(d.Amount)}
		if staff {
			row = append(row, d.Handle)
		}
		rows = append(rows, row)
	}
	s.table("", columns, rows)
}

func (s *sheet) drawDispute(indent string, d ledger.DisputeView) {
	s.facts(indent, fact{"dispute", d.ID}, fact{"purchase", d.Purchase}, fact{"wallet", d.Handle}, fact{"vendor", d.Vendor}, fact{"title", d.Title},
		fact{"amount", money(d.Amount)}, fact{"reason", d.Reason}, fact{"words", d.Text}, fact{"state", string(d.State)},
		fact{"opened", s.at(d.Opened)}, fact{"answer due", s.at(due(d))}, fact{"decided", s.at(d.Decided)}, fact{"because", d.Note})
	for _, f := range d.Facts {
		s.text(indent+"  ", "- "+f)
	}
}
