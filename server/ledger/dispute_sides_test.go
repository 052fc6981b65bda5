package ledger

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	buyerActor  = Actor{Role: RoleUser, Key: "SHA256:ann"}
	vendorActor = Actor{Role: RoleVendor}
)

// contest is one disputed sale of a market, whose dispute moves on step by step.
type contest struct {
	*market
	e Entry
	p Purchase
	d Dispute
}

// contested buys something for 0.25 EUR and disputes it; it is used so often.
func contested(t tester, used uint32) *contest { return contestedAfter(t, used, func(*market) {}) }

// contestedAfter is contested with something between the sale and the dispute.
func contestedAfter(t tester, used uint32, between func(*market)) *contest {
	s := newMarket(t, 1000)
	s.policy.DisputeAuto = 0
	c := &contest{market: s}
	c.e, c.p = s.buy(s.request())
	c.p.Grant.Used = used
	between(s)
	c.d, c.p = s.disputed(DecideDispute(DisputeCase{Reason: "duplicate", Text: "twice"}, known(s.sale(c.e, c.p)), s.now))
	return c
}

func (c *contest) facts() DisputeFacts {
	return DisputeFacts{
		SaleFacts: c.sale(c.e, c.p), Dispute: c.d, Decider: Staff{Fingerprint: c.d.Decider, Role: RoleRep},
	}
}

// does writes a step.
func (c *contest) does(step func(DisputeFacts, time.Time) (DisputeOutcome, error)) *contest {
	c.t.Helper()
	c.d, c.p = c.disputed(step(c.facts(), c.now))
	return c
}

// no wants a refusal, and that nothing has changed.
func (c *contest) no(want error, step func(DisputeFacts, time.Time) (DisputeOutcome, error)) *Refusal {
	c.t.Helper()
	_, err := step(c.facts(), c.now)
	return refused(c.t, err, want)
}

type disputeDo = func(DisputeFacts, time.Time) (DisputeOutcome, error)

func answering(text string) disputeDo {
	return func(f DisputeFacts, now time.Time) (DisputeOutcome, error) {
		return DecideAnswer(vendorActor, text, f, now)
	}
}

func offering(micros int64) disputeDo {
	return func(f DisputeFacts, now time.Time) (DisputeOutcome, error) {
		return DecideOffer(vendorActor, micros, "half of it", f, now)
	}
}

func givingIn(f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	return DecideGiveIn(vendorActor, f, now)
}

func taking(f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	return DecideTake(buyerActor, f, now)
}

func declining(f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	return DecideDecline(buyerActor, f, now)
}

func withdrawing(f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	return DecideWithdraw(buyerActor, f, now)
}

func appealing(a Actor) disputeDo {
	return func(f DisputeFacts, now time.Time) (DisputeOutcome, error) {
		return DecideAppeal(a, "not seen", f, now)
	}
}

func deciding(a Actor, wins bool) disputeDo {
	return func(f DisputeFacts, now time.Time) (DisputeOutcome, error) {
		f.Staff = Staff{Fingerprint: a.Key, Role: a.Role}
		return DecideVerdict(VerdictRequest{UserWins: wins, Reason: "seen", Actor: a}, f, now)
	}
}

func asking(f DisputeFacts, now time.Time) (DisputeOutcome, error) {
	return DecideAsk(rep, "When was it sent?", f, now)
}

// An offer that is taken gives back that part exactly as a refund of it would, and leaves the rest refundable.
func TestOfferIsARefundOfThatPart(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.Int64Range(1, 249_999).Draw(t, "part")
		settled := rapid.Bool().Draw(t, "settled")
		settle := func(s *market) {
			if n := s.vendorBalance().Pending - 7; settled {
				e := entry(s.no+1, s.now, KindStaff, Actor{})
				e.Postings = []Posting{{Account{VendorPending, "EUR", 3}, n}, {Account{Bank, "EUR", 0}, -n}}
				s.post(e)
			}
		}
		plain := newMarket(t, 1000)
		e, p := plain.buy(plain.request())
		settle(plain)
		want := plain.wrote(DecideRefund(RefundRequest{Amount: part}, plain.sale(e, p), plain.now))
		c := contestedAfter(t, 0, settle)
		c.does(offering(part)).does(taking)
		is(t, "state", c.d.State, DisputeAccepted)
		is(t, "given back", c.d.GivenBack(), part)
		is(t, "balance", c.wallet.Paid, plain.wallet.Paid)
		is(t, "returned", c.p.Returned, part)
		is(t, "on hold", c.sums[disputeHold(c.d)], 0)
		if d := cmp.Diff(want.Receivers, c.p.Receivers); d != "" {
			t.Errorf("left at receivers (-refund +offer):\n%s", d)
		}
		earned := func(s *market) int64 { b := s.vendorBalance(); return b.Pending + b.Available }
		is(t, "the vendor's", earned(c.market), earned(plain))
		c.p = c.wrote(DecideRefund(RefundRequest{}, c.sale(c.e, c.p), c.now))
		is(t, "balance after all", c.wallet.Paid, 10_000_000)
	})
}

