package ledger

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func ExampleRefuse() {
	err := fmt.Errorf(
		"charge: %w",
		Refuse(ErrLimit, "Wait until tomorrow.", "The limit is %s a day.", Amount{5 * Unit, "EUR"}),
	)
	var r *Refusal
	fmt.Println(errors.As(err, &r), Code(err), Title(err))
	fmt.Println(r)
	fmt.Println(Code(errors.New("disk full"))) // not a refusal: nothing of it is shown
	// Output:
	// true limit_exceeded Spending limit reached
	// The limit is 5.00 EUR a day. Wait until tomorrow.
	// internal
}

// Every sentinel has its code and title, and every refusal of this file has words.
func TestRefusals(t *testing.T) {
	seen := map[string]bool{}
	for _, p := range problems {
		code := Code(fmt.Errorf("wrapped: %w", Refuse(p.is, "", "x")))
		if code != p.is.Error() || seen[code] || Title(p.is) == "" || Title(p.is) == "Internal error" {
			t.Errorf("%v has the code %q and the title %q", p.is, code, Title(p.is))
		}
		seen[code] = true
	}
	is(t, "sentinels", len(seen), 24)
	is(t, "nothing", Code(nil), "")
	is(t, "internal", Code(errors.New("disk")), "internal")
	is(t, "internal title", Title(errors.New("disk")), "Internal error")
	for _, c := range []struct {
		r    *Refusal
		want error
	}{
		{refuseFrozen(), ErrFrozen},
		{RefuseWindow(), ErrWindow},
		{RefuseFunds(eur(1)), ErrFunds},
		{refuseNotLinked(), ErrNotLinked},
		{refuseApproval("x"), ErrApproval},
		{refuseBlocked(), ErrNotAllowed},
		{RefuseNotFound("x"), ErrNotFound},
		{RefuseNotJoined(), ErrNotJoined},
		{RefuseState("x", "y"), ErrState},
		{RefuseTerms(eur(1)), ErrTermsChanged},
		{RefuseOfferOver(), ErrOfferExpired},
		{RefuseCheckoutOver(), ErrCheckoutExpired},
		{RefuseOrigin("x"), ErrOrigin},
		{refuseGrantOver("views"), ErrGrantOver},
		{refuseConfirm("100 % sure?", "x"), ErrConfirm},
		{refuseLocked(start), ErrNotAllowed},
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

// Whatever fills the words, no verb of a format is left over, and untrusted text in an argument stays an argument.
func TestRefusalWordsAreFormattedOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.String().Draw(t, "word")
		for _, r := range []*Refusal{
			RefuseNotFound(word), RefuseState("charge", word), refuseConfirm(word, "x"), refuseApproval("%s", word),
		} {
			if !strings.Contains(r.Detail, word) || strings.Contains(r.Detail, "%!") && !strings.Contains(word, "%!") {
				t.Fatalf("%q became %q", word, r.Detail)
			}
		}
	})
}

// A name may be put on a refusal, not on a fault of ours.
func TestNamed(t *testing.T) {
	is(t, "param", refused(t, named(Invalid("url", "x.", "y."), "origin"), ErrInvalid).Param, "origin")
	fault := errors.New("disk")
	is(t, "fault", named(fault, "origin"), fault)
	is(t, "nothing", named(nil, "origin"), nil)
}
