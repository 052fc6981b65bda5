package commandtest

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Callers that a new [Service] knows, and one that it does not.
var (
	Ada    = caller("ada0Q1nU4mR7vJ2kWq8xTz5cYbHs3LdEf6GpNiOaVu", "AAAAada ada", "192.0.2.7")    // a member
	Rita   = caller("rita9bV2xQ7tLw4cKs8mJz1nHf5yRdEo3GpUiAaTqX", "AAAArita rita", "192.0.2.8")  // a representative
	Otto   = caller("otto5kD8rW1zMq6xYc3vNb7jLs2hTfGe4PpUiOaQwR", "AAAAotto otto", "192.0.2.9")  // the operator
	Vera   = caller("vera2mT7xQ9wLc4sKj8zBn1Hf5RydEoGpUiAaVqX3k", "AAAAvera vera", "192.0.2.11") // owns a team
	NewKey = caller("new7tYc2vBn5mKx8zLq1wJd4hRf3sGpEe6UiOaTrWqZ", "AAAAnew", "192.0.2.10")      // no key of the service
)

// caller is a connection of one key. Each has an address of its own, because limits of tries count by address.
func caller(fingerprint, key, remote string) view.Caller {
	return view.Caller{Fingerprint: "SHA256:" + fingerprint, Key: "ssh-ed25519 " + key, Remote: remote}
}

// Service is a whole service in memory with believable data, for the tests of commands and screens. It keeps what a
// person would notice (balances, states, lists); the rules themselves are tested where they live. It implements
// command.Service.
type Service struct {
	// Data is read and written by every call, under mu. A test that has calls under way changes it through Change.
	Data Data

	mu       sync.Mutex
	calls    map[string]int   // by the name of the method
	settled  int              // calls of SettleRun
	watchers []chan view.Wake // never closed: a session that has ended stops reading
}

// Data is what a [Service] knows. Every list is in the order in which the service returns it.
type Data struct {
	// Fail is returned by every call but WhoAmI, if it is set: a refusal to see its remedy, any other error to see that
	// its text stays inside.
	Fail error
	// People are the known keys, by fingerprint. Join and Recover add to them.
	People map[string]view.Identity
	// Invited says that a wallet was opened with [InviteCode].
	Invited bool
	House   view.House
	// Overview has no lists of its own but the wallets: what waits and what happened last comes from the lists below.
	Overview view.Overview
	Keys     view.KeyRing
	Agents   []view.Agent
	Methods  []view.Method
	Deposits []view.Deposit
	// Banks, Mandates and BankFiles are what there is of bank accounts.
	Banks     []view.BankAccount
	Mandates  []view.Mandate
	BankFiles []view.BankFile
	// Unallocated is money that came and that nobody announced so.
	Unallocated []view.Unallocated
	// Tasks is the queue of the desk; the screens take from it with whom a case is, and what was proposed.
	Tasks []view.Task
	Rows  []view.Row
	// Details are what Show returns, by id. Of a row that is not among them the row itself is all that is known.
	Details  map[string]view.Detail
	Links    []view.Link
	Disputes []view.Dispute
	// Approvals has answered requests too; a list shows those that are open.
	Approvals []view.Approval
	// Receipts are the first answers, by the code of the request.
	Receipts  map[string]view.Receipt
	Transfers []view.Transfer
	Policy    []view.Setting
	// Shop is what the team of the vendor acme-news sees, Team who is in it.
	Shop Shop
	Team []view.TeamMember
	// Warning is what SetLimit says beside the new bounds.
	Warning string
	// Got is the last request that was to change something, for tests of how words are read.
	Got any
}

// Person changes what is known of a caller.
func (d *Data) Person(who view.Caller, change func(*view.Identity)) {
	me := d.People[who.Fingerprint]
	change(&me)
	d.People[who.Fingerprint] = me
}

// Calls returns how often methods were called, all of them if none is named: some tests are about calls that must not
// be made, or not twice.
func (s *Service) Calls(methods ...string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for method, calls := range s.calls {
		if len(methods) == 0 || slices.Contains(methods, method) {
			n += calls
		}
	}
	return n
}

// Change changes the data while calls may be under way, and wakes the watchers.
func (s *Service) Change(change func(*Data)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.Data)
	s.wake()
}

// count counts a call. The lock is held.
func (s *Service) count(method string) {
	if s.calls == nil {
		s.calls = map[string]int{}
	}
	s.calls[method]++
}

// call is what every method of the interface does: it counts the call, fails if the test asked for that, and runs do
// under the lock, since screens call from several goroutines at once.
func call[T any](s *Service, method string, do func() (T, error)) (T, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count(method)
	if s.Data.Fail != nil {
		var none T
		return none, s.Data.Fail
	}
	return do()
}

// list returns a copy of a list of the data: the caller may keep and change it while the test changes the data.
func list[T any](s *Service, method string, of *[]T) ([]T, error) {
	return call(s, method, func() ([]T, error) { return slices.Clone(*of), nil })
}

// act is call for a method that returns nothing but its error.
func act(s *Service, method string, do func()) error {
	_, err := call(s, method, func() (struct{}, error) { do(); return struct{}{}, nil })
	return err
}

// wake tells the watchers that something changed. The lock is held, so it must not wait for a reader.
func (s *Service) wake() {
	for _, w := range s.watchers {
		select {
		case w <- view.Wake{}:
		default:
		}
	}
}

