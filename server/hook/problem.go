package hook

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"tuppence/server/ledger"
)

// Problem is an error on the wire (RFC 9457) with what to do about it.
type Problem struct {
	Type      string       `json:"type" doc:"Where this kind of problem is described."`
	Title     string       `json:"title"`
	Status    int          `json:"status"`
	Detail    string       `json:"detail" doc:"What was wrong, one sentence for a person."`
	Code      string       `json:"code" doc:"The stable word for programs."`
	Param     string       `json:"param,omitempty" doc:"The field or header at fault."`
	Remedy    string       `json:"remedy" doc:"What to do about it."`
	RequestID string       `json:"request_id,omitempty"`
	Retryable bool         `json:"retryable" doc:"Whether the same request can succeed later without anybody acting."`
	Limit     string       `json:"limit,omitempty" doc:"The bound that was met."`
	ResetsAt  *time.Time   `json:"resets_at,omitempty" doc:"When the bound frees again."`
	Shortfall *Money       `json:"shortfall,omitempty" doc:"How much is missing."`
	FundURL   string       `json:"fund_url,omitempty"`
	Approve   string       `json:"approve_url,omitempty" doc:"Where the buyer can say yes."`
	UserCode  string       `json:"user_code,omitempty" doc:"What the buyer types to say yes."`
	Errors    []FieldError `json:"errors,omitempty"`

	retry time.Duration
}

// FieldError is one field at fault.
type FieldError struct {
	Param  string `json:"param"`
	Detail string `json:"detail"`
}

// Error makes a Problem an error that huma answers.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders says when to try again.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.retry+time.Second-1)/time.Second)))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Bearer realm="tuppence"`)
	}
	return h
}

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// row is one kind of error.
type row struct {
	is        error
	status    int
	retryable bool
}

// codeInternal is the code of everything that is no refusal.
const codeInternal = "internal"

var errInternal = errors.New(codeInternal)

// maxErrors bounds how many fields one answer names.
const maxErrors = 10

// statuses is the only table from errors to HTTP. Buyer refusals are 402, so that a caller can tell "the buyer has to
// act" from "you may not".
var statuses = []row{
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

// Status is the HTTP status of an error: 500 for what is no refusal.
func Status(err error) int {
	for _, s := range statuses {
		if errors.Is(err, s.is) {
			return s.status
		}
	}
	return http.StatusInternalServerError
}

// problemOf turns an error into a problem. What is no refusal is hidden.
func problemOf(err error, base, id string) *Problem {
	p := &Problem{
		Title: ledger.Title(err), Status: Status(err), Code: ledger.Code(err), RequestID: id, Retryable: true,
		Detail: "Something went wrong on our side, and it is logged.", Remedy: "Try again with the same idempotency key; quote the request id if it stays.",
	}
	p.Type = base + "/problems/" + p.Code
	var no *ledger.Refusal
	if !errors.As(err, &no) {
		return p
	}
	p.Detail, p.Remedy, p.Param, p.Limit, p.retry = no.Detail, no.Remedy, no.Param, no.Limit, no.Retry
	for _, s := range statuses {
		if errors.Is(err, s.is) {
			p.Retryable = s.retryable
		}
	}
	if !no.ResetsAt.IsZero() {
		p.ResetsAt = &no.ResetsAt
	}
	if no.Shortfall.Micros > 0 {
		m := money(no.Shortfall)
		p.Shortfall, p.FundURL = &m, base+"/"
	}
	if no.Txn != "" {
		p.Approve, p.UserCode = base+"/c/"+no.Txn, no.Approve
	}
	return p
}

// problem makes the answer to an error and logs what is internal, once.
func (a *api) problem(ctx context.Context, err error) *Problem {
	p := problemOf(err, a.base, requestID(ctx))
	if p.Status == http.StatusInternalServerError && ctx.Err() == nil {
		a.log.Error("request failed", "request", p.RequestID, "error", err)
	}
	return p
}

// write answers a problem outside of huma.
func (a *api) write(w http.ResponseWriter, p *Problem) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client went away: nobody to tell
}

