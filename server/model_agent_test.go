package server

import (
	"fmt"
	"testing"

	"pgregory.net/rapid"

	"tuppence/server/view"
)

// Programs pay, stop and are let pay again, in whatever order with captures, voids, refunds, recoveries, closings and
// time: the books are clean, so no key has paid more than its person has said.
func TestWhateverProgramsBuyIsWithinTheirLimits(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		w := newModel(t)
		r.Repeat(map[string]func(*rapid.T){
			"card": w.card, "charge": w.charge, "refund": w.refund, "dispute": w.dispute, "verdict": w.verdict,
			"hold": w.endHold, "limit": w.limit, "link": w.link, "recover": w.recover, "closing": w.closing,
			"policy": w.policy, "time": w.pass,
			"program": w.program, "program more": w.program, "program buys": w.programBuys, "buys more": w.programBuys,
			"": func(r *rapid.T) { w.audit(r) },
		})
	})
}

// programKeys is how many keys of programs there are.
const programKeys = 4

// program lets a program pay, changes what it may, or stops it.
func (w *model) program(r *rapid.T) {
	n := byte(rapid.IntRange(1, programKeys).Draw(r, "key"))
	who, name := w.who(r), fmt.Sprint("program", n)
	micros := func(what string) int64 { return rapid.SampledFrom([]int64{0, 333_333, 1e6, 2e6, 5e6}).Draw(r, what) }
	switch rapid.IntRange(0, 3).Draw(r, "step") {
	case 0, 1:
		q := view.AgentOrder{
			Name: name, Key: agentLine(n), Each: micros("each"), Day: micros("day"), Total: micros("total"),
			Days: rapid.SampledFrom([]int{0, 1, 30}).Draw(r, "days"),
		}
		if rapid.Bool().Draw(r, "one vendor") {
			q.Vendors = []string{"news"}
		}
		_, err := w.AddAgent(w.ctx, who, q)
		w.ok(r, err)
	case 2:
		day := micros("day")
		_, err := w.LimitAgent(w.ctx, who, view.AgentChange{
			Name: name, Day: &day, Days: rapid.SampledFrom([]int{0, 2}).Draw(r, "days"), Confirmed: rapid.Bool().Draw(r, "sure"),
		})
		w.ok(r, err)
	default:
		_, err := w.EndAgent(w.ctx, who, name)
		w.ok(r, err)
	}
}

// programBuys has a program buy, or hold.
func (w *model) programBuys(r *rapid.T) {
	n := byte(rapid.IntRange(1, programKeys).Draw(r, "key"))
	no, err := w.buysAs(n, rapid.SampledFrom(w.offers).Draw(r, "offer"), rapid.Bool().Draw(r, "hold"))
	if w.ok(r, err) {
		w.sales = append(w.sales, no)
	}
}
