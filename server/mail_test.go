package server

import (
	"bytes"
	"encoding/base64"
	"errors"
	"strings"
	"testing"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// annsAddress is where letters to ann go.
var annsAddress = ledger.PostalAddress{
	Name: "Ann Example", Street: "Hauptstraße 5", Postcode: "50667", Town: "Köln", Country: "DE",
}

// A bill goes to the printer once, reminders follow in their time with the same reference, a batch comes again byte for
// byte, and a wallet without an address has nothing mailed.
func TestMailedBill(t *testing.T) {
	d := newLent(t)
	d.methods = append(d.methods, funding.MailedBill{To: funding.Payee{
		Name: "Tuppence Ltd", Address: "Road 1, 10115 Berlin, DE", IBAN: annsIBAN,
	}})
	v, err := d.SetCredit(d.ctx, d.operator, d.user(d.ann).Handle, eur(500), "known for years")
	must(t, err)
	d.buysFive()
	d.until(v.NextBill.Time)
	d.Sweep(d.ctx)
	if _, err := d.PrintBills(d.ctx, d.operator, 0); !errors.Is(err, ledger.ErrState) {
		t.Errorf("printed without an address: %v", err)
	}
	a, err := d.SetAddress(d.ctx, d.ann, annsAddress)
	must(t, err)
	is(t, "mask", a.Mask, "DE 50•••")
	if _, err := d.PrintBills(d.ctx, d.mia, 0); !errors.Is(err, ledger.ErrNotAllowed) {
		t.Errorf("a representative prints: %v", err)
	}
	bill, err := d.PrintBills(d.ctx, d.operator, 0)
	must(t, err)
	is(t, "letters", len(bill.Pages), 1)
	if pdf, err := base64.StdEncoding.DecodeString(bill.PDF); err != nil || !bytes.HasPrefix(pdf, []byte("%PDF")) {
		t.Errorf("no PDF: %v", err)
	}
	if _, err := d.PrintBills(d.ctx, d.operator, 0); !errors.Is(err, ledger.ErrState) {
		t.Errorf("printed again: %v", err)
	}
	again, err := d.PrintBills(d.ctx, d.operator, bill.Number)
	must(t, err)
	is(t, "the same bytes", again.PDF == bill.PDF, true)
	bills, err := d.Bills(d.ctx, d.ann)
	must(t, err)
	is(t, "mailed", bills[0].Mailed.IsZero(), false)
	for i, days := range []int{7, 14, 14} {
		if i == 0 {
			d.until(bills[0].Due.Time)
		}
		d.time.Pass(time.Duration(days)*24*time.Hour - time.Second)
		if _, err := d.PrintBills(d.ctx, d.operator, 0); !errors.Is(err, ledger.ErrState) {
			t.Errorf("reminder %d is early: %v", i+1, err)
		}
		d.time.Pass(time.Second)
		letter, err := d.PrintBills(d.ctx, d.operator, 0)
		must(t, err)
		is(t, "reminder", letter.Pages[0].Reminder, i+1)
		is(t, "reference", letter.Pages[0].Reference, bills[0].Reference)
	}
	d.time.Pass(1000 * 24 * time.Hour)
	d.Sweep(d.ctx)
	d.touch(d.ann)
	if _, err := d.PrintBills(d.ctx, d.operator, 0); !errors.Is(err, ledger.ErrState) {
		t.Errorf("a fourth reminder: %v", err)
	}
	if _, err := d.PrintBills(d.ctx, d.operator, bill.Number); !errors.Is(err, ledger.ErrState) {
		t.Errorf("an old batch is there still: %v", err)
	}
	d.clean()
}

// An address is nowhere in the store in clear, and is gone when it is removed or another one takes its place.
func TestAddressIsSealed(t *testing.T) {
	kv := store.NewMemory()
	f := newFixtureOn(t, kv)
	ann := f.join("ann")
	_, err := f.SetAddress(f.ctx, ann, annsAddress)
	must(t, err)
	other := annsAddress
	other.Street = "Nebenweg 6"
	_, err = f.SetAddress(f.ctx, ann, other)
	must(t, err)
	notInStore(t, kv, "Ann Example", "Hauptstra", "50667", "Köln", "Nebenweg")
	var live int
	f.read(func(r books.Reader) error {
		all, err := r.VaultOf(ledger.VaultUser, uint64(f.user(ann).ID))
		for _, v := range all {
			if v.Live() {
				live++
			}
		}
		return err
	})
	is(t, "addresses", live, 1)
	_, err = f.RemoveAddress(f.ctx, ann)
	must(t, err)
	f.refused(ledger.ErrNotFound, func() error { _, err := f.Address(f.ctx, ann); return err })
	f.refused(ledger.ErrNotFound, func() error { _, err := f.RemoveAddress(f.ctx, ann); return err })
	for name, change := range map[string]func(*ledger.PostalAddress){
		"name":     func(a *ledger.PostalAddress) { a.Name = "" },
		"street":   func(a *ledger.PostalAddress) { a.Street = "a\nb" },
		"town":     func(a *ledger.PostalAddress) { a.Town = strings.Repeat("x", 99) },
		"country":  func(a *ledger.PostalAddress) { a.Country = "D1" },
		"postcode": func(a *ledger.PostalAddress) { a.Postcode = " " },
		"letters":  func(a *ledger.PostalAddress) { a.Name = "한" },
	} {
		a := annsAddress
		change(&a)
		if _, err := f.SetAddress(f.ctx, ann, a); !errors.Is(err, ledger.ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	f.clean()
}

// A payment by the reference of a letter ends the letters, and a letter says what is left.
func TestPaidBillGetsNoReminder(t *testing.T) {
	d := newLent(t)
	d.methods = append(d.methods, funding.MailedBill{To: funding.Payee{Name: "Tuppence Ltd", IBAN: annsIBAN}})
	v, err := d.SetCredit(d.ctx, d.operator, d.user(d.ann).Handle, eur(500), "known for years")
	must(t, err)
	_, err = d.SetAddress(d.ctx, d.ann, annsAddress)
	must(t, err)
	d.buysFive()
	d.until(v.NextBill.Time)
	d.Sweep(d.ctx)
	letter, err := d.PrintBills(d.ctx, d.operator, 0)
	must(t, err)
	for _, step := range []string{"received", "cleared"} {
		_, err = d.AdvanceDeposit(d.ctx, d.mia, letter.Pages[0].Reference, step, eur(125))
		must(t, err)
		d.time.Pass(25 * time.Hour)
	}
	d.time.Pass(60 * 24 * time.Hour)
	if _, err := d.PrintBills(d.ctx, d.operator, 0); !errors.Is(err, ledger.ErrState) {
		t.Errorf("reminded of a paid bill: %v", err)
	}
	bills, err := d.Bills(d.ctx, d.ann)
	must(t, err)
	is(t, "state", bills[0].State, view.State(ledger.BillPaid))
	d.clean()
}
