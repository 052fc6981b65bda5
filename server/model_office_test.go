package server

import (
	"pgregory.net/rapid"

	"tuppence/server/ledger"
)

// office prints bills, gives and removes addresses, freezes a method, lets balances become unclaimed, has their owners
// sign in, and pays what is unclaimed to the state. Months are closed by the sweeps.
func (w *model) office(r *rapid.T) {
	who := w.who(r)
	handle := w.user(who).Handle
	var err error
	switch rapid.IntRange(0, 8).Draw(r, "office") {
	case 0:
		_, err = w.SetAddress(w.ctx, who, annsAddress)
	case 1:
		_, err = w.RemoveAddress(w.ctx, who)
	case 2:
		_, err = w.PrintBills(w.ctx, w.operator, rapid.Uint64Range(0, 2).Draw(r, "batch"))
	case 3:
		_, err = w.SetMethod(w.ctx, w.operator, "check", rapid.Bool().Draw(r, "thaw"), "for a test")
	case 4:
		after := rapid.SampledFrom([]string{"0s", "1s", "30d"}).Draw(r, "after")
		_, err = w.SetPolicy(w.ctx, w.operator, "dormant_after", after)
	case 5:
		_, err = w.SetPolicy(w.ctx, w.operator, "dormant_notice", "0s")
	case 6:
		_, err = w.WhoAmI(w.ctx, who)
	case 7:
		_, err = w.Remit(w.ctx, w.operator, handle, w.unclaimedBy(handle, "EUR"), "the law")
	case 8:
		_, err = w.SetCredit(w.ctx, w.operator, handle, ledger.Amount{Micros: 5e6, Currency: "EUR"}, "known for years")
		if w.ok(r, err) {
			_, err = w.BillNow(w.ctx, w.operator, handle, "EUR")
		}
	}
	w.ok(r, err)
}
