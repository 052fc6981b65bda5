package books

import (
	"time"

	"tuppence/server/ledger"
)

// agentRow is a key by which a program pays. An entry about it has the same row without what is counted.
type agentRow struct {
	User        ledger.UserID     `cbor:"1,keyasint,omitempty" since:"2"`
	Number      uint32            `cbor:"2,keyasint,omitempty" since:"2"`
	Fingerprint string            `cbor:"3,keyasint,omitempty" since:"2"`
	Public      [32]byte          `cbor:"4,keyasint,omitzero" since:"2"`
	Name        string            `cbor:"5,keyasint,omitempty" since:"2"`
	Currency    ledger.Currency   `cbor:"6,keyasint,omitempty" since:"2"`
	Each        int64             `cbor:"7,keyasint,omitempty" since:"2"`
	Day         int64             `cbor:"8,keyasint,omitempty" since:"2"`
	Total       int64             `cbor:"9,keyasint,omitempty" since:"2"`
	Vendors     []ledger.VendorID `cbor:"10,keyasint,omitempty" since:"2"`
	Added       instant           `cbor:"11,keyasint,omitempty" since:"2"`
	By          string            `cbor:"12,keyasint,omitempty" since:"2"`
	Expires     instant           `cbor:"13,keyasint,omitempty" since:"2"`
	Ended       instant           `cbor:"14,keyasint,omitempty" since:"2"`
	Spent       countersRow       `cbor:"15,keyasint,omitzero" since:"2"`
	Ends        endsRow           `cbor:"16,keyasint,omitzero" since:"2"`
	Sum         int64             `cbor:"17,keyasint,omitempty" since:"2"`
	Count       uint64            `cbor:"18,keyasint,omitempty" since:"2"`
	Used        int64             `cbor:"19,keyasint,omitempty" since:"2"`
	Holds       []ledger.EntryNo  `cbor:"20,keyasint,omitempty" since:"2"`
}

var agents = codec[ledger.Agent, agentRow]{pack: packAgent, unpack: agentRow.unpack}

func packAgent(a ledger.Agent) agentRow {
	return agentRow{
		User: a.User, Number: a.Number, Fingerprint: a.Fingerprint, Public: a.Public, Name: a.Name, Currency: a.Currency,
		Each: a.Each, Day: a.Day, Total: a.Total, Vendors: a.Vendors, Added: pack(a.Added), By: a.By,
		Expires: pack(a.Expires), Ended: pack(a.Ended), Spent: packCounters(a.Spent), Ends: packEnds(a.Spent), Sum: a.Sum,
		Count: a.Count, Used: a.Used, Holds: a.Holds,
	}
}

func (r agentRow) unpack() ledger.Agent {
	return ledger.Agent{
		User: r.User, Number: r.Number, Fingerprint: r.Fingerprint, Public: r.Public, Name: r.Name, Currency: r.Currency,
		Each: r.Each, Day: r.Day, Total: r.Total, Vendors: r.Vendors, Added: r.Added.time(), By: r.By,
		Expires: r.Expires.time(), Ended: r.Ended.time(), Spent: r.Spent.unpack(r.Ends), Sum: r.Sum,
		Count: r.Count, Used: r.Used, Holds: r.Holds,
	}
}

// agentDueMark stands between the index and the keys in the order in which they end: no fingerprint begins so.
const agentDueMark = "!"

func agentKey(u ledger.UserID, number uint32) []byte { return key(tAgent, u, number) }

// agentIndexes: a key that has ended leads nowhere, so it may be used anew.
func agentIndexes(a ledger.Agent) [][]byte {
	if a.Number == 0 || !a.Ended.IsZero() {
		return nil
	}
	return [][]byte{
		key(tAgentIndex, a.Fingerprint), key(tAgentIndex, agentDueMark, a.Expires, a.User, a.Number),
	}
}

// Agent reads a key by which a program pays. One that ended long ago is forgotten.
func (r Reader) Agent(u ledger.UserID, number uint32) (ledger.Agent, bool, error) {
	return load(r, agentKey(u, number), agents)
}

// AgentByKey finds the key of a fingerprint ("SHA256:…") by which a program pays. It has not ended, but its time may
// be over: see [ledger.Agent.Live].
func (r Reader) AgentByKey(fingerprint string) (a ledger.Agent, found bool, err error) {
	at, found, err := r.get(key(tAgentIndex, fingerprint))
	if err != nil || !found || at[0] != tAgent {
		return a, false, err
	}
	return load(r, at, agents)
}

// Agents reads all keys by which programs pay from the wallet of a user, in the order in which they were added.
func (r Reader) Agents(u ledger.UserID) ([]ledger.Agent, error) {
	return scan(r, key(tAgent, u), after(key(tAgent, u)), false, 0, agents.decode)
}

// DueAgents reads the keys whose time is over, those that are over longest first, behind one of them.
func (r Reader) DueAgents(until time.Time, behind ledger.Agent, limit int) ([]ledger.Agent, error) {
	from := key(tAgentIndex, agentDueMark)
	if behind.Number != 0 {
		from = append(key(tAgentIndex, agentDueMark, behind.Expires, behind.User, behind.Number), 0)
	}
	to := key(tAgentIndex, agentDueMark, until.Add(time.Microsecond))
	return scan(r, from, to, false, limit, deref(r, agents))
}

// OpensKey tells whether a key opens anything: a wallet, the desk, or a place in a vendor's team.
func (r Reader) OpensKey(fingerprint string) (bool, error) {
	if _, found, err := r.UserByKey(fingerprint); found || err != nil {
		return found, err
	}
	if st, found, err := r.Staff(fingerprint); found && st.Ended.IsZero() || err != nil {
		return err == nil, err
	}
	_, found, err := r.TeamByKey(fingerprint)
	return found, err
}

// PutAgent writes a key by which a program pays, and where it is found.
func (t Tx) PutAgent(a ledger.Agent) error {
	return putIndexed(t, agentKey(a.User, a.Number), agents, a, agentIndexes)
}

// RecountAgent writes what is counted of a key that is there and has neither begun nor ended.
func (t Tx) RecountAgent(a ledger.Agent) error { return put(t, agentKey(a.User, a.Number), agents, a) }

// DropAgent deletes a key that has ended. Its entries stay.
func (t Tx) DropAgent(a ledger.Agent) error { return t.tx.Delete(agentKey(a.User, a.Number)) }
