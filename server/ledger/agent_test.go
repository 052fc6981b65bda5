package ledger

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

const agentLine = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPQKEIbwjKmqEyRm174KFtDsR/WjOQqmBUJPFPJQJvzN builder@host"

// lets are the facts of a person who lets a program pay, and the order that does.
func lets() (r AgentOrder, f AgentFacts) {
	r = AgentOrder{
		Name: "builder", Fingerprint: "SHA256:b", Public: [32]byte{1}, Currency: "EUR", Each: Unit / 2, Day: Unit,
		Total: 3 * Unit, Actor: Actor{Role: RoleUser, Key: "SHA256:old"},
	}
	f = AgentFacts{No: 5, Wallet: "EUR", User: User{ID: 7, Status: UserActive, Agents: 3, Keys: []Member{
		{Fingerprint: "SHA256:old"}, {Fingerprint: "SHA256:new", Added: start, Young: start.Add(day)},
	}}}
	return r, f
}

func TestAddAgent(t *testing.T) {
	r, f := lets()
	out, err := DecideAddAgent(r, f, start)
	must(t, err)
	a := out.Agent
	is(t, "number", a.Number, 4)
	is(t, "the next number", out.User.Agents, 4)
	is(t, "end", a.Expires, start.Add(90*day))
	is(t, "live", a.Live(start), true)
	is(t, "live at its end", a.Live(a.Expires), false)
	is(t, "history", out.Entry.Wallet, "EUR")
	is(t, "kind", out.Entry.Kind, KindAgent)
	for name, c := range map[string]struct {
		want error
		do   func(*AgentOrder, *AgentFacts)
	}{
		"frozen":    {ErrFrozen, func(_ *AgentOrder, f *AgentFacts) { f.User.Status = UserFrozen }},
		"recovered": {ErrNotAllowed, func(_ *AgentOrder, f *AgentFacts) { f.User.LockedUntil = start.Add(1) }},
		"new key":   {ErrNotAllowed, func(r *AgentOrder, _ *AgentFacts) { r.Actor.Key = "SHA256:new" }},
		"no name":   {ErrInvalid, func(r *AgentOrder, _ *AgentFacts) { r.Name = " " }},
		"two words": {ErrInvalid, func(r *AgentOrder, _ *AgentFacts) { r.Name = "my builder" }},
		"long name": {ErrInvalid, func(r *AgentOrder, _ *AgentFacts) { r.Name = strings.Repeat("b", 41) }},
		"a print":   {ErrInvalid, func(r *AgentOrder, _ *AgentFacts) { r.Name = "SHA256:b" }},
		"nothing":   {ErrInvalid, func(r *AgentOrder, _ *AgentFacts) { r.Each = 0 }},
		"no day":    {ErrInvalid, func(r *AgentOrder, _ *AgentFacts) { r.Day = 0 }},
		"below 0":   {ErrInvalid, func(r *AgentOrder, _ *AgentFacts) { r.Total = -1 }},
		"too dear":  {ErrInvalid, func(r *AgentOrder, _ *AgentFacts) { r.Each = r.Day + 1 }},
		"too much":  {ErrInvalid, func(r *AgentOrder, _ *AgentFacts) { r.Day = MaxMicros + 1 }},
		"too long":  {ErrInvalid, func(r *AgentOrder, _ *AgentFacts) { r.Days = 401 }},
		"vendors":   {ErrInvalid, func(r *AgentOrder, _ *AgentFacts) { r.Vendors = make([]VendorID, 21) }},
		"name taken": {ErrState, func(_ *AgentOrder, f *AgentFacts) {
			f.Agents = []Agent{{Name: "builder", Expires: start.Add(-day)}}
		}},
		"enough": {ErrLimit, func(_ *AgentOrder, f *AgentFacts) { f.Agents = make([]Agent, maxAgents) }},
	} {
		r, f := lets()
		c.do(&r, &f)
		if _, err := DecideAddAgent(r, f, start); Code(err) != c.want.Error() {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

// Keys that ended first are forgotten, but not while something of them waits.
func TestAgentsAreForgotten(t *testing.T) {
	r, f := lets()
	for i := range maxEndedAgents + 3 {
		f.Agents = append(f.Agents, Agent{Number: uint32(100 - i), Ended: start.Add(time.Duration(-i) * time.Hour)})
	}
	f.Agents[len(f.Agents)-1].Holds = []EntryNo{9}
	out, err := DecideAddAgent(r, f, start)
	must(t, err)
	is(t, "forgotten", len(out.Forgotten), 2)
	is(t, "first", out.Forgotten[0].Number, f.Agents[len(f.Agents)-2].Number)
}

// What becomes looser is confirmed, and by an old key; lowering is always allowed.
func TestLimitAgent(t *testing.T) {
	r, f := lets()
	added, err := DecideAddAgent(r, f, start)
	must(t, err)
	f.Agent = added.Agent
	micros := func(n int64) *int64 { return &n }
	lower := AgentChange{
		Day: micros(Unit / 2), Each: micros(1), Total: micros(Unit), Days: 1, Actor: Actor{Key: "SHA256:new"},
	}
	f.User.LockedUntil = start.Add(day)
	out, err := DecideLimitAgent(lower, f, start)
	must(t, err)
	is(t, "day", out.Agent.Day, Unit/2)
	is(t, "end", out.Agent.Expires, start.Add(day))
	is(t, "words", out.Entry.Change.New, "each 0.50 EUR → 0.000001 EUR, day 1.00 EUR → 0.50 EUR, "+
		"total 3.00 EUR → 1.00 EUR, until 2027-02-22 → 2026-11-25")
	f.User.LockedUntil = time.Time{}
	for name, c := range map[string]AgentChange{
		"day": {Day: micros(2 * Unit)}, "each": {Each: micros(Unit)}, "total": {Total: micros(0)}, "end": {Days: 100},
	} {
		c.Actor = Actor{Role: RoleUser, Key: "SHA256:old"}
		_, err := DecideLimitAgent(c, f, start)
		refused(t, err, ErrConfirm)
		c.Confirmed = true
		_, err = DecideLimitAgent(c, f, start)
		must(t, err)
		c.Actor.Key = "SHA256:new"
		_, err = DecideLimitAgent(c, f, start)
		refused(t, err, ErrNotAllowed)
		locked := f
		locked.User.LockedUntil = start.Add(day)
		_, err = DecideLimitAgent(c, locked, start)
		refused(t, err, ErrNotAllowed)
		locked.User.Status = UserFrozen
		if _, err = DecideLimitAgent(c, locked, start); Code(err) != ErrFrozen.Error() {
			t.Errorf("%s in a frozen wallet: %v", name, err)
		}
	}
	for _, c := range []AgentChange{{}, {Day: micros(0)}, {Each: micros(-1)}, {Each: micros(2 * Unit)}, {Days: 401}} {
		_, err := DecideLimitAgent(c, f, start)
		refused(t, err, ErrInvalid)
	}
	_, err = DecideLimitAgent(lower, f, f.Agent.Expires)
	refused(t, err, ErrState)
	f.User.Status = UserClosed
	_, err = DecideLimitAgent(lower, f, start)
	refused(t, err, ErrFrozen)
}

func TestEndAgent(t *testing.T) {
	r, f := lets()
	added, err := DecideAddAgent(r, f, start)
	must(t, err)
	f.Agent = added.Agent
	_, err = DecideEndAgent(AgentEnd{Expired: true}, f, start)
	refused(t, err, ErrState)
	f.Agent.Holds = []EntryNo{9}
	_, err = DecideEndAgent(AgentEnd{Expired: true}, f, f.Agent.Expires)
	refused(t, err, ErrState)
	out, err := DecideEndAgent(AgentEnd{Actor: Actor{Role: RoleUser, Key: "SHA256:new"}}, f, start)
	must(t, err)
	is(t, "ended", out.Agent.Live(start), false)
	is(t, "what waits", len(out.Agent.Holds), 1)
	is(t, "not in the entry", len(out.Entry.Agent.Holds), 0)
	f.Agent = out.Agent
	_, err = DecideEndAgent(AgentEnd{}, f, start)
	refused(t, err, ErrState)
}

func TestAgentNamed(t *testing.T) {
	all := []Agent{
		{Number: 1, Name: "builder", Fingerprint: "SHA256:abcdefgh", Ended: start},
		{Number: 2, Name: "builder", Fingerprint: "SHA256:abcdefgh"},
		{Number: 3, Name: "crawler", Fingerprint: "SHA256:abcdefxx"},
	}
	for text, want := range map[string]uint32{"builder": 2, "SHA256:abcdefgh": 2, "abcdefx": 3, " crawler ": 3} {
		a, err := AgentNamed(all, text)
		must(t, err)
		is(t, text, a.Number, want)
	}
	for _, text := range []string{"", "nobody", "abcdef"} {
		_, err := AgentNamed(all, text)
		refused(t, err, ErrNotFound)
	}
}

func TestParseAgentKey(t *testing.T) {
	fingerprint, comment, public, err := ParseAgentKey(agentLine)
	must(t, err)
	is(t, "comment", comment, "builder@host")
	is(t, "the point", public[0], 0xf4)
	is(t, "its end", public[31], 0xcd)
	same, _, err := ParsePublicKey(agentLine)
	must(t, err)
	is(t, "fingerprint", fingerprint, same)
	for _, text := range []string{
		"", "ssh-ed25519", fingerprint,
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPQKEIbw", strings.Replace(agentLine, "IPQ", "H/", 1),
		"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAAQD",
		"sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIA==",
		"ssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1lZDI1NTE5LWNlcnQtdjAxQG9wZW5zc2guY29tAAAAIA==",
	} {
		_, _, _, err := ParseAgentKey(text)
		refused(t, err, ErrInvalid)
	}
	_, _, _, err = ParseAgentKey(fingerprint)
	is(t, "a fingerprint", strings.Contains(err.Error(), "A fingerprint is not enough"), true)
}

// decide decides about a purchase.
func (s *market) decide(r PurchaseRequest) (PurchaseOutcome, error) {
	return DecidePurchase(r, s.facts(), s.now)
}

// limitOf is the bound that a refusal names.
func limitOf(t tester, err error) string {
	t.Helper()
	var r *Refusal
	if !errors.As(err, &r) {
		t.Fatalf("%v is no refusal", err)
	}
	return r.Limit
}

// A program buys without window and link, within its own bounds and those of the wallet.
func TestAgentBuys(t *testing.T) {
	s := newMarket(t, 1000)
	s.user.WindowUntil, s.user.Created = time.Time{}, start.Add(-400*day)
	r := s.request()
	r.Approved = false
	_, err := s.decide(r)
	refused(t, err, ErrNotLinked)
	a := Agent{
		User: s.user.ID, Number: 4, Name: "builder", Currency: "EUR", Each: 300_000, Day: 600_000, Total: 700_000,
		Expires: start.Add(day), Vendors: []VendorID{s.vendor.ID},
	}
	s.agent = &a
	e, _ := s.buy(r)
	is(t, "the sale names it", e.Sale.Agent, 4)
	is(t, "counted", s.agent.Spent.Day.Spent, 250_000)
	is(t, "sum", s.agent.Sum, 250_000)
	is(t, "used", s.agent.UsedOn(), "2026-11-24")
	r.Hold = true
	held, p := s.buy(r)
	is(t, "waits", len(s.agent.Holds), 1)
	out, err := s.decide(r)
	refused(t, err, ErrLimit)
	if out.Agent != nil {
		t.Errorf("a refused purchase is counted: %+v", out.Agent)
	}
	no := refused(t, err, ErrLimit)
	is(t, "bound", no.Limit, "key_per_day")
	is(t, "frees", no.ResetsAt, time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC))
	f := s.sale(held, p)
	back, err := DecideVoid(VoidRequest{}, f, start)
	must(t, err)
	is(t, "given back", back.Agent.Sum, 250_000)
	is(t, "of the day", back.Agent.Spent.Day.Spent, 250_000)
	is(t, "nothing waits", len(back.Agent.Holds), 0)
	part, err := DecideCapture(CaptureRequest{Amount: 100_000}, f, start)
	must(t, err)
	is(t, "a part", part.Agent.Sum, 350_000)
	for name, c := range map[string]struct {
		want  error
		limit string
		do    func(*Agent, *market)
	}{
		"each":     {ErrLimit, "key_per_purchase", func(a *Agent, _ *market) { a.Each = 249_999 }},
		"total":    {ErrLimit, "key_total", func(a *Agent, _ *market) { a.Sum = 450_001 }},
		"holds":    {ErrLimit, "key_holds", func(a *Agent, _ *market) { a.Holds = make([]EntryNo, maxAgentHolds) }},
		"wallet":   {ErrLimit, "per_purchase", func(_ *Agent, s *market) { s.wallet.Limits.PerPurchase = 1 }},
		"ended":    {ErrNotAllowed, "", func(a *Agent, _ *market) { a.Ended = start }},
		"expired":  {ErrNotAllowed, "", func(a *Agent, _ *market) { a.Expires = start }},
		"currency": {ErrNotAllowed, "", func(a *Agent, _ *market) { a.Currency = "USD" }},
		"vendor":   {ErrNotAllowed, "", func(a *Agent, _ *market) { a.Vendors = []VendorID{99} }},
		"stranger": {ErrNotAllowed, "", func(a *Agent, _ *market) { a.User = 99 }},
		"locked":   {ErrNotAllowed, "", func(_ *Agent, s *market) { s.user.LockedUntil = start.Add(1) }},
		"blocked":  {ErrNotAllowed, "", func(_ *Agent, s *market) { s.link = &Link{Status: LinkBlocked} }},
		"frozen":   {ErrFrozen, "", func(_ *Agent, s *market) { s.user.Status = UserFrozen }},
		"new": {ErrApproval, "limit_purchase", func(_ *Agent, s *market) {
			s.user.Created, s.policy.Limits.PerPurchase = start, 1
		}},
	} {
		s := newMarket(t, 1000)
		s.user.Created = start.Add(-400 * day)
		b := a
		c.do(&b, s)
		s.agent = &b
		r := s.request()
		r.Approved, r.Hold = false, true
		_, err := s.decide(r)
		if Code(err) != c.want.Error() || limitOf(t, err) != c.limit {
			t.Errorf("%s: got %v (%s), want %v (%s)", name, err, limitOf(t, err), c.want, c.limit)
		}
	}
}

// Whatever a program buys, holds and gets back over days: what it has spent in a day and over its life is never above
// its bounds.
func TestAgentStaysWithinItsBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := Agent{
			User: 7, Currency: "EUR", Each: rapid.Int64Range(1, 50).Draw(t, "each"),
			Total: rapid.Int64Range(0, 300).Draw(t, "total"), Expires: start.Add(400 * day),
		}
		a.Day = a.Each + rapid.Int64Range(0, 100).Draw(t, "more")
		var wallet Counters
		now, days, sum := start, map[int64]int64{}, int64(0)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 900).Draw(t, "minutes")) * time.Minute)
			p, micros := periodsAt(now, nil), rapid.Int64Range(1, 60).Draw(t, "micros")
			if checkAgentLimits(&a, micros, false, p) != nil {
				continue
			}
			wallet = wallet.add(micros, p)
			a = *a.counted(wallet, &Entry{Amount: Amount{micros, "EUR"}}, false, p)
			days[p.Day.Unix()] += micros
			if sum += micros; days[p.Day.Unix()] > a.Day || micros > a.Each || a.Total > 0 && sum > a.Total {
				t.Fatalf("%d of %d a day, %d of %d", days[p.Day.Unix()], a.Day, sum, a.Total)
			}
		}
	})
}
