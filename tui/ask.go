package tui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
)

// askLife bounds one question to the service.
const askLife = 20 * time.Second

// failure is why a question was refused, for a screen.
type failure struct{ detail, remedy, code string }

// rows draws a failure.
func (f *failure) rows(width int) []row {
	out := prose(toneBad, width, f.detail)
	if f.remedy != "" {
		out = append(out, prose(toneText, width, f.remedy)...)
	}
	return append(out, say(toneFaint, "  ("+f.code+")"))
}

// status is how the last question of a slot stands.
type status struct {
	seq     uint64
	running bool
	done    bool // was answered once
	fault   *failure
}

// answered comes when the service has answered a question of a slot.
type answered struct {
	slot  string
	seq   uint64
	apply func() tea.Cmd
	err   error
}

// ask puts a question to the service outside of the loop. What apply does happens in the loop, and only if no later
// question of the same slot was put meanwhile: a late answer is dropped.
func ask[T any](m *Model, slot string, question func(context.Context) (T, error), apply func(T) tea.Cmd) tea.Cmd {
	st := m.slot(slot)
	m.seq++
	st.seq, st.running = m.seq, true
	seq, ctx := st.seq, m.ctx
	return func() tea.Msg {
		ctx, cancel := context.WithTimeout(ctx, askLife)
		defer cancel()
		v, err := safely(ctx, question)
		return answered{slot, seq, func() tea.Cmd { return apply(v) }, err}
	}
}

// safely turns a panic of a question into an internal error.
func safely[T any](ctx context.Context, question func(context.Context) (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return question(ctx)
}

// slot is the status of a slot; it exists from the first look on.
func (m *Model) slot(name string) *status {
	st := m.slots[name]
	if st == nil {
		st = &status{}
		m.slots[name] = st
	}
	return st
}

// hear takes an answer.
func (m *Model) hear(a answered) tea.Cmd {
	st := m.slot(a.slot)
	if st.seq != a.seq {
		return nil
	}
	st.running = false
	if errors.Is(a.err, ledger.ErrNotJoined) && May(m.me, ledger.RoleUser) && !m.lost {
		return m.lostWallet()
	}
	if a.err != nil {
		st.fault = m.fault(a.slot, a.err)
		return nil
	}
	st.fault, st.done = nil, true
	return a.apply()
}

// lostWallet takes everything off the screen of a key that was ended while somebody sat at it.
func (m *Model) lostWallet() tea.Cmd {
	m.lost = true // once: it must not go round in circles with a service that says both
	m.me, m.home, m.places, m.over = ledger.Identity{}, ledger.Overview{}, nil, nil
	clear(m.slots) // answers that are on their way belong to nobody any more
	m.tell(toneWarn, "This key was ended: the wallet was taken over with its recovery code.")
	return m.meet()
}

// fault tells an error in the words of the contract; an internal one is logged once and shown by an id only.
func (m *Model) fault(slot string, err error) *failure {
	if p, ok := ProblemOf(err); ok {
		return &failure{p.Detail, p.Remedy, p.Code}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &failure{"The service did not answer in time.", "Press ctrl+r to try again; nothing is done twice.", "unavailable"}
	}
	id := m.o.NewID()
	if !errors.Is(err, context.Canceled) {
		m.o.Log.Error("screen failed", "id", id, "slot", slot, "key", m.who.Fingerprint, "error", err)
	}
	return &failure{"internal error, quote " + id, "Press ctrl+r to try again; nothing is done twice.", "internal"}
}

// standing draws what is to be seen of a slot instead of its data: a failure or that it is being fetched; nil if there
// is data.
func (m *Model) standing(slot string, width int) []row {
	switch st := m.slot(slot); {
	case st.fault != nil && !st.done:
		return append([]row{nil}, st.fault.rows(width)...)
	case !st.done:
		return []row{nil, say(toneFaint, "  Loading …")}
	}
	return nil
}
