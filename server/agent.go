package server

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Agents lists the keys by which programs pay from the wallet, those that pay first; those that ended for a while.
func (s *Server) Agents(ctx context.Context, who view.Caller) (all []view.Agent, err error) {
	at := s.clock()
	err = s.viewMember(ctx, who, func(r books.Reader, u ledger.User) error {
		all = nil
		known, err := r.Agents(u.ID)
		if err != nil {
			return err
		}
		slices.SortStableFunc(known, func(a, b ledger.Agent) int {
			switch {
			case a.Live(at) == b.Live(at):
				return cmp.Compare(b.Number, a.Number)
			case a.Live(at):
				return -1
			}
			return 1
		})
		for _, a := range known {
			shown, err := s.agentView(r, u, a, at)
			if err != nil {
				return err
			}
			all = append(all, shown)
		}
		return nil
	})
	return all, err
}

// AddAgent lets a program pay with a key of its own, within limits.
//
// It refuses with ErrInvalid what is no key that signs requests, or bounds that cannot be; with ErrState a key that is
// in use, or a name that is taken; with ErrNotAllowed a new key of the wallet, and a wallet that was recovered a short
// while ago; with ErrNotFound an unknown vendor; with ErrLimit one key too many; and with ErrFrozen.
func (s *Server) AddAgent(ctx context.Context, who view.Caller, q view.AgentOrder) (v view.Agent, err error) {
	fingerprint, _, public, err := ledger.ParseAgentKey(q.Key)
	if err != nil {
		return v, err
	}
	order := ledger.AgentOrder{
		Name: q.Name, Fingerprint: fingerprint, Public: public, Each: q.Each, Day: q.Day, Total: q.Total, Days: q.Days,
		Actor: memberActor(who),
	}
	return s.changeAgents(ctx, who, func(tx books.Tx, u ledger.User, at time.Time) (ledger.Agent, ledger.User, error) {
		p, err := policy(tx.Reader)
		if err != nil {
			return ledger.Agent{}, u, err
		}
		o := order
		o.Currency = cmp.Or(q.Currency, mainCurrency(u, p))
		if u, err = ensureWallet(tx, u, o.Currency, p); err != nil {
			return ledger.Agent{}, u, err
		}
		if o.Vendors, err = s.vendorsNamed(tx.Reader, q.Vendors); err != nil {
			return ledger.Agent{}, u, err
		}
		if err := agentKeyFree(tx.Reader, fingerprint); err != nil {
			return ledger.Agent{}, u, err
		}
		f, err := agentFacts(tx, u, o.Currency)
		if err != nil {
			return ledger.Agent{}, u, err
		}
		out, err := ledger.DecideAddAgent(o, f, at)
		if err != nil {
			return ledger.Agent{}, u, err
		}
		for _, gone := range out.Forgotten {
			if err := tx.DropAgent(gone); err != nil {
				return out.Agent, u, err
			}
		}
		if err := tx.PutUser(out.User); err != nil {
			return out.Agent, u, err
		}
		return out.Agent, out.User, putAgent(tx, out)
	})
}

// LimitAgent changes what a program may pay with a key. Lowering is always allowed. It refuses with ErrNotFound an
// unknown key, with ErrConfirm a bound that becomes looser, and else as [ledger.DecideLimitAgent] does.
func (s *Server) LimitAgent(ctx context.Context, who view.Caller, q view.AgentChange) (view.Agent, error) {
	change := ledger.AgentChange{
		Each: q.Each, Day: q.Day, Total: q.Total, Days: q.Days, Actor: memberActor(who), Confirmed: q.Confirmed,
	}
	return s.changeAgents(ctx, who, func(tx books.Tx, u ledger.User, at time.Time) (ledger.Agent, ledger.User, error) {
		f, err := agentFactsOf(tx, u, q.Name)
		if err != nil {
			return ledger.Agent{}, u, err
		}
		out, err := ledger.DecideLimitAgent(change, f, at)
		if err != nil {
			return ledger.Agent{}, u, err
		}
		return out.Agent, u, putAgent(tx, out)
	})
}

// EndAgent ends a key by which a program pays, at once: what waits of it for its vendors goes back in the same commit.
// It refuses with ErrNotFound an unknown key.
func (s *Server) EndAgent(ctx context.Context, who view.Caller, name string) (view.Agent, error) {
	return s.changeAgents(ctx, who, func(tx books.Tx, u ledger.User, at time.Time) (ledger.Agent, ledger.User, error) {
		f, err := agentFactsOf(tx, u, name)
		if err != nil {
			return ledger.Agent{}, u, err
		}
		a, err := endAgent(tx, f, ledger.AgentEnd{Actor: memberActor(who)}, at)
		return a, u, err
	})
}

// changeAgents stores a change of one key of a program and returns it, and wakes the person's screens: a new key is
// told to all of them.
func (s *Server) changeAgents(
	ctx context.Context, who view.Caller,
	change func(books.Tx, ledger.User, time.Time) (ledger.Agent, ledger.User, error),
) (v view.Agent, err error) {
	at := s.clock()
	var id ledger.UserID
	err = s.updateMember(ctx, who, func(tx books.Tx, u ledger.User) error {
		a, u, err := change(tx, u, at)
		if err != nil {
			return err
		}
		id = u.ID
		v, err = s.agentView(tx.Reader, u, a, at)
		return err
	})
	if err != nil {
		return view.Agent{}, err
	}
	s.notifier.wake(topicUser(id))
	s.webhooks.Wake()
	return v, nil
}

