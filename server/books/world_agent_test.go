package books

import (
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"

	"pgregory.net/rapid"
)

// agents does a step of a key by which a program pays; number 0: of none yet.
func (w *world) agents(
	u ledger.UserID, number uint32, decide func(ledger.AgentFacts) (ledger.AgentOutcome, error),
) (a ledger.Agent, err error) {
	w.t.Helper()
	err = w.try(func(tx Tx) error {
		f := ledger.AgentFacts{Wallet: "EUR"}
		if f.User, _, err = tx.User(u); err != nil {
			return err
		}
		if f.Agents, err = tx.Agents(u); err != nil {
			return err
		}
		if f.Agent, _, err = tx.Agent(u, number); err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := decide(f)
		if err != nil {
			return err
		}
		if a = out.Agent; out.User.ID != 0 {
			f.User = out.User
		}
		for _, gone := range out.Forgotten {
			if err := tx.DropAgent(gone); err != nil {
				return err
			}
		}
		return first(appended(tx, out.Entry), tx.PutUser(f.User), tx.PutAgent(out.Agent))
	})
	return a, err
}

// lets has a program pay for a person, at most 1 EUR a day.
func (w *world) lets(u ledger.UserID) (ledger.Agent, error) {
	w.t.Helper()
	name := w.name("builder")
	return w.agents(u, 0, func(f ledger.AgentFacts) (ledger.AgentOutcome, error) {
		return ledger.DecideAddAgent(ledger.AgentOrder{
			Name: name, Fingerprint: "SHA256:" + name, Currency: "EUR", Each: 500_000, Day: 1_000_000, Total: 4_000_000,
			Vendors: []ledger.VendorID{w.vendor},
		}, f, w.now)
	})
}

// stops ends a key, and gives back what waits.
func (w *world) stops(a ledger.Agent) error {
	w.t.Helper()
	a, err := w.agents(a.User, a.Number, func(f ledger.AgentFacts) (ledger.AgentOutcome, error) {
		return ledger.DecideEndAgent(ledger.AgentEnd{Actor: ledger.Actor{Role: ledger.RoleUser}}, f, w.now)
	})
	for _, no := range a.Holds {
		if err == nil {
			err = w.voids(no)
		}
	}
	return err
}

// buysAs sells the offer to a program.
func (w *world) buysAs(a ledger.Agent, hold bool) (no ledger.EntryNo, err error) {
	w.t.Helper()
	w.agent = a.Number
	no, err = w.buys(a.User, hold, false)
	w.agent = 0
	return no, err
}

// agentOf reads a key; nil: there is none.
func agentOf(r Reader, u ledger.UserID, number uint32) (*ledger.Agent, error) {
	if number == 0 {
		return nil, nil
	}
	a, found, err := r.Agent(u, number)
	if err != nil || !found {
		return nil, err
	}
	return &a, nil
}

func putCounted(tx Tx, a *ledger.Agent) error {
	if a == nil {
		return nil
	}
	return tx.RecountAgent(*a)
}

// program adds keys of programs, buys with them, and ends them.
func (m *model) program(t *rapid.T) {
	w := m.w
	step := rapid.SampledFrom([]string{"add", "buy", "buy", "hold", "limit", "end"}).Draw(t, "step")
	if step == "add" || len(m.agents) == 0 {
		a, err := w.lets(m.person(t))
		if m.refused(err); err == nil {
			m.agents = append(m.agents, a)
		}
		return
	}
	a := rapid.SampledFrom(m.agents).Draw(t, "agent")
	switch step {
	case "buy", "hold":
		no, err := w.buysAs(a, step == "hold")
		if m.refused(err); err == nil {
			m.sales = append(m.sales, no)
		}
	case "limit":
		day := rapid.Int64Range(500_000, 3_000_000).Draw(t, "day")
		_, err := w.agents(a.User, a.Number, func(f ledger.AgentFacts) (ledger.AgentOutcome, error) {
			return ledger.DecideLimitAgent(ledger.AgentChange{Day: &day, Confirmed: true}, f, w.now)
		})
		m.refused(err)
	default:
		m.refused(w.stops(a))
	}
}

// programs has a program of a new person buy, hold, take a part and give back; one before it and one after it have
// ended.
func (l *busyWorld) programs() {
	l.t.Helper()
	l.maker = l.funded()
	a, err := l.lets(l.maker)
	l.ok(err)
	l.ok(l.stops(a))
	l.program, err = l.lets(l.maker)
	l.ok(err)
	l.programBuys, err = l.buysAs(l.program, false)
	l.ok(err)
	part, err := l.buysAs(l.program, true)
	l.ok(err)
	l.ok(l.captures(part, 50_000))
	l.programHolds, err = l.buysAs(l.program, true)
	l.ok(err)
	gone, err := l.lets(l.maker)
	l.ok(err)
	_, err = l.buysAs(gone, true)
	l.ok(err)
	l.ok(l.stops(gone))
}

