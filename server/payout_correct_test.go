package server

import (
	"strings"
	"testing"
	"time"

	nacha "github.com/moov-io/ach"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// achFile reads a file of ours as the bank does.
func (f *fixture) achFile(id string) nacha.File {
	f.t.Helper()
	raw, err := f.BankFile(f.ctx, f.operator, id)
	if err != nil {
		f.t.Fatal(err)
	}
	in, err := nacha.NewReader(strings.NewReader(string(raw))).Read()
	if err != nil {
		f.t.Fatal(err)
	}
	return in
}

// Whoever reads a file of the bank can write one: an account that a bank corrects waits as one that was typed, for its
// time and for another person than its reader. Meanwhile payouts go where they went.
func TestCorrectedAccountWaits(t *testing.T) {
	f, v := newPayoutFixture(t, "USD")
	f.accountOf("USD", annsAccount)
	f.paysBy("USD", "ach")
	f.decides(func(p *ledger.Policy) { p.Payouts.Two = true })
	f.runs(view.SettleOrder{})
	f.submits("USD", "ach")
	in := f.achFile(f.bankFile())
	got := f.readsBank(achBack(t, &in, "C01"))
	is(t, "read", got, "the account is corrected: US•• … 6789; next US•• … 9999, waits for a second person")
	got = f.readsBank(achBack(t, &in, "C01"))
	is(t, "read again", got, "for a person: another account takes its place already: US•• … 9999")
	accounts, err := f.PayAccounts(f.ctx, f.operator, "news")
	if err != nil {
		t.Fatal(err)
	}
	q := view.PayAccountRequest{Vendor: "news", Currency: "USD", Mark: accounts[0].Mark}
	f.refused(ledger.ErrNotAllowed, func() error { _, err := f.ApprovePayAccount(f.ctx, f.operator, q); return err })
	f.time.Pass(100 * time.Hour)
	f.Sweep(f.ctx)
	sold := func(account string) {
		t.Helper()
		f.touch(caller("ann"))
		f.sellsAgain(v, caller("ann"), "USD", 100)
		f.time.Pass(time.Minute)
		f.runs(view.SettleOrder{Vendor: "news"})
		f.submits("USD", "ach")
		is(t, "account of the payout", f.one().Account, account)
	}
	sold("US•• … 6789")
	second := caller("second")
	if _, err := f.StaffAdd(f.ctx, f.operator, second.Fingerprint, ledger.RoleOperator, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := f.ApprovePayAccount(f.ctx, second, q); err != nil {
		t.Fatal(err)
	}
	sold("US•• … 9999")
	f.clean()
}

// A bank account of a person that a bank has corrected is new, too: no money is sent to it before its time, neither
// what is ordered afterwards nor what was approved before.
func TestCorrectedAccountRedeemsNothing(t *testing.T) {
	f := newBankFixture(t, store.NewMemory())
	ann := f.funded("ann", ledger.Amount{Micros: 100 * ledger.Unit, Currency: "USD"})
	f.adds(ann, "USD")
	f.sends("autodebit")
	f.time.Pass(10 * 24 * time.Hour)
	f.Sweep(f.ctx)
	f.ways = append(f.ways, testBank().Payouts()...)
	ten := ledger.Amount{Micros: 10 * ledger.Unit, Currency: "USD"}
	f.redeems(ann, ten, "bank")
	file, err := f.RedemptionSubmit(f.ctx, f.operator, "USD", "bank")
	if err != nil {
		t.Fatal(err)
	}
	waits := f.redeems(ann, ten, "bank")
	in := f.achFile(file.ID)
	is(t, "read", f.readsBank(achBack(t, &in, "C01")), "the account is now US•• … 9999")
	f.touch(ann)
	f.refused(ledger.ErrNotAllowed, func() error {
		_, err := f.Redeem(f.ctx, ann, view.RedeemRequest{Amount: ten, To: "bank"})
		return err
	})
	f.refused(ledger.ErrState, func() error {
		_, err := f.RedemptionSubmit(f.ctx, f.operator, "USD", "bank")
		return err
	})
	f.time.Pass(72*time.Hour + time.Second)
	if file, err = f.RedemptionSubmit(f.ctx, f.operator, "USD", "bank"); err != nil || file.Redemptions != 1 {
		t.Fatalf("%+v, %v", file, err)
	}
	v, err := f.Redemption(f.ctx, ann, waits.ID)
	if err != nil || v.State != "submitted" {
		t.Errorf("%+v, %v", v, err)
	}
	f.clean()
}

// Money that leaves the bank once more under the id of a payout is no return of it: a person looks.
func TestPayoutLeavesTwice(t *testing.T) {
	f, _ := newPayoutFixture(t, "EUR")
	f.accountOf("EUR", annsIBAN)
	f.paysBy("EUR", "sepa")
	f.runs(view.SettleOrder{})
	f.submits("EUR", "sepa")
	s := f.one()
	end := strings.ToUpper(strings.ReplaceAll(s.ID, "_", ""))
	is(t, "paid", f.readsBank(camtOf("S1", "DBIT", "0.86", end, "", "")), "paid")
	got := f.readsBank(camtOf("S2", "DBIT", "0.86", end, "AC04", ""))
	is(t, "again", got, "for a person: it left the bank again, and the payout is paid")
	is(t, "state", string(f.one().State), "paid")
	is(t, "returned", f.readsBank(camtOf("S3", "CRDT", "0.86", end, "MS03", "")), "returned: its money waits")
	got = f.readsBank(camtOf("S4", "DBIT", "0.86", end, "", ""))
	is(t, "once more", got, "for a person: it has left the bank, and the payout is returned")
	f.clean()
}
