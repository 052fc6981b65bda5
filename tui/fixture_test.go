package tui

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"tuppence/server/ledger"
)

// Callers of the fixture.
var (
	ada      = ledger.Caller{Fingerprint: "SHA256:ada0Q1nU4mR7vJ2kWq8xTz5cYbHs3LdEf6GpNiOaVu", Key: "ssh-ed25519 AAAAada ada", Remote: "192.0.2.7"}
	rita     = ledger.Caller{Fingerprint: "SHA256:rita9bV2xQ7tLw4cKs8mJz1nHf5yRdEo3GpUiAaTqX", Key: "ssh-ed25519 AAAArita rita", Remote: "192.0.2.8"}
	otto     = ledger.Caller{Fingerprint: "SHA256:otto5kD8rW1zMq6xYc3vNb7jLs2hTfGe4PpUiOaQwR", Key: "ssh-ed25519 AAAAotto otto", Remote: "192.0.2.9"}
	stranger = ledger.Caller{Fingerprint: "SHA256:new7tYc2vBn5mKx8zLq1wJd4hRf3sGpEe6UiOaTrWqZ", Key: "ssh-ed25519 AAAAnew", Remote: "192.0.2.10"}
)

// fixture is a whole service in memory with believable data, for tests of commands and screens. It keeps what a person
// would notice (balances, states, lists); the rules themselves are tested where they live.
type fixture struct {
	mu        sync.Mutex
	calls     map[string]int // method → calls
	fail      error          // every call but WhoAmI answers it, if set
	people    map[string]ledger.Identity
	house     ledger.House
	overview  ledger.Overview
	methods   []ledger.MethodInfo
	deposits  []ledger.DepositView
	rows      []ledger.Row
	details   map[string]ledger.Detail
	links     []ledger.LinkView
	disputes  []ledger.DisputeView
	approvals []ledger.Approval
	receipts  map[string]ledger.Receipt
	transfers []ledger.TransferView
	policy    []ledger.PolicyLine
	watchers  []chan struct{}
	warning   string // SetLimit answers it
	got       any    // last request, for tests of parsing
}

var _ Service = (*fixture)(nil)

// begin locks, counts a call, and gives the error that the test asked for.
func (f *fixture) begin(method string) error {
	f.mu.Lock()
	if f.calls == nil {
		f.calls = map[string]int{}
	}
	f.calls[method]++
	return f.fail
}

