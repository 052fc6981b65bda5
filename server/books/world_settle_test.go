package books

import (
	"time"

	"tuppence/server/ledger"

	"pgregory.net/rapid"
)

// settles runs a settlement of a vendor and its payees up to an instant.
func (w *world) settles(v ledger.VendorID, at time.Time) (made []ledger.Settlement) {
	w.t.Helper()
	var g *Settling
	w.see(func(r Reader) (err error) {
		g, err = r.Settling(SettleOrder{Vendor: v, Currency: "EUR", At: at})
		return err
	})
	if g == nil {
		return nil
	}
	w.writes(g, at, &made)
	return made
}

// writes is the second step of a settlement: others may have acted since the first.
func (w *world) writes(g *Settling, at time.Time, made *[]ledger.Settlement) {
	w.t.Helper()
	w.do(func(tx Tx) error {
		number, err := tx.NextRun()
		if err != nil {
			return err
		}
		op := ledger.Actor{Role: ledger.RoleOperator, Key: "SHA256:op"}
		if *made, _, err = tx.Settle(g, number, op, w.now); err != nil {
			return err
		}
		run := ledger.SettleRun{Number: number, At: at, Began: w.now, Ended: w.now}
		return tx.PutRun(run.After(g.vendor.ID, "EUR", *made))
	})
}

// steps moves a settlement on.
func (w *world) paysOut(no ledger.EntryNo, event string) error {
	w.t.Helper()
	return w.try(func(tx Tx) error {
		f := ledger.PayoutFacts{Policy: w.policy}
		var err error
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		if f.Settlement, _, err = tx.Settlement(no); err != nil {
			return err
		}
		if event == ledger.PayoutReissue {
			old, fresh, err := ledger.DecideReissue(f, "", "again", ledger.Actor{}, w.now)
			if err != nil {
				return err
			}
			return first(appended(tx, old.Entry), tx.PutSettlement(old.Settlement), appended(tx, fresh.Entry),
				tx.PutSettlement(fresh.Settlement))
		}
		out, err := ledger.DecidePayout(ledger.PayoutStep{Event: event, Reason: "so", File: f.No}, f, w.now)
		if err != nil {
			return err
		}
		return first(appended(tx, out.Entry), tx.PutSettlement(out.Settlement))
	})
}

// settle settles now, or up to some time ago; sometimes others act between its two steps.
func (m *model) settle(t *rapid.T) {
	w := m.w
	at := w.now.Add(-time.Duration(rapid.SampledFrom([]int{0, 1, 200}).Draw(t, "hours ago")) * time.Hour)
	var g *Settling
	w.see(func(r Reader) (err error) {
		g, err = r.Settling(SettleOrder{
			Vendor: w.vendor, Currency: "EUR", At: at, Asked: rapid.Bool().Draw(t, "asked"),
		})
		return err
	})
	if g == nil {
		return
	}
	if rapid.Bool().Draw(t, "others act") {
		m.buy(t)
		m.sale(t)
		m.issue(t)
	}
	var made []ledger.Settlement
	w.writes(g, at, &made)
	if len(made) > 0 && rapid.Bool().Draw(t, "killed and run again") {
		var none []ledger.Settlement
		if w.writes(g, at, &none); len(none) > 0 {
			t.Fatalf("settled twice: %+v", none)
		}
	}
}

// payout moves a settlement on, if it can be.
func (m *model) payout(t *rapid.T) {
	var all []ledger.Settlement
	m.w.see(func(r Reader) (err error) {
		all, err = r.Settlements(SettlementQuery{}, 20)
		return err
	})
	if len(all) == 0 {
		return
	}
	s := rapid.SampledFrom(all).Draw(t, "settlement")
	event := rapid.SampledFrom([]string{
		ledger.PayoutApprove, ledger.PayoutHold, ledger.PayoutSubmit, ledger.PayoutPaid, ledger.PayoutFail,
		ledger.PayoutReturn, ledger.PayoutReissue,
	}).Draw(t, "event")
	m.refused(m.w.paysOut(s.No, event))
}
