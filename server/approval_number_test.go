package server

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// The second wrong number refuses a request for good: the right one comes too late. To have seen no page, or another
// price, is no guess, and another request has its own count.
func TestSecondWrongNumberRefusesTheRequest(t *testing.T) {
	s := sellingHouse(t)
	_, page, _ := s.opened("guessed")
	_, other, _ := s.opened("other")
	before := s.balance(s.who)
	says := func(want error, yes view.Answer) *ledger.Refusal {
		t.Helper()
		yes.Yes = true
		return s.refused(want, func() error { _, err := s.Answer(s.ctx, s.who, yes); return err })
	}
	for range 5 {
		says(ledger.ErrTermsChanged, view.Answer{Code: page.Code, Match: view.NoMatch})
		says(ledger.ErrTermsChanged, view.Answer{Code: page.Code, Match: page.Match, Expect: &ledger.Amount{Micros: 1}})
	}
	wrong := "10"
	if page.Match == wrong {
		wrong = "11"
	}
	says(ledger.ErrTermsChanged, view.Answer{Code: other.Code, Match: "0"})
	says(ledger.ErrTermsChanged, view.Answer{Code: page.Code, Match: wrong})
	if a, err := s.Approval(s.ctx, s.who, page.Code); err != nil || !a.Open() {
		t.Fatalf("one wrong number has ended it: %v, %v", a.Status, err)
	}
	no := says(ledger.ErrState, view.Answer{Code: page.Code, Match: wrong})
	if !strings.Contains(no.Detail, "Nothing was paid") {
		t.Errorf("it says %q", no.Detail)
	}
	r, err := s.Answer(s.ctx, s.who, view.Answer{Code: page.Code, Yes: true, Match: page.Match})
	if err != nil || !r.Again || r.Status != view.State(ledger.CheckoutDenied) || s.balance(s.who) != before {
		t.Errorf("the right number afterwards: %+v, %v, %d paid", r, err, before-s.balance(s.who))
	}
	if a, err := s.Approval(s.ctx, s.who, other.Code); err != nil || !a.Open() {
		t.Errorf("the other request: %v, %v", a.Status, err)
	}
	s.clean()
}

// Guesses that come at once are counted as those that come one after the other: the transactions are.
func TestParallelNumbersAreCounted(t *testing.T) {
	s := sellingHouse(t)
	_, page, _ := s.opened("guessed")
	before := s.balance(s.who)
	var wg sync.WaitGroup
	var heard atomic.Int64 // answers that told whether a number is right
	for n := range 100 {
		guess := fmt.Sprintf("%02d", n)
		if guess == page.Match {
			continue
		}
		wg.Go(func() {
			_, err := s.Answer(s.ctx, s.who, view.Answer{Code: page.Code, Yes: true, Match: guess})
			if errors.Is(err, ledger.ErrTermsChanged) || errors.Is(err, ledger.ErrState) {
				heard.Add(1)
			}
		})
	}
	wg.Wait()
	if heard.Load() != wrongNumbers || s.balance(s.who) != before {
		t.Errorf("%d numbers were tried, want %d", heard.Load(), wrongNumbers)
	}
}
