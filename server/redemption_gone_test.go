package server

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// mute is a card processor that takes money and never says what became of a refund, as one does whose account was
// closed.
type mute struct {
	*funding.SimulatedCard
	says *funding.Refunded // nil: nothing
}

func (m *mute) Refund(context.Context, funding.RefundOrder) (funding.Refunded, error) {
	if m.says == nil {
		return funding.Refunded{}, errors.New("no such account")
	}
	return *m.says, nil
}

// without takes the card away from the ways to add funds.
func (f *fixture) without(method string) {
	var left []funding.Method
	for _, m := range f.methods {
		if m.Info().Name != method {
			left = append(left, m)
		}
	}
	f.methods = left
}

// A redemption that a processor has is asked about there. Where it is set up no more, or is silent for days, an
// operator says what its own pages tell, and the money is stuck no longer.
func TestRedemptionWhoseProcessorIsGone(t *testing.T) {
	for name, tt := range map[string]struct {
		event string
		state view.State
		left  int64
		gone  func(*fixture, *mute)
	}{
		"paid there":         {ledger.RedeemPaid, "paid", 1600, func(f *fixture, _ *mute) { f.without("card") }},
		"never left":         {ledger.RedeemFail, "failed", 2000, func(f *fixture, _ *mute) { f.without("card") }},
		"came back":          {ledger.RedeemReturn, "returned", 2000, func(f *fixture, _ *mute) { f.without("card") }},
		"silent, never left": {ledger.RedeemFail, "failed", 2000, func(f *fixture, _ *mute) { f.time.Pass(73 * time.Hour) }},
		"silent, paid there": {ledger.RedeemPaid, "paid", 1600, func(f *fixture, _ *mute) { f.time.Pass(73 * time.Hour) }},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			m := &mute{SimulatedCard: f.card}
			f.methods[0] = m
			ann := f.funded("ann", eur(2000))
			v := f.redeems(ann, eur(400), "card")
			is(t, "state", v.State, "submitted")
			q := view.RedemptionStep{ID: v.ID, Event: tt.event, Reason: "seen in its pages"}
			f.refused(ledger.ErrState, func() error { _, err := f.RedemptionStep(f.ctx, f.operator, q); return err })
			tt.gone(f, m)
			f.Sweep(f.ctx)
			if v, err := f.Redemption(f.ctx, ann, v.ID); err != nil || v.State != "submitted" {
				t.Fatalf("%+v, %v", v, err)
			}
			rep := f.rep("rae")
			f.refused(ledger.ErrNotAllowed, func() error { _, err := f.RedemptionStep(f.ctx, rep, q); return err })
			if _, err := f.RedemptionStep(f.ctx, f.operator, q); err != nil {
				t.Fatal(err)
			}
			f.stands(ann, v.ID, tt.state, tt.left)
			f.Sweep(f.ctx)
			f.stands(ann, v.ID, tt.state, tt.left)
		})
	}
}

// What the processor knows is not for staff to say: it is asked first, and its word holds.
func TestTheProcessorKnowsBetter(t *testing.T) {
	f := newFixture(t)
	m := &mute{SimulatedCard: f.card}
	f.methods[0] = m
	ann := f.funded("ann", eur(2000))
	v := f.redeems(ann, eur(400), "card")
	f.time.Pass(80 * time.Hour)
	q := view.RedemptionStep{ID: v.ID, Event: ledger.RedeemFail, Reason: "I think so"}
	m.says = &funding.Refunded{State: ledger.RedemptionSubmitted, External: "re_1"}
	f.stepRefused(q, "says that it is on its way")
	m.says = &funding.Refunded{State: ledger.RedemptionPaid, External: "re_1"}
	f.stepRefused(q, "is paid")
	f.stands(ann, v.ID, "paid", 1600)
	q.Event = ledger.RedeemReturn
	f.stepRefused(q, "is paid")
	f.stands(ann, v.ID, "paid", 1600)
}

// stepRefused wants a step of the operator to be refused with these words. What the processor has said by then is
// written.
func (f *fixture) stepRefused(q view.RedemptionStep, words string) {
	f.t.Helper()
	_, err := f.RedemptionStep(f.ctx, f.operator, q)
	if !errors.Is(err, ledger.ErrState) || !strings.Contains(err.Error(), words) {
		f.t.Errorf("%v, want %q", err, words)
	}
}

// What was approved and whose way back is gone is in the wallet again, with the words that say why.
func TestRedemptionWithoutAWayBack(t *testing.T) {
	f := newFixture(t)
	ann := f.funded("ann", eur(20_000))
	waits := f.redeems(ann, eur(15_000), "card") // for a person
	f.without("card")
	f.Sweep(f.ctx)
	f.stands(ann, waits.ID, "opened", 5000)
	q := view.RedemptionStep{ID: waits.ID, Event: ledger.RedeemApprove}
	if _, err := f.RedemptionStep(f.ctx, f.operator, q); err != nil {
		t.Fatal(err)
	}
	f.stands(ann, waits.ID, "failed", 20_000)
	v, err := f.Redemption(f.ctx, ann, waits.ID)
	if err != nil || !strings.Contains(v.Reason, "bank account or by check") {
		t.Errorf("%+v, %v", v, err)
	}
}
