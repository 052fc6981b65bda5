package ssh

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	gossh "golang.org/x/crypto/ssh"
	"pgregory.net/rapid"

	"tuppence/server/ledger"
	"tuppence/tui/command"
)

// house is a front with a wallet for some keys and an office for others; all others are strangers.
type house struct {
	mu    sync.Mutex
	roles map[string]ledger.Role
}

func (h *house) is(key gossh.Signer, r ledger.Role) gossh.Signer {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.roles == nil {
		h.roles = map[string]ledger.Role{}
	}
	h.roles[fingerprint(key)] = r
	return key
}

func (h *house) role(key string) ledger.Role {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.roles[key]
}

// dialFrom connects from one of the addresses of this machine.
func dialFrom(t *testing.T, s *Server, addr string, key gossh.Signer) *gossh.Client {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(addr)}}
	nc, err := d.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Skipf("this machine has no address %s: %v", addr, err)
	}
	cc, chans, reqs, err := gossh.NewClientConn(nc, s.Addr().String(), clientConfig(s, gossh.PublicKeys(key)))
	if err != nil {
		t.Fatalf("from %s: %v", addr, err)
	}
	c := gossh.NewClient(cc, chans, reqs)
	t.Cleanup(func() { c.Close() })
	return c
}

// small are the limits with shares that a test can fill.
func small(o *Options) {
	o.Limits.Strangers, o.Limits.StrangersPerAddr = 12, 8
	o.Limits.Members, o.Limits.MembersPerAddr = 12, 8
	o.Limits.Staff = 2
	o.Limits.Unauthenticated, o.Limits.UnauthenticatedPerAddr = 100, 100
}

// Attack: fresh keys, or fresh wallets, from two addresses take all places and keep them. A newcomer, a member and the
// operator get in, the operator even from an address of the flood, and those who were there before stay.
func TestFloodLeavesRoomForOthers(t *testing.T) {
	for flood, role := range map[string]ledger.Role{"strangers": ledger.RoleNone, "members": ledger.RoleUser} {
		t.Run(flood, func(t *testing.T) {
			var h house
			s := serve(t, &desk{role: h.role}, small)
			here := sit(t, dialFrom(t, s, "127.0.0.4", h.is(newKey(t), ledger.RoleUser)), "")
			here.see("> 11-23 14:00")
			for k := range 40 {
				c := dialFrom(t, s, fmt.Sprintf("127.0.0.%d", 2+k%2), h.is(newKey(t), role))
				if sess, err := c.NewSession(); err == nil { // an old one may be ended meanwhile
					_ = sess.RequestPty("xterm", 24, 80, nil)
					_ = sess.Shell()
				}
			}
			if got := s.Load(); got.Sessions > 2*12+2 || got.Conns-got.Unauthenticated > 2*12+2 {
				t.Errorf("%+v, want no more than the shares", got)
			}
			for who, c := range map[string]*gossh.Client{
				"operator": dialFrom(t, s, "127.0.0.2", h.is(newKey(t), ledger.RoleOperator)),
				"member":   dialFrom(t, s, "127.0.0.5", h.is(newKey(t), ledger.RoleUser)),
				"newcomer": dialFrom(t, s, "127.0.0.6", newKey(t)),
			} {
				if out, errs, code := run(t, c, "whoami"); code != 0 || !strings.HasPrefix(out, "SHA256:") {
					t.Errorf("%s: exit %d, %q", who, code, errs)
				}
			}
			here.press("j")
			here.see("> 11-23 14:01")
		})
	}
}

// A key that has all its sessions loses the one that was silent for longest, which is told why. The newcomer gets in at
// once, also where the old one is frozen and cannot be told; other keys are not touched.
func TestKeyLosesItsLongestSilentSession(t *testing.T) {
	s := serve(t, &desk{}, func(o *Options) { o.Limits.SessionsPerKey = 2 })
	key := newKey(t)
	other := sit(t, dial(t, s, newKey(t)), "")
	other.see("> 11-23 14:00")
	first := sit(t, dial(t, s, key), "")
	first.see("> 11-23 14:00")
	second := sit(t, dial(t, s, key), "")
	second.see("> 11-23 14:00")
	first.press("j") // now the second one is silent for longest
	first.see("> 11-23 14:01")
	if out, errs, code := run(t, dial(t, s, key), "whoami"); code != 0 || out == "" {
		t.Fatalf("the newcomer: exit %d, %q", code, errs)
	}
	if code := second.end(); code != command.ExitLater || !strings.Contains(second.text(), endKeyFull.text) {
		t.Errorf("the silent one: exit %d, %q", code, tail(second.text()))
	}
	for _, r := range []*robot{first, other} {
		r.press("j")
		r.see("> 11-23 14:0")
	}
}

// A member who joined on a connection of a stranger takes the places of members from then on.
func TestJoinedKeyChangesPlaces(t *testing.T) {
	var h house
	s := serve(t, &desk{role: h.role}, small)
	key := newKey(t)
	c := dial(t, s, key)
	run(t, c, "whoami")
	h.is(key, ledger.RoleUser)
	run(t, c, "whoami")
	s.admission.mu.Lock()
	defer s.admission.mu.Unlock()
	if got := s.admission.conns.count; got != [classes]int{member: 1} {
		t.Errorf("connections by class: %v, want one member", got)
	}
}

