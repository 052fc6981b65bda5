package tui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"tuppence/server/ledger"
)

func historyCommands() []Command {
	return []Command{
		{
			Path: "history", Help: "list what was bought, paid in and given back, newest first", Role: ledger.RoleUser, Place: "history",
			Flags: func(fs *pflag.FlagSet) {
				fs.String("currency", "", "only the account in `CURRENCY`")
				fs.String("vendor", "", "only this `VENDOR`")
				fs.String("kind", "", "only one `KIND`: purchase, refund, deposit, dispute, transfer_out or transfer_in")
				fs.String("since", "", "not older than `SINCE`: 2026-11-01, or 7d, 12h")
				fs.String("text", "", "only titles with these `WORDS`")
				limitFlag(fs)
				fs.String("cursor", "", "go on after the page that ended with `CURSOR`")
			},
			JSON: historyJSON{}, Run: runHistory,
		},
		{
			Path: "show", Args: "ID", Help: "show everything about one row: who got what, to the micro", Role: ledger.RoleUser, Place: "history", Key: "enter",
			JSON: detailJSON{}, Run: runShow,
		},
	}
}

func runHistory(r *Run) error {
	limit, err := r.limit()
	if err != nil {
		return err
	}
	q := ledger.HistoryQuery{Page: ledger.Page{Limit: limit, Before: r.flag("cursor")}, Vendor: r.flag("vendor"), Kind: r.flag("kind"), Text: r.flag("text")}
	if code := r.flag("currency"); code != "" {
		if q.Currency, err = r.currency(code); err != nil {
			return err
		}
	}
	if since := r.flag("since"); since != "" {
		if q.Since, err = r.since(since); err != nil {
			return err
		}
	}
	p, err := r.Service.History(r.Ctx, r.Who, q)
	if err != nil {
		return err
	}
	return r.answer(wireHistory(p), func(s *sheet) {
		switch {
		case len(p.Rows) == 0 && q == (ledger.HistoryQuery{Page: ledger.Page{Limit: limit}}):
			s.line("Nothing bought yet.")
		case len(p.Rows) == 0:
			s.line("Nothing like that.")
		default:
			s.drawRows(p.Rows)
		}
		if p.Next != "" {
			s.line("More: add --cursor " + p.Next)
		}
	})
}

// since reads a date, a moment or how long ago.
func (r *Run) since(text string) (time.Time, error) {
	if day, err := time.ParseInLocation(time.DateOnly, text, zoneOf(r.Me.Zone)); err == nil {
		return day, nil
	}
	if at, err := time.Parse(time.RFC3339, text); err == nil {
		return at, nil
	}
	units := map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}
	if size := units[text[len(text)-1:]]; size > 0 && r.Options.Now != nil {
		if n, err := strconv.ParseUint(text[:len(text)-1], 10, 16); err == nil {
			return r.Options.Now().Add(-time.Duration(n) * size), nil
		}
	}
	return time.Time{}, r.misuse("--since is %q, which is neither a date such as 2026-11-01 nor a time ago such as 7d or 12h.", text)
}

func (s *sheet) drawRows(all []ledger.Row) {
	rows := make([][]string, 0, len(all))
	for _, v := range all {
		rows = append(rows, []string{s.at(v.At), v.ID, v.Vendor, v.Title, v.State, moved(v.Amount)})
	}
	s.table("", []column{
		{title: "When"},
		{title: "ID"},
		{title: "Vendor"},
		{title: "Title", elastic: true},
		{title: "State"},
		{title: "Amount", right: true},
	}, rows)
}

func runShow(r *Run) error {
	d, err := r.Service.Show(r.Ctx, r.Who, r.Args[0])
	if err != nil {
		return err
	}
	return r.answer(wireDetail(d), func(s *sheet) { s.drawDetail(d) })
}

func (s *sheet) drawDetail(d ledger.Detail) {
	returned := ""
	if d.Returned.Micros != 0 {
		returned = money(in(d.Returned, d.Amount.Currency))
	}
	s.facts("", fact{"id", d.ID}, fact{"when", s.at(d.At)}, fact{"kind", d.Kind}, fact{"vendor", d.Vendor}, fact{"title", d.Title},
		fact{"state", d.State}, fact{"amount", signed(d.Amount)}, fact{"returned", returned}, fact{"offer", d.Offer}, fact{"opens", d.URL},
		fact{"transaction", d.TxnID}, fact{"journal", d.Hash})
	if len(d.Lines) > 0 {
		s.section("Who got what")
		s.drawLines(d.Lines)
	}
	if d.Grant != nil {
		s.section("Access")
		s.drawGrant(*d.Grant)
	}
	if d.Deposit != nil {
		s.section("Deposit")
		s.drawDeposit("  ", *d.Deposit)
	}
	if d.Dispute != nil {
		s.section("Dispute")
		s.drawDispute("  ", *d.Dispute)
	}
	if len(d.Timeline) > 0 {
		s.section("Timeline")
		s.facts("  ", wire(d.Timeline, func(e ledger.Event) fact { return fact{s.at(e.At), e.What} })...)
	}
	if d.CanDispute {
		s.gap()
		by := ""
		if !d.DisputeBy.IsZero() {
			by = " Until " + s.at(d.DisputeBy) + " you may type"
		}
		s.line("Not what you bought?" + by + ": dispute " + d.ID + " --reason REASON")
	}
}

// section is a title with space above it.
func (s *sheet) section(title string) {
	s.gap()
	s.line(title)
}

// drawLines is who paid and who got what, with the decimal points under each other, to the last micro.
func (s *sheet) drawLines(lines []ledger.Line) {
	places := 2
	for _, l := range lines {
		_, fraction, _ := strings.Cut(decimal(l.Amount.Micros), ".")
		places = max(places, len(fraction))
	}
	rows := make([][]string, 0, len(lines))
	for _, l := range lines {
		text := decimal(l.Amount.Micros)
		_, fraction, _ := strings.Cut(text, ".")
		if l.Amount.Micros > 0 {
			text = "+" + text
		}
		rows = append(rows, []string{l.Who, text + strings.Repeat("0", places-len(fraction)), string(l.Amount.Currency)})
	}
	s.table("  ", []column{{title: "Who", elastic: true}, {title: "Amount", right: true}, {}}, rows)
}

func (s *sheet) drawGrant(g ledger.GrantView) {
	views := "no bound, " + strconv.FormatUint(uint64(g.ViewsUsed), 10) + " used"
	if g.ViewsTotal > 0 {
		views = fmt.Sprintf("%d of %d used", g.ViewsUsed, g.ViewsTotal)
	}
	hours := ""
	if g.Hours > 0 {
		hours = durationWords(time.Duration(g.Hours)*time.Hour) + " after the first use"
	}
	s.facts("  ", fact{"grant", g.ID}, fact{"status", g.Status}, fact{"views", views}, fact{"from", s.at(g.From)}, fact{"until", s.at(g.Until)},
		fact{"ends", hours}, fact{"opens", g.URL})
}
