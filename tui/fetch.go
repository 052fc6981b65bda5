package tui

import (
	"context"
	"errors"
	"fmt"
	"time"

	tea "github.com/charmbracelet/bubbletea"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command"
)

// fetchTimeout bounds one call of the service. It ends what is read. What was begun to be written goes on, and is found
// again by the next try with the same idempotency key.
const fetchTimeout = 20 * time.Second

// failure is why a call was refused, for a screen.
type failure struct{ detail, remedy, code string }

// lines draws a failure.
func (f *failure) lines(width int) []line {
	out := paragraph(toneBad, width, f.detail)
	if f.remedy != "" {
		out = append(out, paragraph(toneText, width, f.remedy)...)
	}
	return append(out, lineOf(toneFaint, "  ("+f.code+")"))
}

// request is how the last call under a name stands. There is one for each thing that a screen shows, so that a
// screen can tell data that is old from data that never came.
type request struct {
	seq     uint64
	running bool
	done    bool // returned data at least once
	fault   *failure
	next    func() tea.Cmd // the call that waits until the running one has returned; nil: none
}

// response comes when the service has returned from a call.
type response struct {
	name  string
	seq   uint64
	apply func() tea.Cmd
	err   error
}

// fetch calls the service outside of the event loop. Under each name one call runs and one waits: a newer one takes the
// place of that which waits, so keys and wakes that come faster than the service returns cost no more. All of them end
// with the session.
//
// What apply does happens in the loop, and only if no later call under the same name was made meanwhile: a late result
// is dropped, so it cannot overwrite a newer one. Calls that write have a name for each thing that they change.
func fetch[T any](m *Model, name string, call func(context.Context) (T, error), apply func(T) tea.Cmd) tea.Cmd {
	r := m.request(name)
	start := func() tea.Cmd {
		m.seq++
		r.seq, r.running = m.seq, true
		seq, ctx := r.seq, m.ctx
		return func() tea.Msg {
			ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
			defer cancel()
			v, err := recovered(ctx, call)
			return response{name, seq, func() tea.Cmd { return apply(v) }, err}
		}
	}
	if r.running {
		r.next = start
		return nil
	}
	return start()
}

// recovered turns a panic of a call into an internal error: one bug must not end the session.
func recovered[T any](ctx context.Context, call func(context.Context) (T, error)) (v T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return call(ctx)
}

// attempt is fetch for a call whose refusal is told by whoever made it, not by the screen.
func attempt[T any](
	m *Model, name string, call func(context.Context) (T, error), done func(T, error) tea.Cmd,
) tea.Cmd {
	return fetch(m, name, func(ctx context.Context) (func() tea.Cmd, error) {
		v, err := call(ctx)
		return func() tea.Cmd { return done(v, err) }, nil
	}, func(done func() tea.Cmd) tea.Cmd { return done() })
}

// own is a call of the service for the person of the session, ownOf one about something.
func own[T any](m *Model, call func(context.Context, view.Caller) (T, error)) func(context.Context) (T, error) {
	return func(ctx context.Context) (T, error) { return call(ctx, m.who) }
}

func ownOf[T, Q any](
	m *Model, call func(context.Context, view.Caller, Q) (T, error), about Q,
) func(context.Context) (T, error) {
	return func(ctx context.Context) (T, error) { return call(ctx, m.who, about) }
}

// request returns how a named call stands; it exists from the first look on.
func (m *Model) request(name string) *request {
	r := m.requests[name]
	if r == nil {
		r = &request{}
		m.requests[name] = r
	}
	return r
}

// apply takes the result of a call.
func (m *Model) apply(v response) tea.Cmd {
	r := m.request(v.name)
	// The name stands for another wallet by now.
	if r.seq != v.seq {
		return nil
	}
	r.running = false
	// A wallet that was taken over ends its earlier keys while their sessions go on. What is on the screen then belongs
	// to another person.
	if errors.Is(v.err, ledger.ErrNotJoined) && command.May(m.me, ledger.RoleUser) && !m.lost {
		return m.lostWallet()
	}
	// What the call brings that waits is newer.
	if start := r.next; start != nil {
		r.next = nil
		return start()
	}
	if v.err != nil {
		r.fault = m.fault(v.name, v.err)
		return nil
	}
	r.fault, r.done = nil, true
	return v.apply()
}

// lostWallet takes everything off the screen of a key that was ended during its session.
func (m *Model) lostWallet() tea.Cmd {
	m.lost = true // once: a service that says both must not lead in circles
	m.me, m.home, m.places, m.sheets, m.kept = view.Identity{}, view.Overview{}, nil, nil, nil
	clear(m.requests) // results that are on their way belong to the lost wallet
	m.notify(toneWarn, "This key was ended: the wallet was taken over with its recovery code.")
	return m.loadCaller()
}

// outcomeShown makes a call and shows what it brings. A refusal is told in the foot.
func outcomeShown[T any](
	m *Model, name string, call func(context.Context, view.Caller) (T, error), show func(T) tea.Cmd,
) tea.Cmd {
	return attempt(m, name, own(m, call), func(v T, err error) tea.Cmd {
		if err != nil {
			m.notify(toneBad, "✕ "+m.fault(name, err).sentence())
			return nil
		}
		return show(v)
	})
}

// fault returns an error in the words of the contract. An internal one is logged once and shown by an id only,
// because its text may tell what stays inside.
func (m *Model) fault(name string, err error) *failure {
	const again = "Press ctrl+r to try again; nothing is done twice."
	if p, ok := command.ProblemOf(err); ok {
		return &failure{p.Detail, p.Remedy, p.Code}
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return &failure{"The service did not answer in time.", again, ledger.ErrUnavailable.Error()}
	}
	id := m.o.NewID()
	if !errors.Is(err, context.Canceled) {
		m.o.Log.Error("screen failed", "id", id, "request", name, "key", m.who.Fingerprint, "error", err)
	}
	return &failure{"internal error, quote " + id, again, "internal"}
}

// misread is the refusal of something that was typed into a form.
func misread(err error) *failure {
	p, _ := command.ProblemOf(err)
	return &failure{p.Detail, p.Remedy, p.Code}
}

// placeholder draws what is shown instead of data: a failure, or that the data is being fetched; nil if there is
// data.
func (m *Model) placeholder(name string, width int) []line {
	switch r := m.request(name); {
	case r.fault != nil && !r.done:
		again := line{{"  r", toneKey}, {" reads it again", toneFaint}}
		return append(append([]line{nil}, r.fault.lines(width)...), nil, again)
	case !r.done:
		return []line{nil, lineOf(toneFaint, "  Loading …")}
	}
	return nil
}