// What one side may not do, or not any more, is refused in words.
func TestLoopsOfADispute(t *testing.T) {
	late := func(c *contest) *contest { c.now = c.d.DueBy; return c }
	for name, no := range map[string]func() *Refusal{
		"offer of nothing":  func() *Refusal { return contested(t, 0).no(ErrInvalid, offering(0)) },
		"offer below zero":  func() *Refusal { return contested(t, 0).no(ErrInvalid, offering(-1)) },
		"offer of all":      func() *Refusal { return contested(t, 0).no(ErrInvalid, offering(250_000)) },
		"offer of more":     func() *Refusal { return contested(t, 0).no(ErrInvalid, offering(1<<60)) },
		"offer after offer": func() *Refusal { return contested(t, 0).does(offering(9)).no(ErrState, offering(10)) },
		"take nothing":      func() *Refusal { return contested(t, 0).no(ErrState, taking) },
		"take twice":        func() *Refusal { return contested(t, 0).does(offering(9)).does(taking).no(ErrState, taking) },
		"take what is gone": func() *Refusal {
			return contested(t, 0).does(offering(9)).does(declining).no(ErrState, taking)
		},
		"take too late":      func() *Refusal { return late(contested(t, 0).does(offering(9))).no(ErrState, taking) },
		"decline too late":   func() *Refusal { return late(contested(t, 0).does(offering(9))).no(ErrState, declining) },
		"answer too late":    func() *Refusal { return late(contested(t, 0)).no(ErrState, answering("sent")) },
		"answer with blanks": func() *Refusal { return contested(t, 0).no(ErrInvalid, answering(" \x1b[2J ")) },
		"answer twice":       func() *Refusal { return contested(t, 0).does(answering("a")).no(ErrState, answering("b")) },
		"accept a withdrawn one": func() *Refusal {
			return contested(t, 0).does(withdrawing).no(ErrState, givingIn)
		},
		"withdraw an accepted one": func() *Refusal { return contested(t, 0).does(givingIn).no(ErrState, withdrawing) },
		"appeal before a verdict": func() *Refusal {
			return contested(t, 0).does(answering("a")).no(ErrState, appealing(buyerActor))
		},
		"appeal of the winner": func() *Refusal {
			return contested(t, 0).does(deciding(rep, true)).no(ErrNotAllowed, appealing(buyerActor))
		},
		"appeal of the winning vendor": func() *Refusal {
			return contested(t, 0).does(deciding(rep, false)).no(ErrNotAllowed, appealing(vendorActor))
		},
		"appeal too late": func() *Refusal {
			return late(contested(t, 0).does(deciding(rep, false))).no(ErrState, appealing(buyerActor))
		},
		"appeal twice": func() *Refusal {
			return contested(t, 0).does(deciding(rep, false)).does(appealing(buyerActor)).no(ErrState, appealing(buyerActor))
		},
		"appeal of the appeal": func() *Refusal {
			return contested(t, 0).does(deciding(rep, false)).does(appealing(buyerActor)).does(deciding(rep2, true)).
				no(ErrState, appealing(vendorActor))
		},
		"own appeal decided": func() *Refusal {
			return contested(t, 0).does(deciding(rep, false)).does(appealing(buyerActor)).no(ErrNotAllowed, deciding(rep, true))
		},
		"decided twice": func() *Refusal {
			return contested(t, 0).does(deciding(rep, false)).no(ErrState, deciding(rep2, true))
		},
		"asked before the answer": func() *Refusal {
			return contested(t, 0).no(ErrState, asking)
		},
		"asked too often": func() *Refusal {
			c := contested(t, 0).does(answering("a"))
			for range maxAsked {
				c.does(asking).does(answering("b"))
			}
			return c.no(ErrState, asking)
		},
		"asked by its buyer": func() *Refusal {
			return contested(t, 0).does(answering("a")).no(ErrNotAllowed, func(
				f DisputeFacts, now time.Time,
			) (DisputeOutcome, error) {
				return DecideAsk(Actor{Role: RoleRep, Key: "SHA256:ann"}, "?", f, now)
			})
		},
	} {
		if r := no(); len(r.Detail) < 10 || len(r.Remedy) < 10 {
			t.Errorf("%s: %v", name, r)
		}
	}
}

