package server

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Vouchers of the service: two persons above the bound, one wallet each, never to money, and what nobody has redeemed
// comes back.
func TestVouchersOfTheService(t *testing.T) {
	s := sellingHouse(t)
	redeem := func(who view.Caller, code string) func() error {
		return func() error { _, err := s.RedeemVoucher(s.ctx, who, code); return err }
	}
	made, err := s.IssueVouchers(s.ctx, s.operator, view.VoucherRequest{
		Amount: eur(100), Count: 2, Days: 30, Reason: "Hello",
	})
	if err != nil || made.State != "open" || len(made.Codes) != 2 || made.Left != eur(200) {
		t.Fatalf("issued: %+v, %v", made, err)
	}
	s.refused(ledger.ErrNotFound, redeem(s.who, "V-00000-00000-00000"))
	ann := s.join("voucher")
	got, err := s.RedeemVoucher(s.ctx, ann, made.Codes[0])
	if err != nil || got.Left != eur(100) || got.Reason != "Hello" {
		t.Fatalf("redeemed: %+v, %v", got, err)
	}
	s.refused(ledger.ErrState, redeem(s.who, made.Codes[0]))
	s.refused(ledger.ErrFunds, func() error {
		_, err := s.Transfer(s.ctx, ann, view.TransferRequest{Amount: eur(50)})
		return err
	})
	s.time.Pass(31 * 24 * time.Hour)
	s.Sweep(s.ctx)
	s.refused(ledger.ErrState, redeem(s.who, made.Codes[1]))
	all, err := s.TokenIssues(s.ctx, s.operator, "", view.Paging{})
	if err != nil || len(all.Data) != 1 || all.Data[0].State != "expired" || all.Data[0].Left != eur(0) {
		t.Errorf("issues: %+v, %v", all, err)
	}

	big, err := s.IssueVouchers(s.ctx, s.operator, view.VoucherRequest{
		Amount: eur(1_000), Count: 10, Days: 30, Reason: "Much",
	})
	if err != nil || big.State != "proposed" {
		t.Fatalf("issued: %+v, %v", big, err)
	}
	s.refused(ledger.ErrState, redeem(s.who, big.Codes[0]))
	s.refused(ledger.ErrNotAllowed, func() error { _, err := s.ApproveIssue(s.ctx, s.operator, big.ID); return err })
	if v, err := s.VoidIssue(s.ctx, s.operator, big.ID); err != nil || v.State != "denied" {
		t.Errorf("voided: %+v, %v", v, err)
	}
	s.clean()
}

// issues makes an issue of the vendor; the key is also what is asked for.
func (s selling) issues(key string, o IssueOrder) (view.TokenIssue, error) {
	v, _, err := s.v.IssueTokens(s.ctx, asking(key, key), o)
	return v, err
}

// A vendor pays for its vouchers out of what is past its delay, and what it voids waits as what was just earned.
func TestVouchersOfAVendor(t *testing.T) {
	s := sellingHouse(t)
	if _, err := s.charges("c", s.offer); err != nil {
		t.Fatal(err)
	}
	refused := func(key string, o IssueOrder) {
		t.Helper()
		s.refused(ledger.ErrState, func() error { _, err := s.issues(key, o); return err })
	}
	s.time.Pass(7*24*time.Hour - 1)
	refused("early", IssueOrder{Amount: eur(1)})
	s.time.Pass(1)
	made, err := s.issues("three", IssueOrder{Amount: eur(5), Count: 3, Reason: "for a friend"})
	if err != nil || made.Left != eur(15) || len(made.Codes) != 3 || made.By != "news" {
		t.Fatalf("issued: %+v, %v", made, err)
	}
	if again, err := s.issues("three", IssueOrder{Amount: eur(5), Count: 3, Reason: "for a friend"}); err != nil ||
		!slices.Equal(again.Codes, made.Codes) {
		t.Errorf("repeated: %+v, %v", again, err)
	}
	refused("more", IssueOrder{Amount: eur(10)})
	if got, err := s.RedeemVoucher(s.ctx, s.join("friend"), made.Codes[2]); err != nil || got.Left != eur(5) {
		t.Errorf("redeemed: %+v, %v", got, err)
	}
	no := opened(t, s.seal.OpenIssue, made.ID)
	over, _, err := s.v.VoidIssue(s.ctx, asking("void", "void"), no)
	if err != nil || over.State != "voided" || over.Redeemed != 1 {
		t.Errorf("voided: %+v, %v", over, err)
	}
	s.refused(ledger.ErrState, func() error { _, err := s.RedeemVoucher(s.ctx, s.who, made.Codes[0]); return err })
	direct, err := s.issues("direct", IssueOrder{Amount: eur(2), Link: s.link, Reason: "thank you"})
	if err != nil || direct.State != "issued" || direct.To == "" || len(direct.Codes) != 0 {
		t.Errorf("to a buyer: %+v, %v", direct, err)
	}
	refused("voided", IssueOrder{Amount: eur(9)})
	s.time.Pass(7 * 24 * time.Hour)
	if _, err := s.issues("later", IssueOrder{Amount: eur(9)}); err != nil {
		t.Errorf("what was voided a week ago: %v", err)
	}
	s.clean()
}

