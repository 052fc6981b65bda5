package command

import (
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// historyCommands are all purchases at once, over all vendors (claim 22).
func historyCommands() []Command {
	all := []Command{
		{
			Path: "history", Help: "list what was bought, paid in and given back, newest first", Role: ledger.RoleUser,
			Long: "FILTER is words that must all occur; -word excludes, a|b is one of them, \"two words\" are one.\n" +
				"Fields: vendor:acme who:acme state:paid kind:refund in:EUR amount>0.5 bal<10 since:7d until:2026-11-20.",
			Place: "history", Key: "history:/",
			Inputs: append([]Input{
				arg(KindFilter).optional().repeated(),
				option("currency", KindCurrency, "only the account in this currency"),
				option("vendor", KindVendor, "only this vendor"),
				option("kind", KindRowKind, "only one kind: "+strings.Join(view.RowKinds, ", ")),
				option("since", KindSince, "not older than this: 2026-11-01, or 7d, 12h"),
				option("text", KindWords, "only titles with these words"),
				pageSize(),
				option("cursor", KindCursor, "go on after the page that ended with this"),
				option("newer", KindCursor, "go back before the page that began with this"),
				on("oldest", "begin at the oldest end"),
				followFlag(),
			}, listInputs()...),
			JSON: view.History{}, Run: runHistory,
		},
		{
			Path: "show", Help: "show everything about one row: who got what, to the micro", Role: ledger.RoleUser,
			Place: "history", Key: "history:enter home:enter", Inputs: []Input{arg(KindRow)},
			JSON: view.Detail{}, Run: runShow,
		},
	}
	return append(all, viewCommands()...)
}

// runHistory lists a page. The cursor of the next one is the envelope's in JSON and a hint in text.
func runHistory(r *Run) error {
	limit, err := r.limit()
	if err != nil {
		return err
	}
	q, err := r.historyQuery(limit)
	if err != nil {
		return err
	}
	switch on, err := r.follows(); {
	case err != nil:
		return err
	case on:
		return follow(r, feed[view.Row]{
			page: func(p view.Paging) (view.Page[view.Row], error) {
				q.Paging = p
				found, err := r.Service.History(r.Ctx, r.Who, q)
				return found.Page, err
			},
			name:  func(row view.Row) (string, view.State) { return row.ID, row.State },
			table: view.RowTable,
		})
	}
	none := "Nothing like that."
	if q == (view.HistoryQuery{Paging: view.Paging{Limit: limit}}) {
		none = "Nothing bought yet."
	}
	p, err := r.Service.History(r.Ctx, r.Who, q)
	if err != nil {
		return err
	}
	for _, m := range p.Misread { // a screen shows what the rest finds, and the fault; a script would read on
		return r.misuse("%s is not understood: %s", typed(m.Text), m.Why)
	}
	r.next = p.Next
	return r.answer(p, func(s *textWriter) {
		writePage(r, s, p.Page, none, view.RowTable)
		if p.Newer != "" {
			s.line("Newer: add --newer " + string(p.Newer))
		}
	})
}

// historyQuery is what the words and flags ask for.
func (r *Run) historyQuery(limit int) (q view.HistoryQuery, err error) {
	filter := strings.TrimSpace(r.saved.Filter + " " + strings.Join(r.Args, " "))
	q = view.HistoryQuery{
		Paging: view.Paging{Limit: limit, Before: view.Cursor(r.flag("cursor"))},
		After:  view.Cursor(r.flag("newer")), Oldest: r.on("oldest"),
		Vendor: r.flag("vendor"), Kind: r.flag("kind"), Text: r.flag("text"), Filter: filter,
		Sort: r.sorting(),
	}
	if err := r.checkColumns(view.RowTable(nil, view.Format{})); err != nil {
		return q, err
	}
	if _, ok := view.Sorted([]view.Row(nil), q.Sort); !ok {
		return q, noColumn[view.Row](r)
	}
	if code := r.flag("currency"); code != "" {
		if q.Currency, err = r.currency(code); err != nil {
			return q, err
		}
	}
	q.Since, err = r.since("since")
	return q, err
}

// since reads the flag with a name: a date in the user's time zone, a moment (RFC 3339), or how long ago. No time is no
// bound.
func (r *Run) since(flag string) (time.Time, error) {
	text := r.flag(flag)
	if text == "" {
		return time.Time{}, nil
	}
	var now time.Time
	if r.Options.Now != nil {
		now = r.Options.Now()
	}
	if at, _, ok := view.ParseWhen(text, now, ZoneOf(r.Me.Zone)); ok {
		return at, nil
	}
	return time.Time{}, r.misuse(
		"--%s is %q, which is neither a date such as 2026-11-01 nor a time ago such as 7d or 12h.", flag, typed(text))
}

// runShow takes the id of anything that the history lists: a purchase, a deposit, a refund, a transfer.
func runShow(r *Run) error {
	d, err := r.Service.Show(r.Ctx, r.Who, r.Args[0])
	return r.answerOf(d, err, func(s *textWriter) { s.detail(d) })
}

// detail is a row with its parts, in the order in which a person asks: what was it, who got the money, may I still
// open it, what happened, what can I do about it.
func (s *textWriter) detail(d view.Detail) {
	s.facts("", append(d.Facts(s.format()), d.Proof()...)...)
	s.lines(d.Lines)
	s.grant(d.Grant)
	if d.Deposit != nil {
		s.section("Deposit")
		s.deposit("  ", *d.Deposit)
	}
	if d.Dispute != nil {
		s.section("Dispute")
		s.facts("  ", d.Dispute.Facts(s.format())...)
	}
	if len(d.Timeline) > 0 {
		s.section("What happened")
		s.facts("  ", view.Map(d.Timeline, func(e view.Event) view.Fact { return fact(s.at(e.At), e.What) })...)
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

// lines tells who paid and who got what, commission and royalties included (claims 1, 2).
func (s *textWriter) lines(all []view.Line) {
	if len(all) > 0 {
		s.section("Who got what")
		s.table("  ", view.LineTable(all))
	}
}

// grant tells what may be opened, how often and how long (claim 44).
func (s *textWriter) grant(g *view.Grant) {
	if g != nil {
		s.section("Access")
		s.facts("  ", g.Facts(s.format())...)
	}
}

// section is a title with space above it.
func (s *textWriter) section(title string) {
	if s.keep(Block{Title: title}) {
		return
	}
	s.gap()
	s.line(title)
}
