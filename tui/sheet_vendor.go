package tui

import (
	"context"

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
func (*vendorSheet) hints(*Model) []hint             { return []hint{{"esc", "back"}} }

// draw repeats the address alone in its line, so that it is selected with a double click.
func (s *vendorSheet) draw(m *Model, width, _ int) []line {
	out := append([]line{nil}, linkLines(m, s.l, width, 0)...)
	if s.l.Site == "" {
		return out
	}
	return append(out, nil, lineOf(toneFaint, "  To open the site, select this address:"),
		lineOf(toneKey, "  "+view.Clean(s.l.Site)))
}

// linkSheet gives a vendor a standing permission inside bounds. They hold beside those of the wallet: the tighter
// one counts.
type linkSheet struct {
	l    view.Link
	form form
	sure sureness
}

// newLinkSheet starts with the bounds that the link has or, for a new one, with the wallet's own for a purchase.
func newLinkSheet(m *Model, l view.Link) *linkSheet {
	const none = view.Bound(ledger.NoLimit)
	values := []view.Bound{max(0, m.house.Limits.PerPurchase), none, none, none, none}
	for i, b := range boundNames {
		for _, limit := range l.Limits {
			if limit.Period == b.period {
				values[i] = boundOf(limit)
			}
		}
	}
	return &linkSheet{l: l, form: form{fields: allowanceFields(l.Currency, values...)}}
}

func (*linkSheet) name() string        { return "link" }
func (*linkSheet) crumb() string       { return "Link" }
func (*linkSheet) typing() bool        { return true }
func (*linkSheet) load(*Model) tea.Cmd { return nil }
func (*linkSheet) hints(*Model) []hint { return formHints("next, link") }

// key reads all bounds before it sends any: a permission is given as a whole.
func (s *linkSheet) key(m *Model, k Key) (tea.Cmd, bool) {
	send, used := s.sure.key(m, &s.form, k)
	if !send {
		return nil, used
	}
	r := view.LinkRequest{Vendor: s.l.Vendor, Currency: s.l.Currency, Confirmed: s.sure.asked}
	l := &r.Limits
	if !allowances(&s.form, r.Currency, &l.PerPurchase, &l.PerDay, &l.PerWeek, &l.PerMonth, &r.Total) {
		return nil, true
	}
	return submitSure(m, &s.form, &s.sure, "link", func(ctx context.Context) (view.Link, error) {
		return m.svc.Link(ctx, m.who, r)
	}, func(l view.Link) tea.Cmd {
		cmd := m.close()
		m.notify(toneGood, view.Clean(l.Vendor)+" is linked.")
		return cmd
	}), true
}

// draw leaves the empty lines out on a low terminal: five bounds need the room.
func (s *linkSheet) draw(_ *Model, width, height int) []line {
	out := []line{nil, lineOf(toneStrong, "  Let "+view.Clean(s.l.Title)+" charge without asking"), nil}
	if height < 12 {
		out = out[1:2]
	}
	return append(out, s.form.draw(width)...)
}
