package tui

import (
	"strings"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// vendorSheet is one vendor with the address of its site. The terminal opens nothing: the person does.
type vendorSheet struct{ l view.Link }

func (*vendorSheet) name() string                    { return "vendor" }
func (*vendorSheet) crumb() string                   { return "Vendor" }
func (*vendorSheet) typing() bool                    { return false }
func (*vendorSheet) load(*Model) tea.Cmd             { return nil }
func (*vendorSheet) key(*Model, Key) (tea.Cmd, bool) { return nil, false }
func (s *vendorSheet) hints(m *Model) []hint         { return append(m.besideHints(s), hint{"esc", "back"}) }

// draw repeats the address alone in its line, so that it is selected with a double click.
func (s *vendorSheet) draw(m *Model, width, _ int) []line {
	out := append([]line{nil}, linkLines(m, s.l, width, 0)...)
	if s.l.Site == "" {
		return out
	}
	return append(out, nil, lineOf(toneFaint, "  To open the site, click this address or select it:"),
		append(lineOf(toneText, "  "), linkSpans(s.l.Site, view.Clean(s.l.Site), toneKey)...))
}

// linkSheet gives a vendor a standing permission inside bounds. They hold beside those of the wallet: the tighter
// one counts.
type linkSheet struct {
	l     view.Link
	form  form
	tried whatIf
}

// newLinkSheet starts with the bounds that the link has or, for a new one, with the wallet's own for a purchase.
func newLinkSheet(m *Model, l view.Link) *linkSheet {
	const none = view.Bound(ledger.NoLimit)
	values := []view.Bound{max(0, m.house.Limits.PerPurchase), none, none, none, none}
	if had := boundsOf(l); had != nil {
		values = had
	}
	return &linkSheet{l: l, form: form{fields: m.allowanceFields(l.Currency, l.Limits, values...)}}
}

// boundsOf are the bounds of the permission that a vendor has, nil if it has none.
func boundsOf(l view.Link) []view.Bound {
	if l.Status != "active" {
		return nil
	}
	all := make([]view.Bound, len(boundNames))
	for i, b := range boundNames {
		all[i] = view.Bound(ledger.NoLimit)
		for _, limit := range l.Limits {
			if limit.Period == b.period {
				all[i] = boundOf(limit)
			}
		}
	}
	return all
}

func (*linkSheet) name() string          { return "link" }
func (*linkSheet) crumb() string         { return "Link" }
func (*linkSheet) typing() bool          { return true }
func (s *linkSheet) hints(*Model) []hint { return s.form.hints("link", "back") }

// key reads all bounds before it sends any: a permission is given as a whole. One that becomes tighter in every bound
// is given at once.
func (s *linkSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	send, used := s.form.key(m, k)
	if !send {
		return s.tried.follow(m, s.trial(m)), used
	}
	r, err := s.request()
	if err != nil { // the form has checked them
		return nil, true
	}
	before, after := boundsOf(s.l), bounds(r.Limits, r.Total)
	ask := before == nil
	for i := range before {
		ask = ask || looser(before[i], after[i])
	}
	if ask {
		return m.confirm(s.question(r)), true
	}
	return s.send(m, r), true
}

// request reads the bounds.
func (s *linkSheet) request() (r view.LinkRequest, err error) {
	r = view.LinkRequest{Vendor: s.l.Vendor, Currency: s.l.Currency}
	l := &r.Limits
	return r, allowances(&s.form, r.Currency, &l.PerPurchase, &l.PerDay, &l.PerWeek, &l.PerMonth, &r.Total)
}

// load asks what the bounds that are typed would have done.
func (s *linkSheet) load(m *Model) tea.Cmd { return s.tried.ask(m, s.trial(m)) }

// trial tries the bounds that are typed on the purchases at the vendor.
func (s *linkSheet) trial(m *Model) trial {
	t := trial{typed: s.form.texts()}
	if r, err := s.request(); err == nil {
		t.ask = ownOf(m, m.svc.WhatIfLink, r)
		t.words = func(w view.WhatIf) string { return "This " + w.LinkWords(m.format()) + "." }
	}
	return t
}

// question says what the vendor may take from now on.
func (s *linkSheet) question(r view.LinkRequest) confirmation {
	name := view.Clean(s.l.Vendor)
	before, after := boundsOf(s.l), bounds(r.Limits, r.Total)
	no := "No, keep asking me"
	if before != nil {
		no = "No, leave it as it is"
	}
	r.Confirmed = true
	return confirmation{
		question: "Let " + name + " take " + mostWords(after, r.Currency) + " without asking?",
		why:      loosens, changes: allowanceChanges(before, after, r.Currency),
		ends: "You end it with u on Vendors; that works at once.",
		no:   no, yes: "Yes, link " + name,
		do: func(m *Model) tea.Cmd { return s.send(m, r) },
	}
}

// send gives the permission.
func (s *linkSheet) send(m *Model, r view.LinkRequest) tea.Cmd {
	had := s.l
	return submitOr(m, &s.form, "link", ownOf(m, m.svc.Link, r), func(l view.Link) tea.Cmd {
		cmd := m.close()
		words := view.Clean(l.Vendor) + " is linked: " + l.Permission() + "."
		if undo := relink([]view.Link{had}); !r.Confirmed && undo != nil {
			m.offerUndo(words, func() tea.Cmd { return m.giveBack([]string{had.Vendor}, undo, false) })
			return cmd
		}
		m.notify(toneGood, words)
		return cmd
	}, func() tea.Cmd { return m.confirmRefused(&s.form, s.question(r)) })
}

// name is the name of a vendor, for a screen.
func name(l view.Link) string { return view.Clean(l.Vendor) }

// relink are the orders that bring permissions back as they are, nil if one of them cannot come back so: what was used
// of a total would begin anew, and an end cannot be given on a screen.
func relink(all []view.Link) (orders []view.LinkRequest) {
	for _, l := range all {
		b := boundsOf(l)
		if b == nil || b[4] >= 0 || !l.Expires.IsZero() {
			return nil
		}
		orders = append(orders, view.LinkRequest{
			Vendor: l.Vendor, Currency: l.Currency, Confirmed: true, Total: int64(b[4]),
			Limits: ledger.Limits{
				PerPurchase: int64(b[0]), PerDay: int64(b[1]), PerWeek: int64(b[2]), PerMonth: int64(b[3]),
			},
		})
	}
	return orders
}

// draw leaves the empty lines out on a low terminal: five bounds need the room.
func (s *linkSheet) draw(_ *Model, width, height int) []line {
	title := lineOf(toneStrong, "  Let "+view.Clean(s.l.Title)+" take without asking")
	if strings.TrimSpace(s.l.Title) == "" {
		title = lineOf(toneStrong, "  Let "+name(s.l)+" take without asking")
	}
	if height < roomyFrom {
		out := append([]line{title}, s.form.drawIn(width, height-1)...)
		if tried := s.tried.lines(width); len(out)+len(tried) <= height {
			out = append(out, tried...)
		}
		return out
	}
	out := append([]line{nil, title, nil}, s.form.draw(width)...)
	end := paragraph(toneFaint, width, "You can end it with u at any moment; what was bought stays yours.")
	tried := s.tried.lines(width)
	if len(out)+len(end)+len(tried)+2 > height { // what the bounds mean goes before what holds of all
		end = nil
	}
	for _, part := range [][]line{end, tried} {
		if len(part) > 0 {
			out = append(append(out, nil), part...)
		}
	}
	return out
}