// A vendor that is suspended issues nothing, and an operator takes back what nobody has redeemed of it; else its vendor
// does.
func TestIssuesOfASuspendedVendor(t *testing.T) {
	s := sellingHouse(t)
	_, err := s.charges("c", s.offer)
	must(t, err)
	s.time.Pass(7 * 24 * time.Hour)
	had := s.till()
	made, err := s.issues("before", IssueOrder{Amount: eur(5)})
	must(t, err)
	void := func() error { _, err := s.VoidIssue(s.ctx, s.operator, made.ID); return err }
	s.refused(ledger.ErrNotAllowed, void)
	s.suspends(s.v)
	s.refused(ledger.ErrNotAllowed, func() error { _, err := s.issues("hide", IssueOrder{Amount: eur(5)}); return err })
	s.refused(ledger.ErrNotAllowed, func() error { _, err := s.ApproveIssue(s.ctx, s.operator, made.ID); return err })
	must(t, void())
	is(t, "back", s.till().Pending, had.Pending)
	s.clean()
}

// One vendor leaves room in a wallet for what others give.
func TestVendorDoesNotFillAWallet(t *testing.T) {
	s := sellingHouse(t)
	_, err := s.charges("c", s.offer)
	must(t, err)
	s.time.Pass(7 * 24 * time.Hour)
	issue := func(key string, micros int64) error {
		_, err := s.issues(key, IssueOrder{Amount: ledger.Amount{Micros: micros, Currency: "EUR"}, Link: s.link})
		return err
	}
	s.refused(ledger.ErrInvalid, func() error { return issue("micro", 9_999) })
	for i := range 8 {
		must(t, issue(fmt.Sprint(i), 10_000))
	}
	s.refused(ledger.ErrLimit, func() error { return issue("ninth", 10_000) })
	v, err := s.IssueVouchers(s.ctx, s.operator, view.VoucherRequest{Amount: eur(500), Count: 1, Days: 30, Reason: "x"})
	must(t, err)
	_, err = s.RedeemVoucher(s.ctx, s.who, v.Codes[0])
	must(t, err)
	s.clean()
}

// till is what the vendor has.
func (s selling) till() (t ledger.Till) {
	s.t.Helper()
	s.read(func(r books.Reader) (err error) {
		t, _, err = r.Till(s.v.ID, "EUR")
		return err
	})
	return t
}

// A settlement pays what an issue has left and keeps the reserve of both, and its statement adds up.
func TestSettlementAfterAnIssue(t *testing.T) {
	s := sellingHouse(t)
	s.decides(func(p *ledger.Policy) {
		p.Settle = ledger.SettleRules{
			Delay: 7 * 24 * time.Hour, Reserve: 1000, ReserveFor: 30 * 24 * time.Hour, Approve: 100 * ledger.Unit,
		}
		p.SettleAmount = 0
	})
	dear := s.offers("Sea", eur(100))
	if _, err := s.charges("dear", dear); err != nil { // the vendor gets what the commission leaves
		t.Fatal(err)
	}
	s.time.Pass(7 * 24 * time.Hour)
	earned := s.till().Pending
	if err := s.Touch(s.ctx, s.who); err != nil {
		t.Fatal(err)
	}
	if _, err := s.charges("young", s.offer); err != nil {
		t.Fatal(err)
	}
	reserve, young := earned/10, s.till().Pending-earned
	half := ledger.Amount{Micros: (earned - reserve) / 2, Currency: "EUR"}
	more := ledger.Amount{Micros: earned - reserve + 1, Currency: "EUR"}
	s.refused(ledger.ErrState, func() error { _, err := s.issues("more", IssueOrder{Amount: more}); return err })
	if _, err := s.issues("half", IssueOrder{Amount: half}); err != nil {
		t.Fatal(err)
	}
	s.runs(view.SettleOrder{})
	all := s.settlements(view.SettlementQuery{})
	if len(all) != 1 {
		t.Fatalf("settlements: %+v", all)
	}
	now := s.till()
	if paid := all[0].Amount.Micros; now.Reserve != reserve || now.Pending != young ||
		paid+now.Available != half.Micros {
		t.Errorf("of %d it paid %d, and keeps %+v", earned, paid, now)
	}
	s.time.Pass(31 * 24 * time.Hour)
	s.runs(view.SettleOrder{})
	if now = s.till(); now.Reserve != young/10 || now.Pending != 0 {
		t.Errorf("after the reserve is free: %+v", now)
	}
	s.clean()
}
