package tui

import (
	"context"
	"slices"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// detailSheet is everything about one row of the history.
type detailSheet struct {
	id      string
	d       ledger.Detail
	contest bool // open the form of a dispute as soon as the purchase is known
}

func (*detailSheet) crumb() string { return "Detail" }
func (*detailSheet) typing() bool  { return false }

func (s *detailSheet) hints(*Model) []hint {
	all := []hint{{"esc", "back"}, {"j k", "scroll"}}
	if s.d.CanDispute {
		all = append([]hint{{"d", "dispute"}}, all...)
	}
	return all
}

func (s *detailSheet) load(m *Model) tea.Cmd {
	if s.d.ID == "" {
		m.slot("detail").done = false
	}
	return ask(m, "detail", func(ctx context.Context) (ledger.Detail, error) {
		return m.svc.Show(ctx, m.who, s.id)
	}, func(d ledger.Detail) tea.Cmd {
		s.d = d
		if s.contest {
			s.contest = false
			return s.dispute(m)
		}
		return nil
	})
}

func (s *detailSheet) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	if k.String() == "d" {
		return s.dispute(m), true
	}
	return nil, false
}

// dispute opens the form, if the purchase can be disputed.
func (s *detailSheet) dispute(m *Model) tea.Cmd {
	if !s.d.CanDispute {
		m.tell(toneWarn, "This cannot be disputed.")
		return nil
	}
	return m.open(newContest(s.d))
}

func (s *detailSheet) draw(m *Model, width, height int) []row {
	if r := m.standing("detail", width); r != nil {
		return r
	}
	return detailRows(m, s.d, width, height)
}

// window is what is seen of rows from one on; the last line tells that there are more.
func window(all []row, from, height int) []row {
	all = all[min(from, len(all)):]
	if len(all) <= height {
		return all
	}
	return append(slices.Clip(all[:height-1]), say(toneFaint, "  ↓ more"))
}

// detailRows draws a detail; it is the same alone and beside the list.
func detailRows(m *Model, d ledger.Detail, width, height int) []row {
	var out []row
	if height >= 16 {
		out = append(out, nil)
	}
	name := d.Title
	if name == "" {
		name = stateKind(d.Kind)
	}
	out = append(out, say(toneStrong, "  "+clean(name)).and(toneText, "   ").and(stateTone(d.State), stateWord(d.State)).right(width, say(toneStrong, signed(d.Amount)+"  ")))
	back, last := "", ""
	if d.Returned.Micros != 0 {
		back = money(in(d.Returned, d.Amount.Currency))
	}
	if d.CanDispute {
		last = when(d.DisputeBy, m.now(), m.zone)
	}
	out = append(out, pairs(width, fact{"When", when(d.At, m.now(), m.zone)}, fact{"Vendor", d.Vendor}, fact{"Returned", back},
		fact{"Dispute until", last})...)
	if len(d.Lines) > 0 {
		out = append(append(out, nil, heading("Who got what")), lineRows(d.Lines, width)...)
	}
	if d.Grant != nil {
		out = append(append(out, nil, heading("Access")), grantRows(m, *d.Grant, width)...)
	}
	if d.Deposit != nil {
		out = append(append(out, nil, heading("Deposit")), depositRows(m, *d.Deposit, width)...)
	}
	if d.Dispute != nil {
		out = append(append(out, nil, heading("Dispute")), disputeRows(m, *d.Dispute, width)...)
	}
	if len(d.Timeline) > 0 {
		out = append(out, nil, heading("What happened"))
		for _, e := range d.Timeline {
			out = append(out, say(toneFaint, "  "+when(e.At, m.now(), m.zone)+"  ").and(toneText, clean(e.What)))
		}
	}
	return append(append(out, nil), pairs(width, fact{"Id", d.ID}, fact{"Transaction", d.TxnID}, fact{"Offer", d.Offer}, fact{"Journal entry", d.Hash})...)
}

// contest is the form of a dispute.
type contest struct {
	d    ledger.Detail
	form form
}

func newContest(d ledger.Detail) *contest {
	return &contest{d: d, form: form{fields: []field{
		{name: "Reason", choices: ledger.DisputeReasons, value: ledger.DisputeReasons[1], help: "Left and right choose."},
		{name: "Words", most: 500, help: "What went wrong, in your own words; the vendor reads them. Enter sends."},
	}}}
}

func (*contest) crumb() string       { return "Dispute" }
func (*contest) typing() bool        { return true }
func (*contest) load(*Model) tea.Cmd { return nil }
func (*contest) hints(*Model) []hint { return formHints("next, send") }

func (s *contest) key(m *Model, k tea.KeyMsg) (tea.Cmd, bool) {
	send, used := s.form.key(k)
	if !send {
		return nil, used
	}
	r := ledger.DisputeRequest{ID: s.d.ID, Reason: s.form.text(0), Text: s.form.text(1)}
	s.form.busy = true
	return ask(m, "dispute", func(ctx context.Context) (found[ledger.DisputeView], error) {
		return foundOr(m.svc.Dispute(ctx, m.who, r))
	}, func(v found[ledger.DisputeView]) tea.Cmd {
		s.form.busy = false
		if v.err != nil {
			s.form.fault = m.fault("dispute", v.err)
			return nil
		}
		if m.top() == screen(s) {
			m.become(&disputeSheet{d: v.value})
		}
		return m.refresh()
	}), true
}

func (s *contest) draw(_ *Model, width, height int) []row {
	out := []row{nil, say(toneStrong, "  Dispute "+clean(s.d.Title)), say(toneFaint, "  "+clean(s.d.Vendor)+", "+signed(s.d.Amount)), nil}
	if height < 12 {
		out = out[1:3]
	}
	return append(out, s.form.draw(width)...)
}
