package plain

import (
	"slices"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command"
)

// newsRows is how many rows of the history are looked at for news.
const newsRows = 20

// glance is what is known of the wallet: requests that wait, and the states of the newest rows.
type glance struct {
	waiting map[string]view.Approval // by code
	rows    map[string]view.State    // by id
	pending []view.Approval
	newest  []view.Row
	more    bool // there are older rows than the newest
}

// look reads what may have changed.
func (t *talk) look() (*glance, error) {
	g := &glance{waiting: map[string]view.Approval{}, rows: map[string]view.State{}}
	var err error
	if g.pending, err = t.svc.Pending(t.ctx, t.who); err != nil {
		return nil, err
	}
	p, err := t.svc.History(t.ctx, t.who, view.HistoryQuery{Paging: view.Paging{Limit: newsRows}})
	if err != nil {
		return nil, err
	}
	g.newest, g.more = p.Data, p.Next != ""
	for _, a := range g.pending {
		g.waiting[a.Code] = a
	}
	for _, row := range g.newest {
		g.rows[row.ID] = row.State
	}
	return g, nil
}

// news are lines about what came since the last look, and not from the person: that is in own.
func (t *talk) news() (lines []string) {
	if t.seen == nil {
		return nil
	}
	now, err := t.look()
	if err != nil {
		t.o.Log.Debug("plain: news", "error", err)
		return nil
	}
	before := t.seen
	t.seen = now
	event := func(name, text string) {
		if !strings.Contains(t.own, command.Spell(name)) && !strings.Contains(t.own, name) {
			lines = append(lines, t.event(sentence(text)))
		}
	}
	for _, a := range now.pending {
		if _, known := before.waiting[a.Code]; !known {
			event(a.Code, view.Clean(a.Vendor)+" asks for "+wanted(a)+". Type answer")
		}
	}
	for _, a := range before.pending {
		if _, open := now.waiting[a.Code]; !open {
			event(a.Code, "the request of "+view.Clean(a.Vendor)+" for "+wanted(a)+" does not wait any more")
		}
	}
	if now.more && len(before.rows) > 0 && !now.meets(before) {
		event("more", "more came than is told here. Type history")
	}
	for _, row := range slices.Backward(now.newest) {
		if state, known := before.rows[row.ID]; known && state != row.State || !known && !before.olderThanAll(row) {
			event(row.ID, happened(row))
		}
	}
	return lines
}

// event is a line about something that did not come from the person, with the time.
func (t *talk) event(text string) string {
	return "EVENT: " + t.o.Now().In(command.ZoneOf(t.me.Zone)).Format("15:04") + " " + text
}

// meets tells whether a row was known before: then nothing lies between.
func (g *glance) meets(before *glance) bool {
	return slices.ContainsFunc(g.newest, func(row view.Row) bool { return before.rows[row.ID] != "" })
}

// olderThanAll tells whether a row was there before behind those that were looked at.
func (g *glance) olderThanAll(row view.Row) bool {
	return g.more && row.At.Before(g.newest[len(g.newest)-1].At.Time)
}

// wanted is what a request asks for.
func wanted(a view.Approval) string {
	if a.Mode == ledger.ModeLink {
		return "leave to charge without asking"
	}
	return a.Price.String() + ", " + view.Clean(a.Subject())
}

// happened tells a row in words.
func happened(row view.Row) string {
	parts := []string{view.Reason(row.Kind)}
	for _, p := range []string{row.Vendor, row.Title, strings.ToLower(row.State.Words()), signed(row.Amount)} {
		if p = view.Clean(p); p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ", ")
}

// signed is an amount that came or went, in words.
func signed(a ledger.Amount) string {
	switch {
	case a.Micros > 0:
		return "plus " + a.String()
	case a.Micros < 0:
		return "minus " + paid(a)
	}
	return ""
}

// tellNews tells what came while a line was answered.
func (t *talk) tellNews() {
	if t.ctx.Err() == nil {
		t.say(t.news()...)
	}
}
