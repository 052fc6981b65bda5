package hook

import (
	"errors"
	"fmt"
	"net/http"

	"tuppence/server/ledger"
)

// errorKind is one kind of error on the wire.
type errorKind struct {
	is        error
	status    int
	retryable bool // whether the same request can succeed later by itself
}

// codeInternal is the code of everything that is no refusal.
const codeInternal = "internal"

// internal is the kind of everything that is no refusal.
var internal = errorKind{errors.New(codeInternal), http.StatusInternalServerError, true}

// statuses is the only table from errors to HTTP. What the buyer has to act on is 402, so that a vendor can tell it
// from "you may not".
var statuses = []errorKind{
	{ledger.ErrInvalid, http.StatusBadRequest, false},
	{ledger.ErrKeyMissing, http.StatusBadRequest, false},
	{ledger.ErrConfirm, http.StatusBadRequest, false},
	{ledger.ErrUnauthenticated, http.StatusUnauthorized, false},
	{ledger.ErrLimit, http.StatusPaymentRequired, false},
	{ledger.ErrFunds, http.StatusPaymentRequired, false},
	{ledger.ErrWindow, http.StatusPaymentRequired, false},
	{ledger.ErrApproval, http.StatusPaymentRequired, false},
	{ledger.ErrNotLinked, http.StatusPaymentRequired, false},
	{ledger.ErrNotAllowed, http.StatusForbidden, false},
	{ledger.ErrNotJoined, http.StatusForbidden, false},
	{ledger.ErrOrigin, http.StatusForbidden, false},
	{ledger.ErrScope, http.StatusForbidden, false},
	{ledger.ErrAddress, http.StatusForbidden, false},
	{ledger.ErrGrantOver, http.StatusForbidden, false},
	{ledger.ErrFrozen, http.StatusForbidden, false},
	{ledger.ErrNotFound, http.StatusNotFound, false},
	{ledger.ErrTermsChanged, http.StatusConflict, false},
	{ledger.ErrState, http.StatusConflict, false},
	{ledger.ErrOfferExpired, http.StatusGone, false},
	{ledger.ErrCheckoutExpired, http.StatusGone, false},
	{ledger.ErrKeyReused, http.StatusUnprocessableEntity, false},
	{ledger.ErrRate, http.StatusTooManyRequests, true},
	{ledger.ErrUnavailable, http.StatusServiceUnavailable, true},
}

// kindOf finds the line of an error.
func kindOf(err error) errorKind {
	for _, k := range statuses {
		if errors.Is(err, k.is) {
			return k
		}
	}
	return internal
}

// Status is the HTTP status of an error: 500 for what is no refusal.
func Status(err error) int { return kindOf(err).status }

// problemPage explains a kind of problem to a person: it is where the type of each problem leads (RFC 9457 section
// 3.1.1).
func (a *api) problemPage(w http.ResponseWriter, r *http.Request) {
	for _, k := range append([]errorKind{internal}, statuses...) {
		if code := k.is.Error(); code == r.PathValue("code") {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = fmt.Fprintf(w, "%s\n\ncode      %s\nstatus    %d\nretryable %t\n",
				ledger.Title(k.is), code, k.status, k.retryable)
			return
		}
	}
	a.write(w, problemOf(ledger.RefuseNotFound("kind of problem"), a.base, callOf(r.Context()).id))
}