// Silence decides for the buyer of what was never opened and nobody has to look at, at the instant and not before;
// about everything else a person decides.
func TestSilence(t *testing.T) {
	for _, c := range []struct {
		name string
		to   *contest
		want DisputeState
	}{
		{"never opened", contested(t, 0), DisputeWon},
		{"opened", contested(t, 1), DisputeUnderReview},
		{"asked again", contested(t, 0).does(answering("a")).does(asking), DisputeUnderReview},
		{"an offer", contested(t, 0).does(offering(9)), DisputeUnderReview},
		{"a verdict for the buyer", contested(t, 1).does(deciding(rep, true)), DisputeWon},
		{"a verdict for the vendor", contested(t, 0).does(deciding(rep, false)), DisputeLost},
	} {
		s := c.to
		before := s.d.Note
		s.now = s.d.DueBy.Add(-time.Microsecond)
		s.no(ErrState, DecideOverdue)
		s.now = s.d.DueBy
		s.does(DecideOverdue)
		is(t, c.name, s.d.State, c.want)
		is(t, c.name+": due", s.d.DueBy, time.Time{})
		is(t, c.name+": keeps the reason", before == "" || s.d.Note == before, true)
		s.no(ErrState, DecideOverdue)
	}
	c := contested(t, 0) // an older one, about which nothing is written down
	c.d.Refer, c.p.Grant.Used, c.now = false, 1, c.d.DueBy
	c.does(DecideOverdue)
	is(t, "older and opened", c.d.State, DisputeUnderReview)
}

// An appeal is decided by another person; whoever wins it, nothing was given before that had to be taken back.
func TestAppeal(t *testing.T) {
	for _, first := range []bool{true, false} {
		for _, final := range []bool{true, false} {
			c := contested(t, 1).does(answering("Opened at noon."))
			till := c.vendorBalance()
			c.does(deciding(rep, first))
			is(t, "nothing moved by the verdict", c.wallet.Paid, 9_750_000)
			loser := buyerActor
			if first {
				loser = vendorActor
			}
			c.does(appealing(loser))
			is(t, "no promise while it is appealed", c.d.DueBy, time.Time{})
			c.does(deciding(rep2, final))
			want, balance, back := DisputeLost, int64(9_750_000), c.d.Receivers[0].Micros
			if final {
				want, balance, back = DisputeWon, 10_000_000, 0
			}
			is(t, "state", c.d.State, want)
			is(t, "balance", c.wallet.Paid, balance)
			is(t, "the vendor's", c.vendorBalance().Pending, till.Pending+back)
			var events []string
			for _, s := range c.d.Steps {
				events = append(events, s.Event)
			}
			decided := map[bool]string{true: eventDecideBuyer, false: eventDecideVendor}
			if d := cmp.Diff([]string{eventAnswer, decided[first], eventAppeal, decided[final]}, events); d != "" {
				t.Error(d)
			}
		}
	}
}

// disputeSteps are all things that anybody can do in a dispute.
var disputeSteps = map[string]disputeDo{
	"answer": answering("sent"), "offer": offering(83_333), "give in": givingIn, "take": taking, "decline": declining,
	"withdraw": withdrawing, "appeal": appealing(buyerActor), "vendor appeals": appealing(vendorActor), "ask": asking,
	"for the buyer": deciding(rep, true), "for the vendor": deciding(rep, false), "clock": DecideOverdue,
	"another for the buyer": deciding(rep2, true), "another for the vendor": deciding(rep2, false),
}