// noSuch is the refusal of an id that the service does not have. It names the id, as the rules do.
func noSuch(what, id string) error {
	id = ledger.CleanLine(id, 40)
	return ledger.Refuse(ledger.ErrNotFound, "Look at the list again.", "There is no %s %s.", what, id)
}

// House returns what every key may know, a new one too.
func (s *Service) House(context.Context) (view.House, error) {
	return call(s, "House", func() (view.House, error) { return s.Data.House, nil })
}

// WhoAmI returns what a caller may do. It never fails, also when Data.Fail is set: every command begins with it, and a
// test of failures is about the call that follows.
func (s *Service) WhoAmI(_ context.Context, who view.Caller) (view.Identity, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.count("WhoAmI")
	return s.Data.People[who.Fingerprint], nil
}

// Watch returns a channel that every change wakes. It holds one wake-up: a reader that is busy needs to look again
// only once.
func (s *Service) Watch(ctx context.Context, _ view.Caller) (<-chan view.Wake, error) {
	return call(s, "Watch", func() (<-chan view.Wake, error) {
		c := make(chan view.Wake, 1)
		s.watchers = append(s.watchers, c)
		return c, nil
	})
}

// Join opens the wallet w_9q4m for an unknown key (claim 8), and refuses a known one as the rules do, so that the
// command's words for it are seen.
func (s *Service) Join(_ context.Context, who view.Caller, r view.JoinRequest) (view.Joined, error) {
	return call(s, "Join", func() (view.Joined, error) {
		if s.Data.People[who.Fingerprint].Role != ledger.RoleNone {
			return view.Joined{}, ledger.Refuse(ledger.ErrState, "Type: whoami", "This key has a wallet already.")
		}
		if r.Invite != "" && r.Invite != InviteCode && r.Invite != ReferralCode {
			return view.Joined{}, ledger.RefuseInvite()
		}
		s.Data.Invited = s.Data.Invited || r.Invite == InviteCode
		by := ""
		if r.Invite == ReferralCode {
			by = "acme-news"
		}
		s.Data.People[who.Fingerprint] = view.Identity{
			Role: ledger.RoleUser, Handle: "w_9q4m", Settings: view.Settings{Zone: r.Zone, Notices: ledger.NoticeOff},
		}
		return view.Joined{Handle: "w_9q4m", RecoveryCode: "4TQM-8WZX-K2HR-7NVP-C3DJ", BroughtBy: by}, nil
	})
}

// Recover knows one code, 4TQM-8WZX-K2HR-7NVP-C3DJ. The wallet stays locked for three days, as after a real recovery:
// the answer has to say until when.
func (s *Service) Recover(_ context.Context, who view.Caller, code string) (view.Joined, error) {
	return call(s, "Recover", func() (view.Joined, error) {
		if code != "4TQM-8WZX-K2HR-7NVP-C3DJ" {
			return view.Joined{}, ledger.Refuse(ledger.ErrNotFound, "Read it again from the paper.", "This is no recovery code.")
		}
		s.Data.People[who.Fingerprint] = view.Identity{Role: ledger.RoleUser, Handle: "w_7g2v"}
		return view.Joined{
			Handle: "w_7g2v", RecoveryCode: "9HJ2-XW4C-M7TK-5PZR-V8DQ", LockedUntil: after(72 * time.Hour),
		}, nil
	})
}

// Touch opens the purchase window (claim 26).
func (s *Service) Touch(context.Context, view.Caller) error {
	return act(s, "Touch", func() { s.Data.Overview.WindowUntil = after(s.Data.House.Window.Duration()) })
}

// Lock closes the purchase window: no linked vendor may charge until the next key press (claim 26).
func (s *Service) Lock(context.Context, view.Caller) error {
	return act(s, "Lock", func() { s.Data.Overview.WindowUntil = view.Time{} })
}

// Settings stores a zone that exists, and any theme: which themes there are is for the screens to know.
func (s *Service) Settings(_ context.Context, who view.Caller, c view.SettingsChange) (view.Identity, error) {
	return call(s, "Settings", func() (view.Identity, error) {
		id := s.Data.People[who.Fingerprint]
		if _, err := time.LoadLocation(c.Zone); err != nil {
			return view.Identity{}, ledger.Invalid("zone", "Use a name such as Europe/Berlin.", "%s is no time zone.",
				ledger.CleanLine(c.Zone, 40))
		}
		id.Zone, id.Theme, id.Notices = cmp.Or(c.Zone, id.Zone), cmp.Or(c.Theme, id.Theme), cmp.Or(c.Notices, id.Notices)
		for _, f := range []struct{ is, want *bool }{{&id.Plain, c.Plain}, {&id.Mouse, c.Mouse}, {&id.ASCII, c.ASCII}} {
			if f.want != nil {
				*f.is = *f.want
			}
		}
		u, err := ledger.User{Views: view.Map(id.Views, func(v view.SavedView) ledger.SavedView {
			return ledger.SavedView(v)
		})}, error(nil)
		if c.SaveView != nil {
			u, err = u.WithView(ledger.SavedView(*c.SaveView))
		}
		if c.DropView != "" && err == nil {
			u, err = u.WithoutView(c.DropView)
		}
		if err != nil {
			return view.Identity{}, err
		}
		id.Views = view.SettingsOf(u).Views
		s.Data.People[who.Fingerprint] = id
		return id, nil
	})
}
