package commandtest

import (
	"context"
	"sync"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Callers that a new [Service] knows, and one that it does not.
var (
	Ada      = caller("ada0Q1nU4mR7vJ2kWq8xTz5cYbHs3LdEf6GpNiOaVu", "AAAAada ada", "192.0.2.7")   // a member
	Rita     = caller("rita9bV2xQ7tLw4cKs8mJz1nHf5yRdEo3GpUiAaTqX", "AAAArita rita", "192.0.2.8") // a representative
	Otto     = caller("otto5kD8rW1zMq6xYc3vNb7jLs2hTfGe4PpUiOaQwR", "AAAAotto otto", "192.0.2.9") // the operator
	Stranger = caller("new7tYc2vBn5mKx8zLq1wJd4hRf3sGpEe6UiOaTrWqZ", "AAAAnew", "192.0.2.10")     // no key of the service
)

func caller(fingerprint, key, remote string) view.Caller {
	return view.Caller{Fingerprint: "SHA256:" + fingerprint, Key: "ssh-ed25519 " + key, Remote: remote}
}

// Service is a whole service in memory with believable data, for the tests of commands and screens. It keeps what a
// person would notice (balances, states, lists); the rules themselves are tested where they live. It implements
// command.Service.
type Service struct {
	Data Data // a test that has calls under way changes it through Change

	mu       sync.Mutex
	calls    map[string]int
	watchers []chan struct{}
}

// Data is what a [Service] knows.
type Data struct {
	Fail      error // every call but WhoAmI returns it, if set
	People    map[string]view.Identity
	House     view.House
	Overview  view.Overview
	Methods   []view.Method
	Deposits  []view.Deposit
	Rows      []view.Row
	Details   map[string]view.Detail
	Links     []view.Link
	Disputes  []view.Dispute
	Approvals []view.Approval
	Receipts  map[string]view.Receipt
	Transfers []view.Transfer
	Policy    []view.Setting
	Warning   string // SetLimit returns it
	Got       any    // the last request, for tests of parsing
}

// Calls returns how often a method was called.
func (s *Service) Calls(method string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[method]
}

// Change changes the data while calls may be under way, and wakes the watchers.
func (s *Service) Change(change func(*Data)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.Data)
	s.wake()
}

// begin locks, counts a call, and returns the error that the test asked for.
func (s *Service) begin(method string) error {
	s.mu.Lock()
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	s.calls[method]++
	return s.Data.Fail
}

// wake tells the watchers that something changed. The lock is held.
func (s *Service) wake() {
	for _, w := range s.watchers {
		select {
		case w <- struct{}{}:
		default:
		}
	}
}

func noSuch(what, id string) error {
	return ledger.Refuse(ledger.ErrNotFound, "Look at the list again.", "There is no %s %s.", what, id)
}

// House returns what anybody may know.
func (s *Service) House(context.Context) (view.House, error) {
	err := s.begin("House")
	defer s.mu.Unlock()
	return s.Data.House, err
}

// WhoAmI returns what a caller may do; it never fails.
func (s *Service) WhoAmI(_ context.Context, who view.Caller) (view.Identity, error) {
	_ = s.begin("WhoAmI")
	defer s.mu.Unlock()
	return s.Data.People[who.Fingerprint], nil
}

// Watch returns a channel that every change wakes.
func (s *Service) Watch(ctx context.Context, _ view.Caller) (<-chan struct{}, error) {
	err := s.begin("Watch")
	defer s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	c := make(chan struct{}, 1)
	s.watchers = append(s.watchers, c)
	return c, nil
}

// Join opens the wallet w_9q4m for an unknown key.
func (s *Service) Join(_ context.Context, who view.Caller, r view.JoinRequest) (view.Joined, error) {
	err := s.begin("Join")
	defer s.mu.Unlock()
	if err != nil {
		return view.Joined{}, err
	}
	if s.Data.People[who.Fingerprint].Role != ledger.RoleNone {
		return view.Joined{}, ledger.Refuse(ledger.ErrState, "Type: whoami", "This key has a wallet already.")
	}
	s.Data.People[who.Fingerprint] = view.Identity{Role: ledger.RoleUser, Handle: "w_9q4m", Zone: r.Zone}
	return view.Joined{Handle: "w_9q4m", RecoveryCode: "4TQM-8WZX-K2HR-7NVP-C3DJ"}, nil
}

// Recover knows one code, 4TQM-8WZX-K2HR-7NVP-C3DJ.
func (s *Service) Recover(_ context.Context, who view.Caller, code string) (view.Joined, error) {
	err := s.begin("Recover")
	defer s.mu.Unlock()
	if err != nil {
		return view.Joined{}, err
	}
	if code != "4TQM-8WZX-K2HR-7NVP-C3DJ" {
		return view.Joined{}, ledger.Refuse(ledger.ErrNotFound, "Read it again from the paper.", "This is no recovery code.")
	}
	s.Data.People[who.Fingerprint] = view.Identity{Role: ledger.RoleUser, Handle: "w_7g2v"}
	return view.Joined{
		Handle: "w_7g2v", RecoveryCode: "9HJ2-XW4C-M7TK-5PZR-V8DQ", LockedUntil: after(72 * time.Hour),
	}, nil
}

// Touch opens the purchase window.
func (s *Service) Touch(context.Context, view.Caller) error {
	err := s.begin("Touch")
	defer s.mu.Unlock()
	if err == nil {
		s.Data.Overview.WindowUntil = after(s.Data.House.Window.Duration())
	}
	return err
}

// Lock closes the purchase window.
func (s *Service) Lock(context.Context, view.Caller) error {
	err := s.begin("Lock")
	defer s.mu.Unlock()
	if err == nil {
		s.Data.Overview.WindowUntil = view.Time{}
	}
	return err
}

// Settings stores a zone that exists, and any theme.
func (s *Service) Settings(_ context.Context, who view.Caller, zone, theme string) (view.Identity, error) {
	err := s.begin("Settings")
	defer s.mu.Unlock()
	if err != nil {
		return view.Identity{}, err
	}
	id := s.Data.People[who.Fingerprint]
	if zone != "" {
		if _, err := time.LoadLocation(zone); err != nil {
			return view.Identity{}, ledger.Invalid("zone", "Use a name such as Europe/Berlin.", "%s is no time zone.", zone)
		}
		id.Zone = zone
	}
	if theme != "" {
		id.Theme = theme
	}
	s.Data.People[who.Fingerprint] = id
	return id, nil
}
