package tui

import (
	"context"
	"crypto/rand"
	"log/slog"
	mrand "math/rand/v2"
	"slices"
	"time"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/colorprofile"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command"
)

// ScreenOptions of New. The zero value draws 80x24 without colours.
type ScreenOptions struct {
	Width, Height int                  // cells; 0: 80x24 until the terminal tells
	Profile       colorprofile.Profile // colours of the terminal; NO_COLOR is told by colorprofile.ASCII
	Term          string               // its name, as linux or xterm-256color
	Locale        string               // its language and encoding, as de_DE.UTF-8; "": UTF-8
	Start         string               // place that opens first, a [command.Command] Place; "": the first
	Invite        string               // the code with which a sign-up begins, as a vendor's link has it; "": none
	Now           func() time.Time     // nil: the clock
	Log           *slog.Logger         // where internal errors go, once each; nil: nowhere
	NewID         func() string        // idempotency keys and ids of errors; nil: random
	Version       string               // of the program; "": "unknown"
}

// screen is one place, or a sheet above it. Drawing changes nothing: it is a function of the state and the size.
type screen interface {
	// name is what the table of commands calls the screen in Place and Key.
	name() string
	// crumb is what people read in the head line; it is short, because three of them have to fit.
	crumb() string
	// load fetches what the screen shows; it is called when the screen opens and whenever something changed. A screen
	// whose content must not change while it is read returns nil.
	load(*Model) tea.Cmd
	// key takes a key; used is false if it means nothing here.
	key(*Model, Key) (cmd tea.Cmd, used bool)
	// draw returns the lines of the body. They may be more than height where the screen scrolls, and wider than width:
	// the frame cuts them, so that no screen can break it.
	draw(m *Model, width, height int) []line
	// hints are the keys of the footer, the most important first.
	hints(*Model) []hint
	// typing is true while letters are text and not keys.
	typing() bool
}

// Model is the program of one session. The event loop of Bubble Tea owns it: every field is read and written there
// only. What runs beside it (fetch, listen, after) gets copies and sends a message.
type Model struct {
	ctx context.Context
	svc command.Service
	who view.Caller
	o   ScreenOptions

	width, height int
	theme         *theme
	chosenTheme   string // in this session, "" for none; a sign-up stores it
	tried         *dress // the look that is tried, nil for none
	me            view.Identity
	keys          []binding // those that work on every screen
	house         view.House
	home          view.Overview
	zone          *time.Location
	places        []screen
	place, last   int
	back, forward []int    // places that were left
	sheets        []screen // above the place, the last is on top
	requests      map[string]*request
	typed         []string // earlier lines of the palette, without secrets
	seq           uint64   // of the last request
	ticks         uint64
	alarms        uint64         // of the last alarm
	lag           time.Duration  // of the clock behind the minute
	note          span           // one sentence instead of the status line, until the next key or its time is over
	notes         uint64         // notes so far
	told          uint64         // the note whose end has been arranged
	undo          func() tea.Cmd // what z takes back while the note offers it; nil: nothing
	touched       time.Time
	seen                   // on the screen that was drawn last
	drawn         stamp    // when that was
	coded         struct { // the QR code that was drawn last
		text string
		code []line
	}
	scroll       int             // first line of a sheet that is on the screen
	pane         pane            // beside the list of the place
	kept         []view.Approval // requests that were found by their code and are left for later
	guardedUntil time.Time       // keys before it are dropped, see guardInput
	locked       bool            // the person closed the purchase window: keys leave it closed
	lost         bool            // the wallet was taken over during this session
	ending       ending          // that the session ends soon
	changes      <-chan view.Wake
	awaited      []string // requests of the last wake; while one runs no other wake is listened for
}

