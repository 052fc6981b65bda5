package commandtest

import (
	"context"
	"slices"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// AgentKey is the public key of a program.
const AgentKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIH5RkkpTHp0O0IFno5ONRMZU9Q3pNdesTjK9+MMK33n/ builder"

// agents are two keys by which programs pay, of which one is over.
func agents() []view.Agent {
	total := EUR(50_000_000)
	return []view.Agent{
		{
			Name: "builder", Fingerprint: "SHA256:builder8mR7vJ2kWq8xTz5cYbHs3LdEf6GpNiOaVuQ0", Status: "live",
			Each: EUR(500_000), Day: EUR(5_000_000), Total: &total, SpentToday: EUR(1_250_000), ResetsAt: at(25, 0, 0),
			Spent: EUR(7_500_000), Purchases: 18, Waiting: 1, Vendors: view.List[string]{"acme-news"}, Added: at(3, 9, 20),
			AddedBy: Ada.Fingerprint, Expires: after(60 * 24 * time.Hour), LastUsed: "2026-11-24",
		},
		{
			Name: "crawler", Fingerprint: "SHA256:crawler8mR7vJ2kWq8xTz5cYbHs3LdEf6GpNiOaVuQ0", Status: "ended",
			Each: EUR(100_000), Day: EUR(1_000_000), SpentToday: EUR(0), Spent: EUR(300_000), Purchases: 3,
			Added: at(2, 9, 20), AddedBy: Ada.Fingerprint, Expires: after(40 * 24 * time.Hour), Ended: at(20, 9, 0),
			LastUsed: "2026-11-19",
		},
	}
}

// agentNamed is a live key. The lock is held.
func (s *Service) agentNamed(name string) (*view.Agent, error) {
	i := slices.IndexFunc(s.Data.Agents, func(a view.Agent) bool {
		return (a.Name == name || a.Fingerprint == name) && a.Status == "live"
	})
	if i < 0 {
		return nil, noSuch("key", name)
	}
	s.Data.Agents = slices.Clone(s.Data.Agents)
	return &s.Data.Agents[i], nil
}

// Agents returns the keys.
func (s *Service) Agents(context.Context, view.Caller) ([]view.Agent, error) {
	return list(s, "Agents", &s.Data.Agents)
}

// AddAgent adds a key that the rules can read.
func (s *Service) AddAgent(_ context.Context, _ view.Caller, q view.AgentOrder) (view.Agent, error) {
	return call(s, "AddAgent", func() (view.Agent, error) {
		fingerprint, _, _, err := ledger.ParseAgentKey(q.Key)
		if err != nil {
			return view.Agent{}, err
		}
		a := view.Agent{
			Name: q.Name, Fingerprint: fingerprint, Status: "live", Each: EUR(q.Each), Day: EUR(q.Day), SpentToday: EUR(0),
			Spent: EUR(0), Vendors: q.Vendors, Added: after(0), AddedBy: Ada.Fingerprint,
			Expires: after(time.Duration(max(q.Days, 1)) * 24 * time.Hour),
		}
		if q.Total > 0 {
			total := EUR(q.Total)
			a.Total = &total
		}
		s.Data.Agents = slices.Insert(slices.Clone(s.Data.Agents), 0, a)
		s.wake()
		return a, nil
	})
}

// LimitAgent changes the limits of a key; a looser one has to be confirmed.
func (s *Service) LimitAgent(_ context.Context, _ view.Caller, q view.AgentChange) (view.Agent, error) {
	return call(s, "LimitAgent", func() (view.Agent, error) {
		a, err := s.agentNamed(q.Name)
		if err != nil {
			return view.Agent{}, err
		}
		if q.Day != nil && *q.Day > a.Day.Micros && !q.Confirmed {
			return view.Agent{}, ledger.Refuse(ledger.ErrConfirm, "Confirm it, or leave it as it is.",
				"This loosens what the key %s may spend: day %s → %s.", a.Name, a.Day, EUR(*q.Day))
		}
		for _, b := range []struct {
			to   *ledger.Amount
			want *int64
		}{{&a.Each, q.Each}, {&a.Day, q.Day}} {
			if b.want != nil {
				*b.to = EUR(*b.want)
			}
		}
		if q.Total != nil {
			if a.Total = nil; *q.Total > 0 {
				a.Total = new(EUR(*q.Total))
			}
		}
		if q.Days > 0 {
			a.Expires = after(time.Duration(q.Days) * 24 * time.Hour)
		}
		s.wake()
		return *a, nil
	})
}

// EndAgent ends a key.
func (s *Service) EndAgent(_ context.Context, _ view.Caller, name string) (view.Agent, error) {
	return call(s, "EndAgent", func() (view.Agent, error) {
		a, err := s.agentNamed(name)
		if err != nil {
			return view.Agent{}, err
		}
		a.Status, a.Ended, a.Waiting = "ended", after(0), 0
		s.wake()
		return *a, nil
	})
}