// humaErrors makes huma's own refusals (malformed JSON, wrong types, unknown fields) problems of ours.
func humaErrors() {
	humaOnce.Do(func() {
		huma.ValidateStrictCasing = true // "Title" is not "title": the fingerprint of a request would tell them apart
		huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
			return fromHuma(status, message, errs)
		}
		huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
			p := fromHuma(status, message, errs)
			p.RequestID = requestID(ctx.Context())
			base, _ := ctx.Context().Value(keyBase).(string)
			p.Type = base + p.Type
			return p
		}
	})
}

func fromHuma(status int, message string, errs []error) *Problem {
	p := &Problem{
		Title: "Invalid request", Status: http.StatusBadRequest, Code: ledger.ErrInvalid.Error(),
		Type: "/problems/" + ledger.ErrInvalid.Error(), Remedy: "Correct the request; /openapi.json describes it.",
	}
	switch status {
	case http.StatusRequestEntityTooLarge:
		p.Status, p.Title, p.Detail, p.Remedy = status, "Request too large", "The request is larger than 64 KiB.", "Send less."
		return p
	case http.StatusUnsupportedMediaType, http.StatusNotAcceptable:
		p.Status, p.Title, p.Param = status, "Unsupported media type", "Content-Type"
		p.Detail, p.Remedy = "The content type is not JSON.", "Send application/json."
		return p
	case http.StatusInternalServerError:
		p.Status, p.Title, p.Code, p.Retryable = status, "Internal error", codeInternal, true
		p.Type, p.Detail, p.Remedy = "/problems/"+codeInternal, "Something went wrong on our side.", "Try again with the same idempotency key."
		return p
	}
	p.Detail = sentence(ledger.CleanLine(message, 300))
	for _, err := range errs[:min(len(errs), maxErrors)] {
		var d huma.ErrorDetailer
		if !errors.As(err, &d) {
			p.Detail = sentence(ledger.CleanLine(err.Error(), 300))
			continue
		}
		detail := d.ErrorDetail()
		at, what := field(detail.Location), ledger.CleanLine(detail.Message, 300)
		if name, ok := strings.CutPrefix(what, "expected required property "); ok { // name the field, not where it should be
			at = strings.TrimPrefix(at+"."+strings.TrimSuffix(name, " to be present"), "body.")
			what = "the field is missing"
		}
		p.Errors = append(p.Errors, FieldError{Param: at, Detail: what})
	}
	if len(p.Errors) > 0 {
		p.Param = p.Errors[0].Param
		p.Detail = sentence(strings.TrimPrefix(p.Param+": "+p.Errors[0].Detail, ": "))
		p.Remedy = "Correct this field; /openapi.json describes it."
	}
	return p
}

// field is the wire's name of a place in the request. Names of unknown fields are the sender's own words.
func field(location string) string {
	if _, name, ok := strings.Cut(location, "."); ok {
		location = name
	}
	return ledger.CleanLine(location, 80)
}

// sentence ends with a full stop.
func sentence(s string) string {
	if s == "" || strings.HasSuffix(s, ".") {
		return s
	}
	return s + "."
}

// problemPage explains a kind of problem to a person.
func (a *api) problemPage(w http.ResponseWriter, r *http.Request) {
	code := r.PathValue("code")
	for _, s := range append(statuses, row{errInternal, http.StatusInternalServerError, true}) {
		if s.is.Error() == code {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			_, _ = w.Write([]byte(ledger.Title(s.is) + //nolint:gosec // plain text, and code is one of ours
				"\n\ncode      " + code + "\nstatus    " + strconv.Itoa(s.status) + "\nretryable " + strconv.FormatBool(s.retryable) + "\n"))
			return
		}
	}
	a.write(w, problemOf(ledger.RefuseNotFound("kind of problem"), a.base, requestID(r.Context())))
}
