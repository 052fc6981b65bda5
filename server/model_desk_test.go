package server

import (
	"tuppence/server/ledger"
	"tuppence/server/view"

	"pgregory.net/rapid"
)

// handle is the name of somebody's wallet.
func (w *model) handle(r *rapid.T) string { return w.user(w.who(r)).Handle }

func (w *model) someStaff(r *rapid.T) view.Caller {
	who := rapid.SampledFrom([]view.Caller{w.operator, caller("rita")}).Draw(r, "staff")
	who.Once = rapid.SampledFrom([]string{"", "a", "b"}).Draw(r, "once")
	return who
}

// gift is goodwill, or a refund by staff: done, or proposed where it needs two.
func (w *model) gift(r *rapid.T) {
	var made view.Deed
	var err error
	amount := eur(rapid.SampledFrom([]int64{0, 5, 33, 3_000}).Draw(r, "cents"))
	if who := w.someStaff(r); rapid.Bool().Draw(r, "goodwill") {
		made, err = w.DeskCredit(w.ctx, who, w.handle(r), amount, "sorry")
	} else if _, sale := w.sale(r); sale != 0 {
		made, err = w.DeskRefund(w.ctx, who, w.seal.Charge(sale), amount, "duplicate")
	}
	if w.ok(r, err) && made.Proposal != "" {
		w.proposals = append(w.proposals, made.Proposal)
	}
}

// proposal is decided by whoever tries.
func (w *model) proposal(r *rapid.T) {
	who, id := w.someStaff(r), one(r, "proposal", w.proposals)
	_, err := w.DeskApprove(w.ctx, who, id)
	if rapid.Bool().Draw(r, "deny") {
		_, err = w.DeskDeny(w.ctx, who, id, "no")
	}
	w.ok(r, err)
}

// credit gives a line, bills what is owed, or gives it up.
func (w *model) credit(r *rapid.T) {
	who, wallet, c := w.someStaff(r), w.handle(r), w.currency(r)
	var err error
	switch rapid.SampledFrom([]string{"line", "bill", "write off"}).Draw(r, "credit") {
	case "line":
		micros := rapid.SampledFrom([]int64{0, 1, 20}).Draw(r, "line") * ledger.Unit
		_, err = w.SetCredit(w.ctx, who, wallet, ledger.Amount{Micros: micros, Currency: c}, "known")
	case "bill":
		_, err = w.BillNow(w.ctx, who, wallet, c)
	default:
		_, err = w.WriteOff(w.ctx, who, wallet, w.owedBy(wallet, c), "gone")
	}
	w.ok(r, err)
}

// incentive is given by staff or by a vendor.
func (w *model) incentive(r *rapid.T) {
	amount, days := eur(rapid.SampledFrom([]int64{0, 7, 100}).Draw(r, "cents")), rapid.Uint32Range(0, 9).Draw(r, "days")
	if rapid.Bool().Draw(r, "by staff") {
		_, err := w.GiveIncentive(w.ctx, w.someStaff(r), view.IncentiveRequest{
			Wallet: w.handle(r), Amount: amount, Days: days, Reason: "welcome",
			Vendor: rapid.SampledFrom([]string{"", "news"}).Draw(r, "where"),
		})
		w.ok(r, err)
		return
	}
	v := rapid.SampledFrom(w.sellers).Draw(r, "vendor")
	key := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "key")
	_, _, err := v.GiveIncentive(w.ctx, asking("inc "+key, key), IncentiveOrder{
		Link:   ledger.LinkID{User: w.user(w.who(r)).ID, Vendor: v.ID, Currency: "EUR", Generation: 1},
		Amount: amount, Days: days, Reason: "thank you",
	})
	w.ok(r, err)
}

// plan makes the royalty plan of a vendor, or its next version, and sells by it.
func (w *model) plan(r *rapid.T) {
	i := rapid.IntRange(0, 1).Draw(r, "vendor")
	name := []string{"news", "games"}[i]
	lines := rapid.SampledFrom([]string{
		"A:author:33.33%", "A:author:50%, C:agent:0.02", "B:owner:100%", "x",
	}).Draw(r, "lines")
	plan, err := w.SetRoyaltyPlan(w.ctx, w.operator, view.RoyaltyPlanOrder{
		Vendor: name, Plan: "standard", Lines: lines, Currency: "EUR",
	})
	if !w.ok(r, err) {
		return
	}
	number := opened(w.t, w.sellers[i].OpenRoyaltyPlan, plan.ID)
	_, _, err = w.sellers[i].ChangeOffer(w.ctx, Request{}, w.offers[i], func(o *ledger.Offer) {
		o.Plan, o.Royalties = number, nil
	})
	w.ok(r, err)
}