// newAgents are the keys by which programs pay since less than a day: whoever has added one, the person sees it.
func (s *Server) newAgents(r books.Reader, u ledger.User, at time.Time) (shown []view.Agent, err error) {
	if u.Agents == 0 { // most wallets read nothing
		return nil, nil
	}
	all, err := r.Agents(u.ID)
	for _, a := range all {
		if err != nil {
			return nil, err
		}
		if a.Live(at) && at.Sub(a.Added) < 24*time.Hour {
			var v view.Agent
			v, err = s.agentView(r, u, a, at)
			shown = append(shown, v)
		}
	}
	return shown, err
}

// agentView shows a key by which a program pays, to its person.
func (s *Server) agentView(r books.Reader, u ledger.User, a ledger.Agent, at time.Time) (view.Agent, error) {
	v := view.AgentOf(a, at, s.zone(u))
	for _, id := range a.Vendors {
		vendor, _, err := r.Vendor(id)
		if err != nil {
			return v, err
		}
		v.Vendors = append(v.Vendors, vendor.Name)
	}
	return v, nil
}

// vendorsNamed are the vendors of some names, each once.
func (s *Server) vendorsNamed(r books.Reader, names []string) (all []ledger.VendorID, err error) {
	for _, name := range names {
		v, err := s.vendorNamed(r, strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		if !slices.Contains(all, v.ID) {
			all = append(all, v.ID)
		}
	}
	return all, nil
}

// agentKeyFree refuses a key that opens anything, or by which a program pays already.
func agentKeyFree(r books.Reader, fingerprint string) error {
	opens, err := r.OpensKey(fingerprint)
	if err != nil {
		return err
	}
	_, pays, err := r.AgentByKey(fingerprint)
	if err == nil && (opens || pays) {
		err = ledger.RefuseOpensKey()
	}
	return err
}

// mayOpen is the one door for keys that are to open something: a wallet, the desk, a place in a team. It refuses with
// ErrNotAllowed a key by which a program pays.
func mayOpen(r books.Reader, fingerprint string) error {
	_, pays, err := r.AgentByKey(fingerprint)
	if err == nil && pays {
		err = ledger.RefuseAgentKey()
	}
	return err
}

// agentFacts loads what a decision about a key of a program needs. Its entry is in the history of the account.
func agentFacts(tx books.Tx, u ledger.User, c ledger.Currency) (f ledger.AgentFacts, err error) {
	f.User = u
	if f.Agents, err = tx.Agents(u.ID); err != nil {
		return f, err
	}
	if f.Wallet, err = listedIn(tx.Reader, u, c); err != nil {
		return f, err
	}
	f.No, err = tx.Next()
	return f, err
}

// agentFactsOf is agentFacts for a key that is there.
func agentFactsOf(tx books.Tx, u ledger.User, name string) (f ledger.AgentFacts, err error) {
	all, err := tx.Agents(u.ID)
	if err != nil {
		return f, err
	}
	a, err := ledger.AgentNamed(all, name)
	if err != nil {
		return f, err
	}
	f, err = agentFacts(tx, u, a.Currency)
	f.Agent = a
	return f, err
}

func putAgent(tx books.Tx, out ledger.AgentOutcome) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	return tx.PutAgent(out.Agent)
}

// endAgent ends a key, and gives back what waits of it.
func endAgent(
	tx books.Tx, f ledger.AgentFacts, q ledger.AgentEnd, at time.Time,
) (a ledger.Agent, err error) {
	out, err := ledger.DecideEndAgent(q, f, at)
	if err != nil {
		return a, err
	}
	if err := putAgent(tx, out); err != nil {
		return a, err
	}
	for _, no := range out.Agent.Holds {
		f, err := saleFacts(tx, no)
		if err != nil {
			return a, err
		}
		end, err := ledger.DecideVoid(ledger.VoidRequest{
			Actor: q.Actor, Reason: "The buyer has ended the key of the program.",
		}, f, at)
		if err != nil {
			return a, err
		}
		if err := released(tx, end); err != nil {
			return a, err
		}
	}
	a, _, err = tx.Agent(f.User.ID, f.Agent.Number)
	return a, err
}

// endAgents ends all keys by which programs pay from a wallet: it was recovered, or is closed.
func endAgents(tx books.Tx, u ledger.User, by ledger.Actor, reason string, at time.Time) error {
	all, err := tx.Agents(u.ID)
	if err != nil {
		return err
	}
	for _, a := range all {
		if !a.Ended.IsZero() {
			continue
		}
		f, err := agentFacts(tx, u, a.Currency)
		if err != nil {
			return err
		}
		f.Agent = a
		if _, err := endAgent(tx, f, ledger.AgentEnd{Actor: by, Reason: reason}, at); err != nil {
			return err
		}
	}
	return nil
}

// sweepAgents ends the keys of programs whose time is over, once nothing of them waits for a vendor: what was paid
// before is delivered yet.
func (s *Server) sweepAgents(ctx context.Context, at time.Time) error {
	due := func(r books.Reader, behind ledger.Agent, limit int) ([]ledger.Agent, error) {
		return r.DueAgents(at, behind, limit)
	}
	return eachDue(ctx, s, due, func(a ledger.Agent) error {
		if len(a.Holds) > 0 {
			return nil
		}
		err := s.update(ctx, func(tx books.Tx) error {
			now, found, err := tx.Agent(a.User, a.Number)
			if err != nil || !found || !now.Ended.IsZero() || len(now.Holds) > 0 { // somebody was faster
				return err
			}
			u, _, err := tx.User(a.User)
			if err != nil {
				return err
			}
			f, err := agentFacts(tx, u, a.Currency)
			if err != nil {
				return err
			}
			f.Agent = now
			_, err = endAgent(tx, f, ledger.AgentEnd{Expired: true, Actor: systemActor}, at)
			return err
		})
		if err == nil {
			s.notifier.wake(topicUser(a.User))
		}
		return err
	})
}
