package server

import (
	"net/netip"
	"strings"

	"pgregory.net/rapid"

	"tuppence/server/funding"
	"tuppence/server/funding/billfile"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// anyStaff draws who acts at the desk; the first call makes them, and the biller.
func (w *model) anyStaff(r *rapid.T) view.Caller {
	if w.staff == nil {
		w.fixture.card.Page = "https://processor.example"
		w.methods = append(w.methods, funding.PurchaseOrder{}, funding.Bill{Name: ledger.MethodISP})
		w.staff = []view.Caller{w.operator, w.rep("rita"), w.rep("mia")}
		_, err := w.SetBiller(w.ctx, w.operator, view.BillerRequest{
			Name: "northnet", Kind: ledger.MethodISP, Cap: eur(5000), Cost: "8 %",
		})
		w.ok(r, err)
	}
	return rapid.SampledFrom(w.staff).Draw(r, "staff")
}

// phone begins a deposit for a caller, or types a code.
func (w *model) phone(r *rapid.T) {
	staff, handle := w.anyStaff(r), w.user(w.who(r)).Handle
	if rapid.Bool().Draw(r, "type") {
		_, err := w.PhonePage(w.ctx, netip.MustParseAddr("198.51.100.7"), one(r, "code", w.spoken))
		w.ok(r, err)
		return
	}
	v, err := w.PayByPhone(w.ctx, staff, handle, eur(rapid.SampledFrom([]int64{50, 2000}).Draw(r, "cents")))
	if w.ok(r, err) {
		w.spoken = append(w.spoken, v.Code)
	}
}

// purchaseOrder lends, enters an order on paper, or decides about one.
func (w *model) purchaseOrder(r *rapid.T) {
	staff, handle := w.anyStaff(r), w.user(w.who(r)).Handle
	amount := eur(rapid.SampledFrom([]int64{1000, 6000}).Draw(r, "cents"))
	switch rapid.IntRange(0, 3).Draw(r, "what") {
	case 0:
		_, err := w.SetOrderLimit(w.ctx, staff, handle, amount)
		w.ok(r, err)
	case 1:
		d, err := w.EnterOrder(w.ctx, staff, view.PaperOrder{
			Wallet: handle, Number: rapid.SampledFrom([]string{"1", "2", "3", ""}).Draw(r, "number"), Amount: amount,
			Until: w.clock(), Scan: strings.Repeat("0f", 32),
		})
		if w.ok(r, err) {
			w.orders = append(w.orders, d.ID)
		}
	default:
		step := rapid.SampledFrom([]string{"accept", "accept", "deny", "paid", "write-off"}).Draw(r, "step")
		_, err := w.DecideOrder(w.ctx, staff, one(r, "order", w.orders), step, ledger.Amount{}, "seen")
		w.ok(r, err)
	}
}

// bill asks for an account, confirms it with the code that is in the last file, or charges it.
func (w *model) bill(r *rapid.T) {
	w.anyStaff(r)
	who := w.who(r)
	var err error
	switch rapid.IntRange(0, 2).Draw(r, "what") {
	case 0:
		_, err = w.JoinBiller(w.ctx, who, "northnet", rapid.SampledFrom([]string{"ISP-1", "ISP-2"}).Draw(r, "number"))
	case 1:
		code := "BCDF-GHJK"
		if f, err := w.BillerFile(w.ctx, w.operator, "northnet", 1); err == nil {
			if _, rest, found := strings.Cut(f.Text, "tuppence code "); found {
				code = rest[:9]
			}
		}
		_, err = w.ConfirmBiller(w.ctx, who, "northnet", code)
	default:
		_, err = w.Fund(w.ctx, who, view.FundRequest{
			Method: ledger.MethodISP,
			Amount: eur(rapid.SampledFrom([]int64{500, 513, 516, 517, 518, 4000}).Draw(r, "cents")),
		})
	}
	w.ok(r, err)
}

// biller makes a file, or lets the simulated biller answer to one, in any order and again.
func (w *model) biller(r *rapid.T) {
	staff := w.anyStaff(r)
	if rapid.Bool().Draw(r, "file") {
		_, err := w.BillerFile(w.ctx, staff, "northnet", rapid.Uint64Range(0, 2).Draw(r, "number"))
		w.ok(r, err)
		return
	}
	raw, err := w.PlayBiller(w.ctx, staff, "northnet", rapid.Uint64Range(0, 2).Draw(r, "number"),
		rapid.Bool().Draw(r, "later"))
	if !w.ok(r, err) {
		return
	}
	if rapid.Bool().Draw(r, "changed") {
		all, err := billfile.Read(raw)
		if err != nil {
			r.Fatal(err)
		}
		for i := range all {
			all[i].Amount.Micros += ledger.Unit
		}
		if raw, err = billfile.WriteAnswers(all, "EUR", w.clock()); err != nil {
			r.Fatal(err)
		}
	}
	_, err = w.ReadBillerFile(w.ctx, staff, "northnet", raw)
	w.ok(r, err)
}