// New makes the program of one session. The context ends with the session.
func New(ctx context.Context, svc command.Service, who view.Caller, o ScreenOptions) tea.Model {
	if o.Now == nil {
		o.Now = time.Now //nolint:forbidigo // a screen without a clock of its own shows the time of day
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.NewID == nil {
		o.NewID = rand.Text
	}
	m := &Model{
		ctx: ctx, svc: svc, who: who, o: o, width: o.Width, height: o.Height, zone: time.UTC,
		requests: map[string]*request{}, lag: mrand.N[time.Duration](clockGroups) * clockStep,
	}
	if m.width <= 0 || m.height <= 0 {
		m.width, m.height = 80, 24
	}
	m.theme = themeOf(defaultTheme, o.Profile, m.signs())
	return m
}

// Init implements tea.Model.
func (m *Model) Init() tea.Cmd { return tea.Batch(m.loadCaller(), m.nextTick()) }

// callerRequest is the request of loadCaller.
const callerRequest = "caller"

// loadCaller fetches who is calling. It starts everything, and starts it again after a sign-up.
func (m *Model) loadCaller() tea.Cmd {
	type callerAndHouse struct {
		me    view.Identity
		house view.House
	}
	return fetch(m, callerRequest, func(ctx context.Context) (v callerAndHouse, err error) {
		if v.me, err = m.svc.WhoAmI(ctx, m.who); err == nil {
			v.house, err = m.svc.House(ctx)
		}
		return v, err
	}, func(v callerAndHouse) tea.Cmd {
		m.me, m.house = v.me, v.house
		m.tried = nil
		m.dress()
		m.zone = command.ZoneOf(m.me.Zone)
		m.sheets, m.place, m.last = nil, 0, 0
		m.places, m.keys = placesFor(m.me), keysFor(m.me)
		m.openStart()
		cmds := []tea.Cmd{m.touch(), m.refresh()} // a log-in opens the purchase window
		if m.changes == nil && m.me.Role != ledger.RoleNone {
			cmds = append(cmds, m.watch())
		}
		return tea.Batch(cmds...)
	})
}

// hasWallet tells whether the key may use a wallet.
func (m *Model) hasWallet() bool { return command.May(m.me, ledger.RoleUser) }

// now is the session's clock.
func (m *Model) now() time.Time { return m.o.Now() }

// top is the screen that has the keys.
func (m *Model) top() screen {
	if n := len(m.sheets); n > 0 {
		return m.sheets[n-1]
	}
	if len(m.places) == 0 {
		return nil
	}
	return m.places[m.place]
}

// open puts a sheet above the place. The clock starts anew, as the sheet may have a deadline that is nearer than the
// next minute.
func (m *Model) open(s screen) tea.Cmd {
	m.sheets, m.scroll = append(m.sheets, s), 0
	return tea.Batch(s.load(m), m.restartClock())
}

// replaceTop puts another sheet in the place of the top one.
func (m *Model) replaceTop(s screen) { m.sheets[len(m.sheets)-1], m.scroll = s, 0 }

// close takes the top sheet away. What was done in it may have changed what lies below, so that is fetched again.
func (m *Model) close() tea.Cmd {
	m.scroll, m.guardedUntil = 0, time.Time{} // what is below was read before
	if n := len(m.sheets); n > 0 {
		m.sheets = m.sheets[:n-1]
	}
	return m.refresh()
}

// goTo opens a place and closes every sheet: a place is never seen through a sheet of another.
func (m *Model) goTo(i int) tea.Cmd {
	if i < 0 || i >= len(m.places) {
		return nil
	}
	if i != m.place {
		m.last = m.place
		m.back = append(m.back[max(0, len(m.back)-visitsKept+1):], m.place)
		m.forward = nil
	}
	m.sheets, m.place, m.scroll = nil, i, 0
	return m.refresh()
}

// notify puts one sentence on the status line, until the next key.
func (m *Model) notify(t tone, text string) {
	m.note, m.undo = span{view.Clean(text), t}, nil
	m.notes++
}

// noteLife is how long a note stays that tells of no fault; one that can be undone stays longer.
const (
	noteLife = 4 * time.Second
	undoLife = 10 * time.Second
)

// noteOver comes when the time of a note is over.
type noteOver struct{ n uint64 }

// endNote arranges the end of a new note. Faults stay until a key.
func (m *Model) endNote() tea.Cmd {
	if m.told == m.notes || m.note.tone == toneBad {
		return nil
	}
	m.told = m.notes
	life := noteLife
	if m.undo != nil {
		life = undoLife
	}
	return m.after("note", life, noteOver{m.notes})
}

// undoKey takes back what the note tells of.
const undoKey = "z"

// offerUndo is notify for something that one key takes back while the note is there. The next key ends it, whatever it
// does, so nothing else was done in between.
func (m *Model) offerUndo(text string, undo func() tea.Cmd) {
	m.notify(toneGood, text+" "+undoKey+" undoes it.")
	m.undo = undo
}

// refresh fetches again what is shown: the overview for the frame, the place, and the sheets above it.
func (m *Model) refresh() tea.Cmd {
	var cmds []tea.Cmd
	if m.hasWallet() {
		cmds = append(cmds, m.overview())
	}
	if len(m.places) > 0 {
		cmds = append(cmds, m.places[m.place].load(m))
	}
	for _, s := range m.sheets {
		cmds = append(cmds, s.load(m))
	}
	return tea.Batch(cmds...)
}

// overview fetches balances, waiting requests and the last entries.
func (m *Model) overview() tea.Cmd {
	return fetch(m, "home", own(m, m.svc.Overview), func(o view.Overview) tea.Cmd {
		// The selection of the home place is in a list that belongs to the frame.
		if p, ok := m.places[0].(*homePlace); ok {
			p.chosen = keepSelection(m.home.Recent, o.Recent, p.chosen, rowID)
		}
		before := m.home
		m.home = o
		return m.tell(before)
	})
}

// waiting are the requests that can still be answered.
func (m *Model) waiting() []view.Approval { return m.withKept(m.home.Pending) }

// tell rings or sends a notice for a request or an offer that was not there before, as the person has chosen. It never
// takes the focus: what comes from outside waits.
func (m *Model) tell(before view.Overview) tea.Cmd {
	if before.Handle == "" { // the first look: what waits is on the screen
		return nil
	}
	for _, a := range m.home.Pending {
		if slices.ContainsFunc(before.Pending, func(b view.Approval) bool { return b.Code == a.Code }) {
			continue
		}
		return m.ring(view.Clean(a.Vendor) + " asks " + a.Wanted())
	}
	if m.home.Offers > before.Offers {
		return m.ring("A vendor offers money back in a dispute")
	}
	return nil
}

// ring is the bell or the notice that the person has chosen, nil for neither.
func (m *Model) ring(words string) tea.Cmd {
	switch e := (Effect{Ring: true}); m.me.Notices {
	case "osc9":
		e = Effect{Notice: words}
		fallthrough
	case "bell":
		return func() tea.Msg { return e }
	}
	return nil
}