// wake tells the watchers that something changed. The lock is held.
func (f *fixture) wake() {
	for _, w := range f.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

func noSuch(what, id string) error {
	return ledger.Refuse(ledger.ErrNotFound, "Look at the list again.", "There is no %s %s.", what, id)
}

func (f *fixture) House(context.Context) (ledger.House, error) {
	err := f.begin("House")
	defer f.mu.Unlock()
	return f.house, err
}

func (f *fixture) WhoAmI(_ context.Context, who ledger.Caller) (ledger.Identity, error) {
	_ = f.begin("WhoAmI")
	defer f.mu.Unlock()
	return f.people[who.Fingerprint], nil
}

func (f *fixture) Watch(ctx context.Context, _ ledger.Caller) (<-chan struct{}, error) {
	err := f.begin("Watch")
	defer f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	c := make(chan struct{}, 1)
	f.watchers = append(f.watchers, c)
	return c, nil
}

func (f *fixture) Join(_ context.Context, who ledger.Caller, r ledger.JoinRequest) (ledger.Joined, error) {
	err := f.begin("Join")
	defer f.mu.Unlock()
	if err != nil {
		return ledger.Joined{}, err
	}
	if f.people[who.Fingerprint].Role != ledger.RoleNone {
		return ledger.Joined{}, ledger.Refuse(ledger.ErrState, "Type: whoami", "This key has a wallet already.")
	}
	f.people[who.Fingerprint] = ledger.Identity{Role: ledger.RoleUser, Handle: "w_9q4m", Zone: r.Zone}
	return ledger.Joined{Handle: "w_9q4m", RecoveryCode: "4TQM-8WZX-K2HR-7NVP-C3DJ"}, nil
}

func (f *fixture) Recover(_ context.Context, who ledger.Caller, code string) (ledger.Joined, error) {
	err := f.begin("Recover")
	defer f.mu.Unlock()
	if err != nil {
		return ledger.Joined{}, err
	}
	if code != "4TQM-8WZX-K2HR-7NVP-C3DJ" {
		return ledger.Joined{}, ledger.Refuse(ledger.ErrNotFound, "Read it again from the paper.", "This is no recovery code.")
	}
	f.people[who.Fingerprint] = ledger.Identity{Role: ledger.RoleUser, Handle: "w_7g2v"}
	return ledger.Joined{Handle: "w_7g2v", RecoveryCode: "9HJ2-XW4C-M7TK-5PZR-V8DQ", LockedUntil: fixtureNow.Add(72 * time.Hour)}, nil
}

func (f *fixture) Touch(context.Context, ledger.Caller) error {
	err := f.begin("Touch")
	defer f.mu.Unlock()
	if err == nil {
		f.overview.WindowUntil = fixtureNow.Add(f.house.Window)
	}
	return err
}

func (f *fixture) Lock(context.Context, ledger.Caller) error {
	err := f.begin("Lock")
	defer f.mu.Unlock()
	if err == nil {
		f.overview.WindowUntil = time.Time{}
	}
	return err
}

func (f *fixture) Settings(_ context.Context, who ledger.Caller, zone, theme string) (ledger.Identity, error) {
	err := f.begin("Settings")
	defer f.mu.Unlock()
	if err != nil {
		return ledger.Identity{}, err
	}
	id := f.people[who.Fingerprint]
	if zone != "" {
		if _, err := time.LoadLocation(zone); err != nil {
			return ledger.Identity{}, ledger.Invalid("zone", "Use a name such as Europe/Berlin.", "%s is no time zone.", zone)
		}
		id.Zone = zone
	}
	if theme != "" {
		id.Theme = theme
	}
	f.people[who.Fingerprint] = id
	return id, nil
}

func (f *fixture) Overview(context.Context, ledger.Caller) (ledger.Overview, error) {
	err := f.begin("Overview")
	defer f.mu.Unlock()
	o := f.overview
	o.Wallets, o.Pending, o.Recent = slices.Clone(o.Wallets), f.open(), slices.Clone(f.rows[:min(5, len(f.rows))])
	return o, err
}

func (f *fixture) open() []ledger.Approval {
	return slices.DeleteFunc(slices.Clone(f.approvals), func(a ledger.Approval) bool { return a.Status != ledger.CheckoutOpen })
}

func (f *fixture) Methods(context.Context, ledger.Caller) ([]ledger.MethodInfo, error) {
	err := f.begin("Methods")
	defer f.mu.Unlock()
	return slices.Clone(f.methods), err
}

func (f *fixture) Fund(_ context.Context, _ ledger.Caller, r ledger.FundRequest) (ledger.DepositView, error) {
	err := f.begin("Fund")
	defer f.mu.Unlock()
	if err != nil {
		return ledger.DepositView{}, err
	}
	f.got = r
	i := slices.IndexFunc(f.methods, func(m ledger.MethodInfo) bool { return m.Name == r.Method })
	if i < 0 {
		return ledger.DepositView{}, ledger.Invalid("method", "Type: methods", "There is no method %s.", r.Method)
	}
	d := ledger.DepositView{ID: "dep_2mx8c", Method: r.Method, Amount: r.Amount, Fee: eur(0), State: ledger.DepositSucceeded, Created: fixtureNow, Simulated: true}
	if f.methods[i].Online {
		for j, w := range f.overview.Wallets {
			if w.Currency == r.Amount.Currency {
				f.overview.Wallets[j].Available.Micros += r.Amount.Micros
			}
		}
	} else {
		d.State, d.Reference, d.Expires = ledger.DepositAwaiting, "TP 4821 7730 5", fixtureNow.Add(30*24*time.Hour)
		d.Steps = []string{"Write a check over " + money(r.Amount) + " to Tuppence.", "Write the reference TP 4821 7730 5 on it.", "Send it to the desk."}
	}
	f.deposits = slices.Insert(f.deposits, 0, d)
	f.wake()
	return d, nil
}

func (f *fixture) Deposits(_ context.Context, _ ledger.Caller, p ledger.Page) ([]ledger.DepositView, error) {
	err := f.begin("Deposits")
	defer f.mu.Unlock()
	all := slices.Clone(f.deposits)
	if i := slices.IndexFunc(all, func(d ledger.DepositView) bool { return d.ID == p.Before }); i >= 0 {
		all = all[i+1:]
	}
	return all[:min(len(all), p.Limit)], err
}

func (f *fixture) History(_ context.Context, _ ledger.Caller, q ledger.HistoryQuery) (ledger.HistoryPage, error) {
	err := f.begin("History")
	defer f.mu.Unlock()
	if err != nil {
		return ledger.HistoryPage{}, err
	}
	f.got = q
	all := slices.DeleteFunc(slices.Clone(f.rows), func(r ledger.Row) bool {
		return q.Currency != "" && r.Amount.Currency != q.Currency || q.Vendor != "" && r.Vendor != q.Vendor || q.Kind != "" && r.Kind != q.Kind ||
			r.At.Before(q.Since) || !strings.Contains(strings.ToLower(r.Title), strings.ToLower(q.Text))
	})
	if i := slices.IndexFunc(all, func(r ledger.Row) bool { return r.ID == q.Before }); i >= 0 {
		all = all[i+1:]
	}
	p := ledger.HistoryPage{Rows: all}
	if q.Limit > 0 && len(all) > q.Limit {
		p.Rows = all[:q.Limit]
		p.Next = p.Rows[q.Limit-1].ID
	}
	return p, nil
}

func (f *fixture) Show(_ context.Context, _ ledger.Caller, id string) (ledger.Detail, error) {
	err := f.begin("Show")
	defer f.mu.Unlock()
	if err != nil {
		return ledger.Detail{}, err
	}
	if d, ok := f.details[id]; ok {
		return d, nil
	}
	if i := slices.IndexFunc(f.deposits, func(d ledger.DepositView) bool { return d.ID == id }); i >= 0 {
		d := f.deposits[i]
		return ledger.Detail{Row: ledger.Row{ID: id}, Deposit: &d}, nil
	}
	if i := slices.IndexFunc(f.rows, func(r ledger.Row) bool { return r.ID == id }); i >= 0 {
		return ledger.Detail{Row: f.rows[i]}, nil
	}
	return ledger.Detail{}, noSuch("entry", id)
}

func (f *fixture) Limits(context.Context, ledger.Caller) ([]ledger.LimitView, error) {
	err := f.begin("Limits")
	defer f.mu.Unlock()
	return f.limits(), err
}

// limits are those of all wallets, then those at vendors.
func (f *fixture) limits() []ledger.LimitView {
	var all []ledger.LimitView
	for _, w := range f.overview.Wallets {
		all = append(all, w.Limits...)
	}
	for _, l := range f.links {
		all = append(all, l.Limits...)
	}
	return all
}

func (f *fixture) SetLimit(_ context.Context, _ ledger.Caller, c ledger.LimitChange) ([]ledger.LimitView, string, error) {
	err := f.begin("SetLimit")
	defer f.mu.Unlock()
	if err != nil {
		return nil, "", err
	}
	f.got = c
	change := func(all []ledger.LimitView) {
		for i, l := range all {
			if l.Period == c.Period && l.Currency == c.Currency && l.Vendor == c.Vendor {
				all[i].Max, all[i].None = ledger.Amount{Micros: max(0, c.Max), Currency: c.Currency}, c.Max < 0
			}
		}
	}
	for _, w := range f.overview.Wallets {
		change(w.Limits)
	}
	for _, l := range f.links {
		change(l.Limits)
	}
	f.wake()
	return f.limits(), f.warning, nil
}

func (f *fixture) Vendors(context.Context, ledger.Caller) ([]ledger.LinkView, error) {
	err := f.begin("Vendors")
	defer f.mu.Unlock()
	return slices.Clone(f.links), err
}

func (f *fixture) Link(_ context.Context, _ ledger.Caller, r ledger.LinkRequest) (ledger.LinkView, error) {
	err := f.begin("Link")
	defer f.mu.Unlock()
	if err != nil {
		return ledger.LinkView{}, err
	}
	f.got = r
	i := slices.IndexFunc(f.links, func(l ledger.LinkView) bool { return l.Vendor == r.Vendor })
	if i < 0 {
		return ledger.LinkView{}, noSuch("vendor", r.Vendor)
	}
	l := &f.links[i]
	l.Status, l.Currency, l.Limits = "active", r.Currency, nil
	for _, b := range []struct {
		period string
		micros int64
	}{{"purchase", r.Limits.PerPurchase}, {"day", r.Limits.PerDay}, {"week", r.Limits.PerWeek}, {"month", r.Limits.PerMonth}, {"total", r.Total}} {
		l.Limits = append(l.Limits, ledger.LimitView{
			Period: b.period, Vendor: r.Vendor, Currency: r.Currency,
			Max: ledger.Amount{Micros: max(0, b.micros), Currency: r.Currency}, None: b.micros < 0,
		})
	}
	f.wake()
	return *l, nil
}

func (f *fixture) Unlink(_ context.Context, _ ledger.Caller, vendor string, block bool) (ledger.LinkView, error) {
	err := f.begin("Unlink")
	defer f.mu.Unlock()
	if err != nil {
		return ledger.LinkView{}, err
	}
	i := slices.IndexFunc(f.links, func(l ledger.LinkView) bool { return l.Vendor == vendor })
	if i < 0 {
		return ledger.LinkView{}, noSuch("vendor", vendor)
	}
	f.links[i].Status = "revoked"
	if block {
		f.links[i].Status = "blocked"
	}
	f.wake()
	return f.links[i], nil
}