// Every order of steps is tried, to the end of each: no order makes or loses money, what both sides have at the end is
// what was paid, no step changes the record that it was given, and each life ends.
func TestEveryOrderOfSteps(t *testing.T) {
	names := make([]string, 0, len(disputeSteps))
	for name := range disputeSteps {
		names = append(names, name)
	}
	slices.Sort(names)
	ended := map[DisputeState]bool{}
	tried := 0
	var walk func(path []string)
	walk = func(path []string) {
		for _, name := range names {
			c := contested(t, 0)
			for _, did := range path {
				if did == "clock" {
					c.now = c.d.DueBy
				}
				c.does(disputeSteps[did])
			}
			if name == "clock" {
				c.now = c.d.DueBy
			}
			steps := slices.Clone(c.d.Steps)
			out, err := disputeSteps[name](c.facts(), c.now)
			if d := cmp.Diff(steps, c.d.Steps); d != "" {
				t.Fatalf("%v then %s changes what it was given:\n%s", path, name, d)
			}
			if err != nil {
				var r *Refusal
				if !errors.As(err, &r) || r.Remedy == "" {
					t.Fatalf("%v then %s: %v", path, name, err)
				}
				continue
			}
			tried++
			if !c.d.State.CanFollow(out.Dispute.State) {
				t.Fatalf("%v then %s: %s after %s", path, name, out.Dispute.State, c.d.State)
			}
			c.d, c.p = c.disputed(out, nil)
			hold, back := -c.sums[disputeHold(c.d)], c.d.GivenBack()
			if open := c.d.State.Open(); open && (hold != 250_000 || back != 0) || !open && hold != 0 {
				t.Fatalf("%v then %s: %s with %d on hold", path, name, c.d.State, hold)
			}
			is(t, "the buyer's", c.wallet.Paid, 9_750_000+back)
			is(t, "left of the sale", sum(c.p.Receivers), c.p.left())
			is(t, "left of the sources", sum(c.p.Sources), c.p.left())
			if !c.d.State.Open() {
				ended[c.d.State] = true
				is(t, "sum of both sides", back+c.p.left(), 250_000)
				is(t, "no promise", c.d.DueBy, time.Time{})
				continue
			}
			if len(path) < 5 || name == "appeal" || name == "vendor appeals" {
				walk(append(slices.Clone(path), name))
			}
		}
	}
	walk(nil)
	for _, s := range []DisputeState{DisputeWon, DisputeLost, DisputeAccepted, DisputeWithdrawn} {
		is(t, "ended as "+string(s), ended[s], true)
	}
	if tried < 500 {
		t.Errorf("only %d steps were tried", tried)
	}
}

// A vendor's record says nothing about few disputes, and leaves out those that the buyer withdrew.
func TestDisputeRecord(t *testing.T) {
	answered := func(s DisputeState, after time.Duration) Dispute {
		return Dispute{
			State: s, Opened: start, Amount: eur(25), Offer: 5, Steps: []DisputeStep{
				{At: start, Role: RoleUser}, {At: start.Add(after), Role: RoleVendor}, {At: start.Add(9 * day), Role: RoleVendor},
			},
		}
	}
	var all []Dispute
	for i := range 9 {
		all = append(all, answered(DisputeLost, time.Duration(i)*time.Hour))
	}
	all = append(all, answered(DisputeWithdrawn, 90*time.Hour), answered(DisputeUnderReview, 80*time.Hour))
	if _, found := DisputeRecordOf(all); found {
		t.Error("nine disputes say something")
	}
	all = append(all, answered(DisputeAccepted, 10*time.Hour), Dispute{State: DisputeWon, Amount: eur(25)})
	r, found := DisputeRecordOf(all)
	is(t, "found", found, true)
	is(t, "record", r, DisputeRecord{Ended: 11, ForBuyer: 2, Answer: 6 * time.Hour})
	r, _ = DisputeRecordOf(append(all[:4:4], slices.Repeat([]Dispute{{State: DisputeLost}}, 8)...))
	is(t, "too few answers", r, DisputeRecord{Ended: 12})
}
