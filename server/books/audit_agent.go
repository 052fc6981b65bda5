package books

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"tuppence/server/ledger"
)

// agentID names a key by which a program pays.
type agentID struct {
	user   ledger.UserID
	number uint32
}

// agentSum is what the journal says of such a key: how it stands, and what its sales add up to.
type agentSum struct {
	now      ledger.Agent
	counters ledger.Counters
	sum      int64
	count    uint64
	holds    []ledger.EntryNo
}

// agent follows a step of a key by which a program pays (I22).
func (a *auditor) agent(rec Record) {
	g := rec.Agent
	if g == nil || g.User != rec.User {
		a.find(rowsEqual, "entry %d does not say which key of a program it is about", rec.No)
		return
	}
	id := agentID{g.User, g.Number}
	had := a.agents[id]
	switch {
	case had == nil:
		if a.lastAgent[g.User]++; g.Number != a.lastAgent[g.User] || !g.Ended.IsZero() {
			a.find(i22, "entry %d adds key %d of user %d, the journal has %d before it",
				rec.No, g.Number, g.User, a.lastAgent[g.User]-1)
		}
		had = &agentSum{}
		a.agents[id] = had
	case !had.now.Ended.IsZero() || g.Public != had.now.Public || g.Currency != had.now.Currency ||
		!slices.Equal(g.Vendors, had.now.Vendors):
		a.find(i22, "entry %d goes on with key %d of user %d, which has ended or is another", rec.No, g.Number, g.User)
	}
	had.now = *g
}

// agentBuys checks that a sale to a program is one that its key may pay, and counts it.
func (a *auditor) agentBuys(rec Record) {
	s := rec.Sale
	if s.Agent == 0 {
		return
	}
	g := a.agents[agentID{rec.User, s.Agent}]
	if g == nil {
		a.find(i22, "sale %d is paid by key %d of user %d, which was not there", rec.No, s.Agent, rec.User)
		return
	}
	g.counters, g.sum, g.count = ledger.Recount(g.counters, s), g.sum+s.Price.Micros, g.count+1
	if rec.Kind == ledger.KindHold {
		g.holds = append(g.holds, rec.No)
	}
	if !g.now.Pays(rec.Vendor, s.Price, rec.At) || !g.now.Within(g.counters, g.sum) {
		a.find(i22, "sale %d is not one that key %d of user %d may pay", rec.No, s.Agent, rec.User)
	}
}

// agentReleased takes back what a hold of a program has counted and did not use.
func (a *auditor) agentReleased(sold ledger.Entry, rest int64) {
	g := a.agents[agentID{sold.User, sold.Sale.Agent}]
	if sold.Sale.Agent == 0 || g == nil { // that it is not there is found at its sale
		return
	}
	g.counters, g.sum = ledger.Uncount(g.counters, rest, sold.Sale), max(g.sum-rest, 0)
	g.holds = slices.DeleteFunc(g.holds, func(no ledger.EntryNo) bool { return no == sold.No })
}

// agentRows compares the keys by which programs pay with the journal (I22): what they may pay, what they have paid, and
// that they open nothing. Those that ended long ago have no row.
func (a *auditor) agentRows(ctx context.Context) error {
	missing := map[agentID]bool{}
	for id, g := range a.agents {
		if g.now.Ended.IsZero() || len(g.holds) > 0 {
			missing[id] = true
		}
	}
	at := func(g ledger.Agent) []byte { return agentKey(g.User, g.Number) }
	err := rows(ctx, a, tAgent, agents, at, func(_ []byte, g ledger.Agent) error {
		id := agentID{g.User, g.Number}
		delete(missing, id)
		j := a.agents[id]
		if j == nil || !bytes.Equal(agents.encode(g.Told()), agents.encode(j.now)) {
			a.find(i22, "key %d of user %d is not what its newest entry says", g.Number, g.User)
			return nil
		}
		if !sameCounters(g.Spent, j.counters) || g.Sum != j.sum || g.Count != j.count || !slices.Equal(g.Holds, j.holds) {
			a.find(i22, "key %d of user %d has paid %d in %d sales, %v wait; the journal says %d in %d, %v",
				g.Number, g.User, g.Sum, g.Count, g.Holds, j.sum, j.count, j.holds)
		}
		if !g.Ended.IsZero() {
			return nil
		}
		opens, err := a.r.OpensKey(g.Fingerprint)
		if err == nil && opens {
			a.find(i22, "key %d of user %d pays for a program, and opens something", g.Number, g.User)
		}
		return err
	})
	for id := range missing {
		a.find(i22, "key %d of user %d has no row", id.number, id.user)
	}
	for u, last := range a.lastAgent {
		row, found, err2 := referenced(a, key(tUser, u), users)
		if err = cmp.Or(err, err2); found && row.Agents != last {
			a.find(i22, "user %d has given %d numbers to keys of programs, the journal says %d", u, row.Agents, last)
		}
	}
	return err
}
