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

// A wrong number refuses a request for good: the right one comes too late. To have seen no page, or another price, is
// no guess, and other requests stay.
func TestWrongNumberRefusesTheRequest(t *testing.T) {
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
	no := says(ledger.ErrTermsChanged, view.Answer{Code: page.Code, Match: wrong})
	if !strings.Contains(no.Detail, "nothing was paid") {
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

// Of guesses that come at once, one is heard.
func TestParallelNumbersAreOneGuess(t *testing.T) {
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
			if errors.Is(err, ledger.ErrTermsChanged) {
				heard.Add(1)
			}
		})
	}
	wg.Wait()
	if heard.Load() != 1 || s.balance(s.who) != before {
		t.Errorf("%d numbers were tried, want one", heard.Load())
	}
}
