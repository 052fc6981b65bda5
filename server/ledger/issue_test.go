package ledger

import (
	"crypto/sha256"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// vouchers is an issue of so many vouchers of a vendor, 0 for the service.
func vouchers(v VendorID, each Amount, n byte) TokenIssue {
	i := TokenIssue{Vendor: v, Each: each, Count: uint32(n), Reason: "spring", Ends: start.Add(30 * day)}
	for k := range n {
		code := sha256.Sum256([]byte{k})
		i.Codes = append(i.Codes, code[:]...)
	}
	return i
}

// Whatever a vendor has, an issue takes no young money, goes past no debt and leaves the reserve of what it takes: a
// settlement behind it pays no more than the rest, and one of all at once would have kept no more.
func TestVendorPaysForAnIssue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		micros := rapid.Int64Range(0, 9*Unit)
		f := IssueFacts{
			No: 9, Policy: DefaultPolicy(), Terms: Terms{Reserve: rapid.Uint32Range(0, 5000).Draw(t, "share")},
			Till: Till{
				Pending: micros.Draw(t, "pending"), Available: rapid.Int64Range(-Unit, 2*Unit).Draw(t, "free"),
			},
			Young: micros.Draw(t, "young"),
		}
		plan := SettleFacts{
			Policy: f.Policy, Party: Party{Vendor: 3, Currency: "EUR"}, Terms: f.Terms, Asked: true, At: start,
			Pending: f.Till.Pending, Free: f.Till.Available, Young: f.Young,
		}
		all, _ := plan.Plan()
		m := micros.Draw(t, "amount") + leastIssued
		out, err := IssueTokens(vouchers(3, Amount{m, "EUR"}, 1), f, start)
		if can := m <= max(all.Available, 0); can != (err == nil) {
			t.Fatalf("%d of %d: %v", m, all.Available, err)
		}
		if err != nil {
			refused(t, err, ErrState)
			return
		}
		must(t, out.Entry.Balanced())
		left := map[Class]int64{VendorPending: f.Till.Pending, VendorAvailable: f.Till.Available}
		for _, g := range out.Entry.Postings {
			left[g.Account.Class] -= g.Micros
		}
		if left[VendorPending] < min(f.Young, f.Till.Pending) || left[VendorAvailable] < min(f.Till.Available, 0) ||
			left[VoucherEscrow] != m || left[VendorReserve] < 0 {
			t.Fatalf("an issue of %d leaves %v", m, left)
		}
		plan.Pending, plan.Free, plan.Reserve = left[VendorPending], left[VendorAvailable], left[VendorReserve]
		rest, _ := plan.Plan()
		var kept int64
		for _, k := range rest.Kept {
			kept += k.Micros
		}
		if rest.Available+m > all.Available || kept < all.Withheld || kept > all.Withheld+2 ||
			kept != plan.Reserve+rest.Withheld-rest.Recovered {
			t.Fatalf("at once %+v, behind an issue of %d %+v", all, m, rest)
		}
	})
}

