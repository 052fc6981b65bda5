package tui

import (
	"context"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// disputesPlace lists one's disputes and how they stand.
type disputesPlace struct {
	all    []ledger.DisputeView
	chosen int
}

func (*disputesPlace) crumb() string { return "Disputes" }
func (*disputesPlace) typing() bool  { return false }

func (*disputesPlace) hints(*Model) []hint {
	return []hint{{"enter", "open"}, {"j k", "move"}, {"3", "history, to dispute a purchase"}, {"q", "leave"}}
}

func (p *disputesPlace) load(m *Model) tea.Cmd {
	return ask(m, "disputes", func(ctx context.Context) ([]ledger.DisputeView, error) {
		return m.svc.Disputes(ctx, m.who)
	}, func(all []ledger.DisputeView) tea.Cmd {
		p.chosen = stay(p.all, all, p.chosen, func(d ledger.DisputeView) string { return d.ID })
		p.all = all
		return nil
	})
}

func (p *disputesPlace) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	if move(&p.chosen, len(p.all), k.String()) {
		return nil, true
	}
	if k.String() == "enter" && p.chosen < len(p.all) {
		return m.open(&disputeSheet{d: p.all[p.chosen]}), true
	}
	return nil, false
}

func (p *disputesPlace) draw(m *Model, width, height int) []row {
	if r := m.standing("disputes", width); r != nil {
		return r
	}
	if len(p.all) == 0 {
		return append([]row{nil}, prose(toneFaint, width, "No disputes. A purchase that went wrong is disputed in the history, with d.")...)
	}
	out := disputeGrid(m, p.all, p.chosen, width, height)
	if d := p.all[min(p.chosen, len(p.all)-1)]; height >= 30 {
		out = append(append(out, nil, heading("The chosen one")), disputeRows(m, d, width)...)
	}
	return out
}

// disputeGrid draws disputes; the promise is the day by which there is a decision.
func disputeGrid(m *Model, all []ledger.DisputeView, chosen, width, height int) []row {
	ranks := []rank{{title: "Opened", drop: 4}, {title: "Vendor", drop: 2}, {title: "Title", elastic: true}, {title: "Due", drop: 5}, {title: "State", drop: 1}, {title: "Amount", right: true}}
	cells := make([][]cell, len(all))
	for i, d := range all {
		cells[i] = []cell{
			{when(d.Opened, m.now(), m.zone), toneFaint},
			{d.Vendor, toneText},
			{d.Title, toneText},
			{when(due(d), m.now(), m.zone), toneFaint},
			{stateWord(string(d.State)), stateTone(string(d.State))},
			{money(d.Amount), toneText},
		}
	}
	return grid(ranks, cells, chosen, width, height)
}

// due is when a dispute is decided at the latest; zero if it is.
func due(d ledger.DisputeView) time.Time {
	if d.Decided.IsZero() {
		return d.DueBy
	}
	return time.Time{}
}

// disputeRows are the facts of a dispute.
func disputeRows(m *Model, d ledger.DisputeView, width int) []row {
	all := []fact{
		{"State", stateWord(string(d.State))},
		{"Amount", money(d.Amount)},
		{"Vendor", d.Vendor},
		{"Purchase", d.Purchase},
		{"Reason", stateKind(d.Reason)},
		{"Words", d.Text},
		{"Opened", when(d.Opened, m.now(), m.zone)},
		{"Decision by", when(due(d), m.now(), m.zone)},
		{"Decided", when(d.Decided, m.now(), m.zone)},
		{"Because", d.Note},
		{"Wallet", d.Handle},
		{"Id", d.ID},
	}
	for _, f := range d.Facts {
		all = append(all, fact{"Fact", f})
	}
	return pairs(width, all...)
}

// disputeSheet is one dispute. Staff decides in it.
type disputeSheet struct {
	d     ledger.DisputeView
	staff bool
	form  *form // the reason of a decision
	wins  bool
}

func (*disputeSheet) crumb() string       { return "Dispute" }
func (s *disputeSheet) typing() bool      { return s.form != nil }
func (*disputeSheet) load(*Model) tea.Cmd { return nil }

func (s *disputeSheet) hints(*Model) []hint {
	switch {
	case s.form != nil:
		return formHints("decide")
	case s.staff:
		return []hint{{"u", "the buyer wins"}, {"v", "the vendor wins"}, {"esc", "back"}}
	}
	return []hint{{"enter", "done"}, {"esc", "back"}}
}

func (s *disputeSheet) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	name := k.String()
	if s.form != nil {
		return s.decideKey(m, k)
	}
	switch {
	case name == "enter" && !s.staff:
		return m.close(), true
	case s.staff && (name == "u" || name == "v"):
		s.wins = name == "u"
		s.form = &form{fields: []field{{name: "Reason", most: 200, help: "Both sides read it. Enter decides, and that is final."}}}
		return nil, true
	}
	return nil, false
}

func (s *disputeSheet) decideKey(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	if k.String() == "esc" {
		s.form = nil
		return nil, true
	}
	send, used := s.form.key(k)
	if !send {
		return nil, used
	}
	f, reason, wins := s.form, s.form.text(0), s.wins
	if reason == "" {
		f.fault = &failure{"A decision needs a reason.", "Type one sentence.", ledger.ErrInvalid.Error()}
		return nil, true
	}
	f.busy = true
	return ask(m, "decide", func(ctx context.Context) (found[ledger.DisputeView], error) {
		return foundOr(m.svc.Decide(ctx, m.who, s.d.ID, wins, reason))
	}, func(v found[ledger.DisputeView]) tea.Cmd {
		f.busy = false
		if v.err != nil {
			f.fault = m.fault("decide", v.err)
			return nil
		}
		s.d, s.form, s.staff = v.value, nil, false
		m.tell(toneGood, "Decided.")
		return m.refresh()
	}), true
}

func (s *disputeSheet) draw(m *Model, width, height int) []row {
	out := []row{nil}
	if height < 16 {
		out = nil
	}
	out = append(out, say(toneStrong, "  "+clean(s.d.Title)), nil)
	if s.form != nil {
		who := "The vendor wins: the money goes to it."
		if s.wins {
			who = "The buyer wins: the money goes back."
		}
		out = append(append(out, say(toneWarn, "  "+who), nil), s.form.draw(width)...)
		return append(append(out, nil), disputeRows(m, s.d, width)...)
	}
	return append(out, disputeRows(m, s.d, width)...)
}
