package server

import (
	"errors"
	"strings"
	"testing"
	"time"

	"tuppence/server/funding/debit"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// After a restore a payout that had left since the backup is made again, under another name that no gateway knows. It
// does not leave before an operator has compared; then it is said to be paid, and what has not left goes on. A second
// restore closes again, and what was at the gateway in the backup has the name that it had.
func TestPayoutsAfterARestore(t *testing.T) {
	f, _ := newPayoutFixture(t, "EUR")
	g := f.withGateway(debit.Bank{})
	radio, _ := f.vendor("radio")
	f.accountOf("EUR", annsIBAN)
	for _, name := range []string{"news", "radio"} {
		_, err := f.SetPayTerms(f.ctx, f.operator, view.TermsChange{
			Vendor: name, Currency: "EUR", Set: map[string]string{"way": "hook"},
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	saved := (&branch{fixture: f.fixture}).backup()
	f.runs(view.SettleOrder{})
	f.submits("EUR", "hook")
	f.Sweep(f.ctx)
	is(t, "paid", len(g.paid), 1)
	lost := f.of("news").ID

	again := func(seed byte) *branch {
		t.Helper()
		b := restored(t, saved, seed)
		b.time.Pass(f.clock().Sub(b.clock()) + time.Hour)
		b.ways, b.gateway, b.methods = f.ways, f.gateway, f.methods
		return b
	}
	b := again(1)
	b.touch(caller("ann"))
	b.buys(caller("ann"), radio, "Waves", eur(90))
	b.time.Pass(time.Minute)
	b.runs(view.SettleOrder{})
	if name := b.of("news").ID; name == lost {
		t.Error("the payout has the name of the one that is lost")
	}
	submit := func() error { _, err := b.PayoutSubmit(b.ctx, b.operator, "EUR", "hook"); return err }
	no := b.refused(ledger.ErrState, submit)
	if !strings.Contains(no.Remedy, "bank resume") || !strings.Contains(b.alarmed(), "restored") {
		t.Errorf("the refusal is %v, the alarm %q", no, b.alarmed())
	}
	resume := func(who view.Caller, why string) error { _, err := b.BankResume(b.ctx, who, why); return err }
	b.refused(ledger.ErrInvalid, func() error { return resume(b.operator, " ") })
	if err := resume(caller("ann"), "x"); !errors.Is(err, ledger.ErrNotAllowed) {
		t.Errorf("somebody else: %v", err)
	}
	paid := b.of("news").ID
	b.step(paid, ledger.PayoutHold, "it has left already")
	b.refused(ledger.ErrInvalid, func() error {
		_, err := b.SettlementStep(b.ctx, b.operator, view.SettlementStep{ID: paid, Event: ledger.PayoutPaid})
		return err
	})
	b.step(paid, ledger.PayoutPaid, "by the gateway, as "+lost)
	if err := resume(b.operator, "one payout of news"); err != nil {
		t.Fatal(err)
	}
	b.refused(ledger.ErrState, func() error { return resume(b.operator, "again") })
	is(t, "alarm", b.alarmed(), "")
	if err := submit(); err != nil {
		t.Fatal(err)
	}
	b.Sweep(b.ctx)
	is(t, "state", string(b.of("radio").State), "paid")
	is(t, "paid by the gateway", len(g.paid), 2)
	b.clean()

	saved = b.backup()
	b = again(2)
	b.refused(ledger.ErrState, submit)
	b.refused(ledger.ErrState, func() error {
		_, err := b.RedemptionSubmit(b.ctx, b.operator, "EUR", ledger.RedeemBank)
		return err
	})
}

// What the gateway had in the backup is told again after a restore under the same name, so it is paid once.
func TestPayoutAtTheGatewayAfterARestore(t *testing.T) {
	f, _, g := newGatewayFixture(t)
	saved := (&branch{fixture: f.fixture}).backup()
	f.Sweep(f.ctx)
	is(t, "state", string(f.one().State), "paid")
	b := restored(t, saved, 1)
	b.time.Pass(f.clock().Sub(b.clock()) + time.Hour)
	b.ways, b.gateway = f.ways, f.gateway
	b.Sweep(b.ctx)
	is(t, "state", string(b.one().State), "paid")
	is(t, "paid", len(g.paid), 1)
	is(t, "name", b.one().ID, f.one().ID)
}

// The payouts of a vendor that is suspended wait until it is not.
func TestPayoutOfASuspendedVendor(t *testing.T) {
	f, _ := newPayoutFixture(t, "EUR")
	radio, _ := f.vendor("radio")
	f.buys(caller("ann"), radio, "Waves", eur(90))
	f.time.Pass(time.Minute)
	f.runs(view.SettleOrder{})
	for _, name := range []string{"news", "radio"} {
		if _, err := f.VendorSuspend(f.ctx, f.operator, name, "its pages are empty"); err != nil {
			t.Fatal(err)
		}
	}
	no := f.refused(ledger.ErrState, func() error { _, err := f.PayoutSubmit(f.ctx, f.operator, "EUR", ""); return err })
	if !strings.Contains(no.Detail, "2 payouts in EUR wait") {
		t.Error(no)
	}
	if _, err := f.VendorResume(f.ctx, f.operator, "radio", "they are not"); err != nil {
		t.Fatal(err)
	}
	file := f.submits("EUR", "")
	is(t, "payouts", file.Payouts, 1)
	is(t, "wait", file.Suspended, 1)
	is(t, "state", string(f.of("news").State), "approved")
	f.clean()
}
