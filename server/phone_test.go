package server

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

var (
	callersHome = netip.MustParseAddr("198.51.100.7")
	elsewhere   = netip.MustParseAddr("203.0.113.9")
)

// byPhone begins a deposit for a caller, at a processor with pages.
func (f *fixture) byPhone(handle string) view.PayLink {
	f.t.Helper()
	f.card.Page = "https://processor.example"
	v, err := f.PayByPhone(f.ctx, f.operator, handle, eur(2000))
	if err != nil {
		f.t.Fatal(err)
	}
	return v
}

// A code leads to the processor's page, once and for half an hour; whatever else is typed has one answer.
func TestPhoneCodes(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	v := f.byPhone(f.user(ann).Handle)
	is(t, "address", v.URL, "https://pay.example/p/"+v.Code)
	is(t, "state", v.State, view.State(ledger.DepositRequiresAction))
	d, err := f.Deposits(f.ctx, ann, view.Paging{})
	is(t, "channel", d[0].Channel, "phone")
	if err != nil {
		t.Fatal(err)
	}
	address, err := f.PhonePage(f.ctx, callersHome, strings.ToLower(strings.ReplaceAll(v.Code, "-", " ")))
	if err != nil || address != "https://processor.example/pay/"+v.Deposit {
		t.Fatalf("leads to %q, %v", address, err)
	}
	late := f.byPhone(f.user(ann).Handle)
	f.time.Pass(phoneCodeLife)
	answers := map[string]bool{}
	for _, code := range []string{v.Code, late.Code, "BCDF-GHJK", "no code", ""} {
		no := f.refused(ledger.ErrNotFound, func() error { _, err := f.PhonePage(f.ctx, elsewhere, code); return err })
		answers[no.Error()] = true
	}
	is(t, "answers", len(answers), 1)
}

// An address types five wrong codes in an hour and is not listened to then, whatever it types; another one is.
func TestPhoneCodesAreNotGuessed(t *testing.T) {
	f := newFixture(t)
	v := f.byPhone(f.user(f.join("ann")).Handle)
	for range callerGuesses {
		f.refused(ledger.ErrNotFound, func() error { _, err := f.PhonePage(f.ctx, elsewhere, "BCDF-GHJK"); return err })
		f.time.Pass(time.Minute)
	}
	for range 3 {
		no := f.refused(ledger.ErrRate, func() error { _, err := f.PhonePage(f.ctx, elsewhere, v.Code); return err })
		if no.Retry <= 0 || no.Retry > callerWindow {
			t.Errorf("try again in %v", no.Retry)
		}
	}
	if _, err := f.PhonePage(f.ctx, callersHome, v.Code); err != nil {
		t.Error(err)
	}
	f.time.Pass(callerWindow)
	f.refused(ledger.ErrNotFound, func() error { _, err := f.PhonePage(f.ctx, elsewhere, v.Code); return err })
	is(t, "addresses that are remembered", len(f.callers.seen), 1)
}

// A code whose deposit has ended leads nowhere, and codes are forgotten.
func TestPhoneCodesEnd(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	v := f.byPhone(f.user(ann).Handle)
	if _, err := f.CancelDeposit(f.ctx, ann, v.Deposit); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrNotFound, func() error { _, err := f.PhonePage(f.ctx, callersHome, v.Code); return err })
	f.time.Pass(phoneCodeLife)
	f.Sweep(f.ctx)
	f.read(func(r books.Reader) error {
		_, found, err := r.PhoneCode(seal.HashCode(v.Code))
		is(t, "is there", found, false)
		return err
	})
}

func TestPayByPhoneRefuses(t *testing.T) {
	f := newFixture(t)
	ann := f.join("ann")
	handle := f.user(ann).Handle
	pay := func(who view.Caller, wallet string, a ledger.Amount) func() error {
		return func() error { _, err := f.PayByPhone(f.ctx, who, wallet, a); return err }
	}
	f.refused(ledger.ErrNotAllowed, pay(ann, handle, eur(2000)))
	f.refused(ledger.ErrNotFound, pay(f.operator, "w_none", eur(2000)))
	f.refused(ledger.ErrInvalid, pay(f.operator, handle, eur(1)))
	if _, err := f.StaffAdd(f.ctx, f.operator, keyOf(ann), ledger.RoleRep, ""); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrNotAllowed, pay(ann, handle, eur(2000)))
	f.methods = []funding.Method{funding.Phone{Card: f.card}}
	f.refused(ledger.ErrInvalid, pay(f.operator, handle, eur(2000)))
	no := f.refused(ledger.ErrInvalid, func() error {
		_, err := f.Fund(f.ctx, ann, view.FundRequest{Method: "phone", Amount: eur(2000)})
		return err
	})
	if !strings.Contains(no.Remedy, "representative") || errors.Is(no, ledger.ErrState) {
		t.Error(fmt.Sprint(no))
	}
}
