package ssh

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command/commandtest"
)

// searching is a service whose history is long: a search ends only when nobody waits for it any more. Every key has a
// wallet.
type searching struct {
	*commandtest.Service
	mu                   sync.Mutex
	running, most, begun int
	over                 chan struct{} // a search has ended
}

func (s *searching) WhoAmI(_ context.Context, who view.Caller) (view.Identity, error) {
	return view.Identity{Fingerprint: who.Fingerprint, Role: ledger.RoleUser, Handle: "w_test"}, nil
}

func (s *searching) History(ctx context.Context, who view.Caller, q view.HistoryQuery) (view.History, error) {
	if q.Filter == "" {
		return s.Service.History(ctx, who, q)
	}
	s.count(1)
	<-ctx.Done()
	s.count(-1)
	s.over <- struct{}{}
	return view.History{}, ctx.Err()
}

func (s *searching) count(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.running += n
	s.most = max(s.most, s.running)
	s.begun += max(n, 0)
}

func (s *searching) counts() (running, most, begun int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.running, s.most, s.begun
}

// Attack: a session searches and presses 200 keys more, while its wallet is woken again and again. One search runs,
// whatever is pressed; others are served; and the search ends with the session.
func TestKeysOfOneSessionStartOneSearch(t *testing.T) {
	svc := &searching{Service: commandtest.New(), over: make(chan struct{}, 1000)}
	s := serve(t, NewFront(svc, FrontOptions{Now: time.Now, Version: "1"}), nil)
	c := dial(t, s, newKey(t))
	r := sit(t, c, "")
	r.see("History") // the service has said who is calling: from here on keys mean something
	r.press("3")
	r.see("1/8")
	r.press("/")
	r.see("Filter")
	r.press("zzzz")
	r.see("zzzz")
	r.press("\r") // alone: what comes in company decides nothing
	r.wait("the search", func() bool { _, _, begun := svc.counts(); return begun > 0 })
	for range 200 {
		r.press("r")
		svc.Change(func(*commandtest.Data) {})
	}
	r.press("2")
	r.see("available") // all of the keys were taken: another place is there
	if out, _, code := run(t, dial(t, s, newKey(t)), "version"); code != 0 || !strings.Contains(out, "1") {
		t.Errorf("another session: exit %d, %q", code, out)
	}
	if running, most, begun := svc.counts(); running != 1 || most != 1 || begun != 1 {
		t.Errorf("%d searches run, %d at most, %d were begun; want one", running, most, begun)
	}
	c.Close()
	select {
	case <-svc.over:
	case <-time.After(30 * time.Second):
		t.Error("the search goes on after its session")
	}
}
