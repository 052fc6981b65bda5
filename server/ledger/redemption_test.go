package ledger

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func redeemable() RedeemFacts {
	return RedeemFacts{
		No: 9, User: User{ID: 7, Status: UserActive, WindowUntil: start.Add(time.Minute)}, Policy: DefaultPolicy(),
		Wallet: Wallet{User: 7, Currency: "EUR", Paid: 50 * Unit},
	}
}

func toBank(micros int64) RedeemOrder {
	return RedeemOrder{Amount: Amount{micros, "EUR"}, Mandate: Mandate{
		ID: MandateID{7, 1}, Currency: "EUR", State: MandateActive, Agreed: start.Add(-30 * day),
	}}
}

// Each thing that keeps money in a wallet is refused by its own name.
func TestDecideRedeemRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*RedeemFacts, *RedeemOrder)
		want   error
	}{
		"frozen":         {func(f *RedeemFacts, _ *RedeemOrder) { f.User.Status = UserFrozen }, ErrFrozen},
		"recovered":      {func(f *RedeemFacts, _ *RedeemOrder) { f.User.LockedUntil = start.Add(1) }, ErrNotAllowed},
		"no window":      {func(f *RedeemFacts, _ *RedeemOrder) { f.User.WindowUntil = start }, ErrWindow},
		"owes":           {func(f *RedeemFacts, _ *RedeemOrder) { f.Wallet.Owed = 1 }, ErrState},
		"a charge-back":  {func(f *RedeemFacts, _ *RedeemOrder) { f.Taken = true }, ErrState},
		"a dispute":      {func(f *RedeemFacts, _ *RedeemOrder) { f.Contested = true }, ErrState},
		"many open":      {func(f *RedeemFacts, _ *RedeemOrder) { f.Open = RedemptionsOpen }, ErrLimit},
		"many today":     {func(f *RedeemFacts, _ *RedeemOrder) { f.Today = RedemptionsPerDay }, ErrLimit},
		"too much":       {func(_ *RedeemFacts, o *RedeemOrder) { o.Amount.Micros = 51 * Unit }, ErrFunds},
		"parts of cents": {func(_ *RedeemFacts, o *RedeemOrder) { o.Amount.Micros++ }, ErrInvalid},
		"below a minimum": {func(f *RedeemFacts, _ *RedeemOrder) {
			f.Policy.Redeem.Minimum = 11 * Unit
		}, ErrInvalid},
		"no more than the fee": {func(f *RedeemFacts, _ *RedeemOrder) { f.Policy.Redeem.Fee = 10 * Unit }, ErrInvalid},
		"at risk": {func(f *RedeemFacts, _ *RedeemOrder) {
			f.Wallet.Lots = []Lot{{45 * Unit, 1 << 30}}
		}, ErrLimit},
		"nowhere":       {func(_ *RedeemFacts, o *RedeemOrder) { o.Mandate = Mandate{} }, ErrInvalid},
		"another's":     {func(_ *RedeemFacts, o *RedeemOrder) { o.Mandate.ID.User = 8 }, ErrNotFound},
		"a new account": {func(_ *RedeemFacts, o *RedeemOrder) { o.Mandate.Agreed = start.Add(-day) }, ErrNotAllowed},
		"no mandate":    {func(_ *RedeemFacts, o *RedeemOrder) { o.Mandate.State = MandateSuspended }, ErrState},
		"a deposit at risk": {func(_ *RedeemFacts, o *RedeemOrder) {
			o.Mandate, o.Deposit = Mandate{}, Deposit{
				No: 3, ID: DepositID{7, 1}, Method: "card", Amount: Amount{90 * Unit, "EUR"}, State: DepositSettled,
				External: "x", Free: start.Add(1),
			}
		}, ErrInvalid},
	} {
		f, o := redeemable(), toBank(10*Unit)
		tt.change(&f, &o)
		if _, err := DecideRedeem(o, f, start); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
}

// Whatever happens to a redemption, its entries balance, and at its end either the money has left, less the fee, or the
// tokens are in the wallet again.
func TestRedemptionsBalance(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, o := redeemable(), toBank(rapid.Int64Range(60, 5_000).Draw(t, "cents")*10_000)
		f.Policy.Redeem.Fee = rapid.Int64Range(0, 599_999).Draw(t, "fee")
		out, err := DecideRedeem(o, f, start)
		must(t, err)
		sums := map[Class]int64{}
		add := func(e Entry) {
			must(t, e.Balanced())
			for _, g := range e.Postings {
				sums[g.Account.Class] += g.Micros
			}
		}
		add(out.Entry)
		for range 12 {
			event := rapid.SampledFrom([]string{
				RedeemApprove, RedeemDeny, RedeemCancel, RedeemSubmit, RedeemNote, RedeemPaid, RedeemFail, RedeemReturn,
			}).Draw(t, "event")
			f.Redemption = out.Redemption
			next, err := StepRedemption(RedemptionEvent{Event: event, Reason: "so"}, f, start)
			if err != nil {
				continue
			}
			out = next
			add(out.Entry)
		}
		r := out.Redemption
		want := map[Class]int64{}
		switch {
		case r.State.InTransit():
			want[Paid], want[RedeemTransit] = o.Amount.Micros, -o.Amount.Micros
		case r.State == RedemptionPaid:
			want[Paid], want[Bank], want[PayoutFee] = o.Amount.Micros, r.Fee-o.Amount.Micros, -r.Fee
		}
		for _, c := range []Class{Paid, RedeemTransit, Bank, PayoutFee} {
			if sums[c] != want[c] {
				t.Fatalf("%s: %d micros on %s, want %d", r.State, sums[c], c, want[c])
			}
		}
	})
}

// Staff do not act on their own wallet, and a step that needs a reason has one.
func TestStepRedemptionRefuses(t *testing.T) {
	f := redeemable()
	f.Redemption = Redemption{No: 5, User: 7, Amount: Amount{Unit, "EUR"}, State: RedemptionOpened}
	f.Staff = Staff{Fingerprint: "a", Role: RoleOperator, Wallet: 7}
	own := RedemptionEvent{Event: RedeemApprove, Actor: Actor{Role: RoleOperator, Key: "a"}}
	if _, err := StepRedemption(own, f, start); !errors.Is(err, ErrNotAllowed) {
		t.Error(err)
	}
	f.Staff.Wallet = 8
	_, err := StepRedemption(own, f, start)
	must(t, err)
	own.Event = RedeemDeny
	if _, err := StepRedemption(own, f, start); !errors.Is(err, ErrInvalid) {
		t.Error(err)
	}
	f.Redemption.State = RedemptionApproved
	for name, change := range map[string]func(*RedeemFacts){
		"frozen": func(f *RedeemFacts) { f.User.Status = UserFrozen }, "owes": func(f *RedeemFacts) { f.Wallet.Owed = 1 },
		"contested": func(f *RedeemFacts) { f.Contested = true }, "taken back": func(f *RedeemFacts) { f.Taken = true },
	} {
		f := f
		change(&f)
		if _, err := StepRedemption(RedemptionEvent{Event: RedeemSubmit}, f, start); !errors.Is(err, ErrState) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