func TestIssueTokensRefuses(t *testing.T) {
	good := IssueFacts{No: 9, Policy: DefaultPolicy(), Till: Till{Available: 90 * Unit}}
	one := func(change func(*TokenIssue)) TokenIssue {
		i := vouchers(3, eur(100), 2)
		change(&i)
		return i
	}
	for name, c := range map[string]struct {
		want  error
		issue TokenIssue
		facts func(*IssueFacts)
	}{
		"nothing":      {ErrInvalid, one(func(i *TokenIssue) { i.Each.Micros = 0 }), nil},
		"too little":   {ErrInvalid, one(func(i *TokenIssue) { i.Each.Micros = leastIssued - 1 }), nil},
		"least of yen": {ErrInvalid, one(func(i *TokenIssue) { i.Each = Amount{Unit - 1, "JPY"} }), nil},
		"suspended":    {ErrNotAllowed, vouchers(3, eur(100), 2), func(f *IssueFacts) { f.Vendor.Status = VendorSuspended }},
		"too much":     {ErrInvalid, one(func(i *TokenIssue) { i.Each.Micros = 50*Unit + 1 }), nil},
		"no voucher":   {ErrInvalid, vouchers(3, eur(100), 0), nil},
		"lost codes":   {ErrInvalid, one(func(i *TokenIssue) { i.Count++ }), nil},
		"two to one":   {ErrInvalid, one(func(i *TokenIssue) { i.To = 4 }), nil},
		"over already": {ErrInvalid, one(func(i *TokenIssue) { i.Ends = start }), nil},
		"too late":     {ErrInvalid, one(func(i *TokenIssue) { i.Ends = start.Add(367 * day) }), nil},
		"no currency":  {ErrInvalid, one(func(i *TokenIssue) { i.Each.Currency = "XXX" }), nil},
		"too many":     {ErrLimit, vouchers(3, eur(100), 2), func(f *IssueFacts) { f.Count = issuesPerDay }},
		"a day's sum":  {ErrLimit, vouchers(3, eur(100), 2), func(f *IssueFacts) { f.Issued = 18*Unit + 1 }},
		"no money":     {ErrState, vouchers(3, eur(100), 2), func(f *IssueFacts) { f.Till.Available = 2*Unit - 1 }},
		"staff's day": {ErrLimit, vouchers(0, eur(100), 2), func(f *IssueFacts) {
			f.Staff = Staff{Day: dayOf(start), Moved: []Amount{eur(49_900)}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f := good
			if c.facts != nil {
				c.facts(&f)
			}
			_, err := IssueTokens(c.issue, f, start)
			refused(t, err, c.want)
		})
	}
}

// A voucher is for whoever has it, once, in its time; not for who has made it, and not while its vendor is suspended.
func TestRedeemVoucherRefuses(t *testing.T) {
	made, err := IssueTokens(vouchers(0, eur(100), 2), IssueFacts{No: 9, Policy: DefaultPolicy()}, start)
	must(t, err)
	good := VoucherFacts{
		No: 12, Issue: made.Issue, User: User{ID: 4, Status: UserActive}, Wallet: Wallet{User: 4, Currency: "EUR"},
	}
	out, err := RedeemVoucher(Actor{}, good, start)
	must(t, err)
	must(t, out.Given.Balanced())
	is(t, "redeemed", out.Issue.Redeemed, 1)
	is(t, "the note of the issuer names", out.Note.User, 0)
	for name, c := range map[string]struct {
		want   error
		change func(*VoucherFacts)
	}{
		"frozen":    {ErrFrozen, func(f *VoucherFacts) { f.User.Status = UserFrozen }},
		"closed":    {ErrFrozen, func(f *VoucherFacts) { f.User.Status = UserClosed }},
		"used":      {ErrState, func(f *VoucherFacts) { f.Issue = out.Issue }},
		"proposed":  {ErrState, func(f *VoucherFacts) { f.Issue.State = IssueProposed }},
		"voided":    {ErrState, func(f *VoucherFacts) { f.Issue.State = IssueVoided }},
		"expired":   {ErrState, func(f *VoucherFacts) { f.Issue.Ends = start }},
		"another's": {ErrNotAllowed, func(f *VoucherFacts) { f.Issue.To = 5 }},
		"own issue": {ErrNotAllowed, func(f *VoucherFacts) { f.Issuer.Wallet = 4 }},
		"suspended": {ErrNotAllowed, func(f *VoucherFacts) { f.Issue.Vendor, f.Vendor.Status = 3, VendorSuspended }},
		"full of one vendor": {ErrLimit, func(f *VoucherFacts) {
			f.Issue.Vendor = 3
			for range vendorLots {
				f.Wallet.Incentives = append(f.Wallet.Incentives, IncentiveLot{Issue: 1, Vendor: 3, Expires: start.Add(1)})
			}
		}},
		"full wallet": {ErrLimit, func(f *VoucherFacts) {
			for range maxIssuedLots {
				f.Wallet.Incentives = append(f.Wallet.Incentives, IncentiveLot{Issue: 1, Expires: start.Add(time.Hour)})
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			f := good
			c.change(&f)
			_, err := RedeemVoucher(Actor{}, f, start)
			refused(t, err, c.want)
		})
	}
}

// What arrives buys everywhere, after what was given, and a refund brings it back as what it was.
func TestIssuedTokensBuyEverywhere(t *testing.T) {
	l := IncentiveLot{No: 5, Vendor: 3, ByVendor: true, Issue: 2, Left: 10, Expires: start.Add(day)}
	if o := (&Offer{ID: OfferID{Vendor: 8}, Campaigns: []EntryNo{7}}); !l.Buys(o, start) || l.Buys(o, start.Add(day)) {
		t.Error("where and until when it buys")
	}
	gift := IncentiveLot{No: 6, Left: 10, Expires: start.Add(2 * day)}
	w := Wallet{User: 4, Currency: "EUR", Incentives: []IncentiveLot{l, gift}}
	debits, rest := w.spendIncentives(nil, &Offer{}, 15, start)
	if rest != 0 || len(debits) != 2 || debits[0] != (Posting{gift.account("EUR"), 10}) ||
		debits[1] != (Posting{l.account("EUR"), 5}) {
		t.Errorf("spent %v, %d left", debits, rest)
	}
	if back := w.incentiveBack(debits[1], start); back != (Posting{l.account("EUR"), -5}) {
		t.Errorf("a refund goes to %v", back)
	}
	w.Incentives[0].Left = 0
	w = w.After(Entry{User: 4, Postings: []Posting{w.incentiveBack(debits[1], start.Add(day))}}) // whoever has sold it
	over := Incentive{
		No: 5, User: 4, Amount: Amount{10, "EUR"}, Vendor: 3, ByVendor: true, Issue: 2, Ended: start, Expires: l.Expires,
	}
	out, err := EndIncentive(IncentiveFacts{No: 9, Wallet: w, Incentive: over}, start.Add(day))
	must(t, err)
	is(t, "its issuer", out.Entry.Vendor, 3)
	if to := out.Entry.Postings[1]; to != (Posting{Account{VendorPending, "EUR", 3}, -5}) {
		t.Errorf("a refund after its time goes to %v", to)
	}
	_, err = EndIncentive(IncentiveFacts{No: 10, Wallet: w.After(out.Entry), Incentive: over}, start.Add(day))
	refused(t, err, ErrState)
}