// agentFaults are those of keys by which programs pay: none pays more than its person has said, and none opens
// anything.
func agentFaults() []fault {
	type (
		world = busyWorld
		entry = ledger.Entry
	)
	row := func(l *world) []byte { return agentKey(l.maker, l.program.Number) }
	added := func(l *world) ledger.EntryNo { return l.programBuys - 1 }
	bought := func(l *world) ledger.EntryNo { return l.programBuys }
	changed := func(change func(*ledger.Agent)) func(*world, *entry) {
		return func(_ *world, e *entry) { change(e.Agent) }
	}
	counted := "wait; the journal says"
	return []fault{
		{"step of no key", rowsEqual, "does not say which key of a program", inEntry(added, func(_ *world, e *entry) {
			e.Agent = nil
		})},
		{"number of a key left out", i22, "before it", inEntry(added, changed(func(a *ledger.Agent) { a.Number += 9 }))},
		{"key that goes on after its end", i22, "which has ended or is another", func(l *world, tx store.Tx) error {
			a, _, err := Write(tx).Agent(l.maker, l.program.Number-1)
			told := a.Told()
			return first(err, appended(Write(tx), ledger.Entry{
				At: l.now, Kind: ledger.KindAgent, User: l.maker, Agent: &told, Change: &ledger.Change{Name: "agent"},
			}))
		}},
		{"sale of a key that never was", i22, "which was not there", inEntry(bought, func(_ *world, e *entry) {
			e.Sale.Agent = 99
		})},
		{"sale dearer than its key pays", i22, "is not one that", inEntry(added, changed(func(a *ledger.Agent) {
			a.Each = 1
		}))},
		{"sale above the day of its key", i22, "is not one that", inEntry(added, changed(func(a *ledger.Agent) {
			a.Day = 260_000
		}))},
		{"sale above the total of its key", i22, "is not one that", inEntry(added, changed(func(a *ledger.Agent) {
			a.Total = 260_000
		}))},
		{"sale elsewhere than its key pays", i22, "is not one that", inEntry(added, changed(func(a *ledger.Agent) {
			a.Vendors = []ledger.VendorID{99}
		}))},
		{"sale after the time of its key", i22, "is not one that", inEntry(added, changed(func(a *ledger.Agent) {
			a.Expires = a.Added
		}))},
		{"limit of a key raised", i22, "is not what its newest entry says", inRow(row, agents,
			func(_ *world, a *ledger.Agent) { a.Day++ })},
		{"key of another", i22, "is not what its newest entry says", inRow(row, agents,
			func(_ *world, a *ledger.Agent) { a.Public[0]++ })},
		{"sum of a key", i22, counted, inRow(row, agents, func(_ *world, a *ledger.Agent) { a.Sum-- })},
		{"day of a key", i22, counted, inRow(row, agents, func(_ *world, a *ledger.Agent) { a.Spent.Day.Spent-- })},
		{"hold of a key forgotten", i22, counted, inRow(row, agents, func(_ *world, a *ledger.Agent) { a.Holds = nil })},
		{"number of keys", i22, "numbers to keys of programs", inRow(
			func(l *world) []byte { return key(tUser, l.maker) }, users, func(_ *world, u *ledger.User) { u.Agents-- },
		)},
		{"key missing", i22, "has no row", without(row)},
		{"key that opens a wallet", i22, "and opens something", func(l *world, tx store.Tx) error {
			u, _, err := Write(tx).User(l.ann)
			u.Keys = append(u.Keys, ledger.Member{Fingerprint: l.program.Fingerprint, Added: l.now})
			return first(err, Write(tx).PutUser(u))
		}},
	}
}

// A key by which a program pays is found by its fingerprint until it ends, and is in the order of those that end.
func TestKeysOfProgramsAreFound(t *testing.T) {
	l := newBusyWorld(t)
	l.see(func(r Reader) error {
		a, found, err := r.AgentByKey(l.program.Fingerprint)
		if err != nil || !found || a.Number != l.program.Number || a.Count != 3 || a.Sum != 550_000 || len(a.Holds) != 1 {
			t.Errorf("the key of the program: %+v, %v, %v", a, found, err)
		}
		for _, other := range []string{"SHA256:nobody", "!", ""} {
			if _, found, err := r.AgentByKey(other); found || err != nil {
				t.Errorf("a key %q is found: %v", other, err)
			}
		}
		all, err := r.Agents(l.maker)
		if err != nil || len(all) != 3 {
			t.Errorf("%d keys, %v", len(all), err)
		}
		due, err := r.DueAgents(l.program.Expires, ledger.Agent{}, 10)
		if err != nil || len(due) != 1 {
			t.Errorf("keys whose time is over then: %v, %v", due, err)
		}
		if due, err = r.DueAgents(l.program.Expires.Add(-time.Second), ledger.Agent{}, 10); len(due) != 0 || err != nil {
			t.Errorf("keys whose time is over before: %v, %v", due, err)
		}
		for key, want := range map[string]bool{
			l.program.Fingerprint: false, nora.Key: true, "SHA256:nobody": false,
		} {
			if opens, err := r.OpensKey(key); opens != want || err != nil {
				t.Errorf("%s opens something: %v, %v", key, opens, err)
			}
		}
		return nil
	})
}

// A wallet that has given tokens at one of its milestones is whole: they are in its balance.
func TestMilestoneWithGivenTokens(t *testing.T) {
	w := newWorld(t)
	u := w.funded()
	if _, err := w.gives(u, eur(40), ledger.RoleRep, false); err != nil {
		t.Fatal(err)
	}
	for range MilestoneEvery {
		if err := w.links(u, true); err != nil {
			t.Fatal(err)
		}
	}
	w.clean()
}