// tenantAt is a tenant of a model.
type tenantAt struct {
	addr  netip.Addr
	heard int64
}

func (t *tenantAt) address() netip.Addr { return t.addr }
func (t *tenantAt) lastHeard() int64    { return t.heard }

// Whoever comes, in whatever order: no share is exceeded, by class, address or wider network; a newcomer always has a
// place; who lost one is of the same class, and the counts are those of who is there.
func TestPlacesAreSharedOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := Limits{Strangers: 5, StrangersPerAddr: 2, Members: 7, MembersPerAddr: 3, Staff: 2}
		p := newPlaces[*tenantAt](l)
		addrs := []string{
			"192.0.2.1", "192.0.2.2", "2001:db8:1:1::1", "2001:db8:1:2::1", "2001:db8:1:ff00::1", "2001:db8:2::1",
		}
		var all []*tenantAt
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(all) > 0 && rapid.IntRange(0, 4).Draw(t, "leaves") == 0 {
				p.leave(rapid.SampledFrom(all).Draw(t, "who"))
				continue
			}
			who := &tenantAt{netip.MustParseAddr(rapid.SampledFrom(addrs).Draw(t, "addr")), rapid.Int64().Draw(t, "heard")}
			as := class(rapid.IntRange(0, int(classes)-1).Draw(t, "class"))
			before := p.count
			gone, why := p.take(who, as)
			all = append(all, who)
			if _, in := p.held[who]; !in {
				t.Fatal("a newcomer has no place")
			}
			for c := range classes {
				if c != as && p.count[c] != before[c] {
					t.Fatalf("a newcomer of class %d changed the places of class %d", as, c)
				}
			}
			if _, still := p.held[gone]; why != nil && (gone == nil || still) {
				t.Fatalf("%v made room and is still there", gone)
			}
			placesHold(t, &p)
		}
	})
}

// placesHold compares the counts with who is there, and with the shares.
func placesHold(t *rapid.T, p *places[*tenantAt]) {
	var count [classes]int
	by := [classes]ledger.NetworkCount{{}, {}, {}}
	for who, c := range p.held {
		count[c]++
		by[c].Add(who.addr)
	}
	if count != p.count {
		t.Fatalf("counted %v, there are %v", p.count, count)
	}
	for who, c := range p.held {
		for _, w := range ledger.NetworksOf(who.addr) {
			if p.by[c][w.Prefix] != by[c][w.Prefix] {
				t.Fatalf("%v: counted %d, there are %d", w.Prefix, p.by[c][w.Prefix], by[c][w.Prefix])
			}
			if each := p.shares[c].each; each > 0 && by[c][w.Prefix] > each*w.Shares {
				t.Fatalf("%v has %d places, more than its share", w.Prefix, by[c][w.Prefix])
			}
		}
		if count[c] > p.shares[c].most {
			t.Fatalf("class %d has %d places", c, count[c])
		}
	}
}

// mute is a client whose machine is there and whose program is frozen: it answers no question.
func mute(t *testing.T, s *Server, key gossh.Signer) gossh.Conn {
	t.Helper()
	nc, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	cc, _, _, err := gossh.NewClientConn(nc, s.Addr().String(), clientConfig(s, gossh.PublicKeys(key)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cc.Close() })
	return cc
}

// A client that answers no question is cut off after two, although its machine takes every byte.
func TestFrozenClientIsCutOff(t *testing.T) {
	s := serve(t, &desk{}, func(o *Options) { o.Limits.KeepAlive = 30 * time.Millisecond })
	cc := mute(t, s, newKey(t))
	if _, _, err := cc.OpenChannel("session", nil); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the frozen client is gone", func() bool { return s.Load() == Load{} })
}

// A client that answers, if only by a refusal, stays although its person types nothing.
func TestQuietClientThatAnswersStays(t *testing.T) {
	s := serve(t, &desk{}, func(o *Options) { o.Limits.KeepAlive = 20 * time.Millisecond })
	nc, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	cc, chans, reqs, err := gossh.NewClientConn(nc, s.Addr().String(), clientConfig(s, gossh.PublicKeys(newKey(t))))
	if err != nil {
		t.Fatal(err)
	}
	asked := make(chan *gossh.Request)
	go func() {
		defer close(asked)
		for r := range reqs {
			asked <- r
		}
	}()
	none := make(chan *gossh.Request)
	defer close(none)
	r := sit(t, gossh.NewClient(cc, chans, none), "")
	r.see("> 11-23 14:00")
	for range 10 {
		q, open := <-asked
		if !open || q.Type != "keepalive@openssh.com" || !q.WantReply {
			t.Fatalf("asked %+v, want a keepalive that wants a reply", q)
		}
		_ = q.Reply(false, nil)
	}
	r.press("j")
	go func() {
		for q := range asked {
			_ = q.Reply(false, nil)
		}
	}()
	r.see("> 11-23 14:01")
	r.press("q")
	r.end()
	cc.Close()
}
