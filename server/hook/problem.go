package hook

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"time"

	"tuppence/server/ledger"
)

// Problem is an error on the wire (RFC 9457) with what to do about it.
type Problem struct {
	Type      string       `json:"type" doc:"Where this kind of problem is described."`
	Title     string       `json:"title"`
	Status    int          `json:"status"`
	Detail    string       `json:"detail" doc:"What was wrong, one sentence for a person."`
	Code      string       `json:"code" doc:"The stable word for programs."`
	Param     string       `json:"param,omitempty"`
	Remedy    string       `json:"remedy" doc:"What to do about it."`
	RequestID string       `json:"request_id,omitempty"`
	Retryable bool         `json:"retryable"`
	Limit     string       `json:"limit,omitempty" doc:"The bound of the offer that has ended the grant."`
	FundURL   string       `json:"fund_url,omitempty" doc:"Where the buyer learns how to add tokens."`
	Approve   string       `json:"approve_url,omitempty" doc:"Where the buyer can say yes."`
	UserCode  string       `json:"user_code,omitempty" doc:"What the buyer types to say yes."`
	Errors    []FieldError `json:"errors,omitempty"`

	retry  time.Duration // of the Retry-After header; 0: none
	scheme string        // with which one authenticates here; "": Bearer
}

// FieldError is one field at fault.
type FieldError struct {
	Param  string `json:"param"`
	Detail string `json:"detail"`
}

// Error makes a Problem an error that huma writes as it is.
func (p *Problem) Error() string { return p.Detail }

// GetStatus is the HTTP status.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders says when to try again, in whole seconds (RFC 9110 section 10.2.3), and how to authenticate.
func (p *Problem) GetHeaders() http.Header {
	h := http.Header{}
	if p.retry > 0 {
		h.Set("Retry-After", strconv.Itoa(int((p.retry+time.Second-1)/time.Second)))
	}
	if p.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", cmp.Or(p.scheme, "Bearer")+` realm="tuppence"`)
	}
	return h
}

// ContentType is that of RFC 9457.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// problemOf turns an error into a problem. It sees the vendor's face of a refusal and nothing else of it, so no figure
// of a buyer can come out here. What is no refusal is a fault of ours, and hidden.
func problemOf(err error, base, id string) *Problem {
	no, refused := ledger.ForVendor(err)
	if !refused {
		return internalProblem(base, id)
	}
	k := kindOf(no.Is)
	p := &Problem{
		Type: base + "/problems/" + ledger.Code(no.Is), Title: ledger.Title(no.Is), Status: k.status,
		Code: ledger.Code(no.Is), RequestID: id, Retryable: k.retryable, Detail: no.Detail, Remedy: no.Remedy,
		Param: no.Param, Limit: no.Bound, retry: no.Retry,
	}
	if errors.Is(no.Is, ledger.ErrFunds) {
		p.FundURL = base + "/"
	}
	if no.Txn != "" {
		p.Approve, p.UserCode = base+"/c/"+no.Txn, no.Approve
	}
	return p
}

// internalProblem says no more than that the fault is ours.
func internalProblem(base, id string) *Problem {
	return &Problem{
		Type: base + "/problems/" + codeInternal, Title: ledger.Title(internal.is), Status: internal.status,
		Code: codeInternal, RequestID: id, Retryable: internal.retryable,
		Detail: "Something went wrong on our side, and it is logged.",
		Remedy: "Try again with the same idempotency key; quote the request id if it stays.",
	}
}

// problem is the answer to an error. What is internal is logged, once; a request that was given up is no fault.
func (a *api) problem(ctx context.Context, err error) *Problem {
	p := problemOf(err, a.base, callOf(ctx).id)
	if p.Status == http.StatusInternalServerError && ctx.Err() == nil {
		a.log.Error("request failed", "request", p.RequestID, "error", err)
	}
	return p
}

// write sends a problem outside of huma: before it has begun, or where a panic has ended it. Then a part of an answer
// may be out already, and the problem behind it shows the reader that it is broken.
func (a *api) write(w http.ResponseWriter, p *Problem) { send(w, p, p) }

// send writes a problem that has a body with more in it.
func send(w http.ResponseWriter, p *Problem, body any) {
	for name, values := range p.GetHeaders() {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(body) // the client went away: there is no one to tell
}
