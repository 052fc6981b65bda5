package ledger

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"
)

func ExampleEntry_Balanced() {
	e := Entry{No: 3, Postings: []Posting{{Account{Paid, "EUR", 7}, 5}, {Account{Commission, "EUR", 0}, -4}}}
	fmt.Println(e.Balanced())
	// Output: ledger: entry 3 is out of balance by 1 micros of EUR
}

func TestBalanced(t *testing.T) {
	paid, fee := Account{Paid, "EUR", 7}, Account{Commission, "EUR", 0}
	must(t, Entry{}.Balanced())
	must(t, Entry{Postings: []Posting{{paid, 5}, {fee, -5}}}.Balanced())
	for name, all := range map[string][]Posting{
		"one side":       {{paid, 5}},
		"two currencies": {{paid, 5}, {Account{Commission, "USD", 0}, -5}},
		"no such class":  {{Account{1234, "EUR", 0}, 5}, {fee, -5}},
		"no currency":    {{Account{Paid, "", 7}, 5}, {Account{Commission, "", 0}, -5}},
		"zero":           {{paid, 0}},
		"overflow":       {{paid, 1 << 62}, {paid, 1 << 62}, {paid, 1 << 62}, {paid, 1 << 62}},
	} {
		if err := (Entry{Postings: all}).Balanced(); err == nil {
			t.Errorf("%s: balanced", name)
		}
	}
}

// Every class of the chart has a name of its own, and the sign rules are those of the money model.
func TestChart(t *testing.T) {
	names := map[string]Class{}
	credit, debit := "", ""
	for c := Class(0); c < 10_000; c++ {
		n := c.Name()
		if n == "" {
			continue
		}
		if names[n] != 0 {
			t.Errorf("%d and %d are both %q", c, names[n], n)
		}
		names[n] = c
		switch SignRule(c) {
		case CreditOnly:
			credit += fmt.Sprintf("%d ", c)
		case DebitOnly:
			debit += fmt.Sprintf("%d ", c)
		}
	}
	is(t, "classes", len(names), 35)
	is(t, "credit", credit, "2000 2005 2010 2020 2100 2120 2140 2200 2210 2300 2400 2500 2900 ")
	is(t, "debit", debit, "1110 1120 1200 1210 1220 ")
	is(t, "2110 below zero", SignRule(VendorAvailable).Allows(5), true)
	is(t, "2000 below zero", SignRule(Paid).Allows(1), false)
	is(t, "1200 on the credit side", SignRule(Receivable).Allows(-1), false)
	is(t, "account", Account{Commission, "EUR", 0}.String(), "EUR/4000")
}

// Every sentinel has its code and title, and every refusal of this file has words.
func TestRefusals(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range problems() {
		code := Code(fmt.Errorf("wrapped: %w", Refuse(p.is, "", "x")))
		if code != p.is.Error() || seen[code] || Title(p.is) == "" || Title(p.is) == "Internal error" {
			t.Errorf("%v has the code %q and the title %q", p.is, code, Title(p.is))
		}
		seen[code] = true
	}
	is(t, "sentinels", len(seen), 22)
	is(t, "nothing", Code(nil), "")
	is(t, "internal", Code(errors.New("disk")), "internal")
	is(t, "internal title", Title(errors.New("disk")), "Internal error")
	for _, c := range []struct {
		r    *Refusal
		want error
	}{
		{RefuseFrozen(), ErrFrozen},
		{RefuseWindow(), ErrWindow},
		{RefuseFunds(eur(1)), ErrFunds},
		{RefuseNotLinked(), ErrNotLinked},
		{RefuseApproval("x"), ErrApproval},
		{RefuseBlocked(), ErrNotAllowed},
		{RefuseNotFound("x"), ErrNotFound},
		{RefuseNotJoined(), ErrNotJoined},
		{RefuseState("x", "y"), ErrState},
		{RefuseTerms(eur(1)), ErrTermsChanged},
		{RefuseOfferOver(), ErrOfferExpired},
		{RefuseCheckoutOver(), ErrCheckoutExpired},
		{RefuseOrigin("x"), ErrOrigin},
		{RefuseGrantOver("views"), ErrGrantOver},
		{RefuseConfirm("100 % sure?", "x"), ErrConfirm},
		{RefuseLocked(start), ErrNotAllowed},
		{RefuseUnauthenticated(), ErrUnauthenticated},
		{RefuseRate(time.Second), ErrRate},
		{RefuseUnavailable(time.Second), ErrUnavailable},
		{RefuseKeyMissing(), ErrKeyMissing},
		{RefuseKeyReused(), ErrKeyReused},
		{RefuseOwn(), ErrNotAllowed},
		{RefuseSuspended(), ErrNotAllowed},
	} {
		refused(t, c.r, c.want)
		if strings.Contains(c.r.Error(), "%!") || !strings.HasSuffix(c.r.Remedy, ".") && c.r.Remedy != "x" {
			t.Errorf("words: %q", c.r.Error())
		}
	}
	is(t, "without a remedy", Refuse(ErrRate, "", "Slow down.").Error(), "Slow down.")
}
