package server

import (
	"time"

	"pgregory.net/rapid"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// redeemStep turns tokens back into money, or moves a redemption on.
func (w *model) redeemStep(r *rapid.T) {
	if rapid.IntRange(0, 2).Draw(r, "redeem") == 0 {
		v, err := w.Redeem(w.ctx, w.who(r), view.RedeemRequest{
			Amount: ledger.Amount{Micros: rapid.Int64Range(1, 700).Draw(r, "cents") * 10_000, Currency: w.currency(r)},
			To:     rapid.SampledFrom([]string{"", "card", "bank", "check"}).Draw(r, "to"),
			Payee:  "Ann Example, 1 High Street", Key: rapid.SampledFrom([]string{"", "k"}).Draw(r, "key"),
		})
		if w.ok(r, err) {
			w.redemptions = append(w.redemptions, v.ID)
		}
		return
	}
	switch what := rapid.SampledFrom([]string{
		"cancel", "submit", ledger.RedeemApprove, ledger.RedeemDeny, ledger.RedeemPaid, ledger.RedeemFail,
		ledger.RedeemReturn,
	}).Draw(r, "what"); what {
	case "cancel":
		_, err := w.CancelRedemption(w.ctx, w.who(r), one(r, "redemption", w.redemptions))
		w.ok(r, err)
	case "submit":
		to := rapid.SampledFrom([]string{"bank", "check"}).Draw(r, "to")
		f, err := w.RedemptionSubmit(w.ctx, w.operator, w.currency(r), to)
		if w.ok(r, err) {
			w.redemptions = append(w.redemptions, f.ID)
		}
	default:
		_, err := w.RedemptionStep(w.ctx, w.operator, view.RedemptionStep{
			ID: one(r, "redemption", w.redemptions), Event: what, Reason: "so",
		})
		w.ok(r, err)
	}
}

// refillStep does something about a weekly budget.
func (w *model) refillStep(r *rapid.T) {
	who, c := w.who(r), w.currency(r)
	var err error
	switch rapid.IntRange(0, 3).Draw(r, "refill") {
	case 0:
		_, err = w.SetRefill(w.ctx, who, view.RefillRequest{
			Budget:  ledger.Amount{Micros: rapid.Int64Range(1, 9).Draw(r, "budget") * ledger.Unit, Currency: c},
			Weekday: time.Weekday(rapid.IntRange(0, 6).Draw(r, "day")), Surplus: rapid.Bool().Draw(r, "surplus"),
		})
	case 1:
		_, err = w.SkipRefill(w.ctx, who, c)
	case 2:
		_, err = w.FillNow(w.ctx, who, c)
	case 3:
		_, err = w.EndRefill(w.ctx, who, c)
	}
	w.ok(r, err)
}
