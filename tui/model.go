package tui

import (
	"context"
	"crypto/rand"
	"log/slog"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"

	"tuppence/server/ledger"
)

// ScreenOptions of New. The zero value draws 80x24 without colours.
type ScreenOptions struct {
	Width, Height int                  // cells; 0: 80x24 until the terminal tells
	Profile       colorprofile.Profile // colours of the terminal; NO_COLOR is told by colorprofile.ASCII
	Start         string               // place that opens first: "history", "approval"; "": home
	Now           func() time.Time     // nil: the clock
	Log           *slog.Logger         // where internal errors go, once each; nil: nowhere
	NewID         func() string        // idempotency keys and ids of errors; nil: random
	Version       string               // of the program; "": "unknown"
}

// screen is one place, or a sheet above it. Drawing changes nothing: it is a function of the state and the size.
type screen interface {
	crumb() string
	// load asks for what the screen shows; it is called when the screen opens and whenever something changed.
	load(*Model) tea.Cmd
	// key takes a key; used is false if it means nothing here.
	key(*Model, tea.KeyMsg) (cmd tea.Cmd, used bool)
	draw(m *Model, width, height int) []row
	hints(*Model) []hint
	// typing is true while letters are text and not keys.
	typing() bool
}

// hint is a key and what it does, for the footer.
type hint struct{ key, what string }

// Model is the program of one session.
type Model struct {
	ctx context.Context
	svc Service
	who ledger.Caller
	o   ScreenOptions

	width, height int
	theme         theme
	me            ledger.Identity
	house         ledger.House
	home          ledger.Overview
	zone          *time.Location
	places        []screen
	place, last   int
	over          []screen // sheets above the place, the last is on top
	slots         map[string]*status
	seq           uint64
	beats         uint64
	stopBeat      context.CancelFunc
	note          span // one sentence instead of the status line, until the next key
	touched       time.Time
	scroll        int                // first line of a sheet that is on the screen
	deafUntil     time.Time          // keys before it are not heard, see deafen
	stopDeaf      context.CancelFunc // of the message that ends it
	locked        bool               // the person closed the purchase window: keys leave it closed
	lost          bool               // the wallet was taken over during this session
	woken         <-chan struct{}
}

// New makes the program of one session. The context ends with the session.
func New(ctx context.Context, svc Service, who ledger.Caller, o ScreenOptions) tea.Model {
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // a screen without a clock of its own shows the time of day
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.NewID == nil {
		o.NewID = rand.Text
	}
	m := &Model{ctx: ctx, svc: svc, who: who, o: o, width: o.Width, height: o.Height, slots: map[string]*status{}, zone: time.UTC}
	if m.width <= 0 || m.height <= 0 {
		m.width, m.height = 80, 24
	}
	m.theme = themeOf("dark", o.Profile)
	return m
}

// Init implements tea.Model.
func (m *Model) Init() tea.Cmd { return tea.Batch(m.meet(), m.beat()) }

// met is what is known of the person and the house.
type met struct {
	me    ledger.Identity
	house ledger.House
}

// meet asks who is calling. It starts everything, and starts it again after a sign-up.
func (m *Model) meet() tea.Cmd {
	return ask(m, "me", func(ctx context.Context) (v met, err error) {
		if v.me, err = m.svc.WhoAmI(ctx, m.who); err == nil {
			v.house, err = m.svc.House(ctx)
		}
		return v, err
	}, func(v met) tea.Cmd {
		m.me, m.house = v.me, v.house
		m.theme = themeOf(m.me.Theme, m.o.Profile)
		m.zone = zoneOf(m.me.Zone)
		m.over, m.place, m.last = nil, 0, 0
		m.places = placesFor(m.me)
		m.begin()
		cmds := []tea.Cmd{m.touch(), m.refresh()} // a log-in opens the purchase window
		if m.woken == nil && m.me.Role != ledger.RoleNone {
			cmds = append(cmds, m.watch())
		}
		return tea.Batch(cmds...)
	})
}

// begin opens the place that the command line named.
func (m *Model) begin() {
	start := m.o.Start
	m.o.Start = ""
	for i, p := range m.places {
		if start != "" && placeName(p) == start {
			m.place = i
		}
	}
	switch {
	case !May(m.me, ledger.RoleUser):
	case start == "approval":
		m.over = append(m.over, newAnswering())
	case start == startFunding:
		m.over = append(m.over, newFunding(m))
	}
}

// placesFor are the places of a role, in the order of their numbers.
func placesFor(me ledger.Identity) []screen {
	var all []screen
	if May(me, ledger.RoleUser) {
		all = append(all, &homePlace{}, &accountsPlace{}, &historyPlace{}, &limitsPlace{}, &vendorsPlace{}, &disputesPlace{})
	}
	if May(me, ledger.RoleRep) {
		all = append(all, &deskPlace{})
	}
	if May(me, ledger.RoleOperator) {
		all = append(all, &policyPlace{})
	}
	if len(all) == 0 {
		all = append(all, newSignup())
	}
	return all
}

// zoneOf is a time zone by its name; an unknown one is UTC.
func zoneOf(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil && name != "Local" {
		return zone
	}
	return time.UTC
}

// now is the session's clock.
func (m *Model) now() time.Time { return m.o.Now() }

// top is the screen that has the keys.
func (m *Model) top() screen {
	if n := len(m.over); n > 0 {
		return m.over[n-1]
	}
	if len(m.places) == 0 {
		return nil
	}
	return m.places[m.place]
}

// open puts a sheet above the place.
func (m *Model) open(s screen) tea.Cmd {
	m.over, m.scroll = append(m.over, s), 0
	return tea.Batch(s.load(m), m.rebeat())
}

// become puts another sheet in the place of the top one.
func (m *Model) become(s screen) { m.over[len(m.over)-1], m.scroll = s, 0 }

// close takes the top sheet away.
func (m *Model) close() tea.Cmd {
	m.scroll = 0
	if n := len(m.over); n > 0 {
		m.over = m.over[:n-1]
	}
	return m.refresh()
}

// goTo opens a place.
func (m *Model) goTo(i int) tea.Cmd {
	if i < 0 || i >= len(m.places) {
		return nil
	}
	if i != m.place {
		m.last = m.place
	}
	m.over, m.place, m.scroll = nil, i, 0
	return m.refresh()
}

// tell puts one sentence on the status line.
func (m *Model) tell(t tone, text string) { m.note = span{clean(text), t} }

// refresh asks again for what is shown: the overview for the frame, the place, and the sheets above it.
func (m *Model) refresh() tea.Cmd {
	var cmds []tea.Cmd
	if May(m.me, ledger.RoleUser) {
		cmds = append(cmds, m.overview())
	}
	if len(m.places) > 0 {
		cmds = append(cmds, m.places[m.place].load(m))
	}
	for _, s := range m.over {
		cmds = append(cmds, s.load(m))
	}
	return tea.Batch(cmds...)
}

// overview asks for balances, waiting requests and the last rows.
func (m *Model) overview() tea.Cmd {
	return ask(m, "home", func(ctx context.Context) (ledger.Overview, error) {
		return m.svc.Overview(ctx, m.who)
	}, func(o ledger.Overview) tea.Cmd {
		if p, ok := m.places[0].(*homePlace); ok {
			p.chosen = stay(m.home.Recent, o.Recent, p.chosen, rowID)
		}
		m.home = o
		return nil
	})
}
