package command

import (
	"context"
	"errors"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Exit codes of a command. They are part of the contract: scripts rely on them.
const (
	ExitOK         = 0
	ExitInternal   = 1 // ours; quote the id
	ExitUsage      = 2 // the command line is wrong, or lacks --yes or --expect; nothing was done
	ExitNotAllowed = 3
	ExitLimit      = 4
	ExitFunds      = 5 // not enough tokens
	ExitConflict   = 6 // conflict or duplicate: another call was faster, or it is over
	ExitLater      = 7 // try later
	ExitNotFound   = 8 // what the command line names is not there
)

// exits maps each sentinel to its exit code, the only place that does. A script tells by the code what to do next: mend
// the line (2), ask a person (3, 4, 5), look what happened (6), call again (7), or look the id up anew (8).
var exits = []struct {
	is   error
	exit int
}{
	{ledger.ErrInvalid, ExitUsage},
	{ledger.ErrKeyMissing, ExitUsage},
	{ledger.ErrNotFound, ExitNotFound},
	{ledger.ErrConfirm, ExitUsage},
	{ledger.ErrUnauthenticated, ExitNotAllowed},
	{ledger.ErrNotJoined, ExitNotAllowed},
	{ledger.ErrNotAllowed, ExitNotAllowed},
	{ledger.ErrWindow, ExitNotAllowed},
	{ledger.ErrApproval, ExitNotAllowed},
	{ledger.ErrNotLinked, ExitNotAllowed},
	{ledger.ErrOrigin, ExitNotAllowed},
	{ledger.ErrScope, ExitNotAllowed},
	{ledger.ErrAddress, ExitNotAllowed},
	{ledger.ErrFrozen, ExitNotAllowed},
	{ledger.ErrLimit, ExitLimit},
	{ledger.ErrFunds, ExitFunds},
	{ledger.ErrGrantOver, ExitConflict},
	{ledger.ErrTermsChanged, ExitConflict},
	{ledger.ErrState, ExitConflict},
	{ledger.ErrOfferExpired, ExitConflict},
	{ledger.ErrCheckoutExpired, ExitConflict},
	{ledger.ErrKeyReused, ExitConflict},
	{ledger.ErrRate, ExitLater},
	{ledger.ErrUnavailable, ExitLater},
}

// usageError is a command line that cannot be read. It never reached the service.
type usageError struct{ detail, remedy, usage string }

// Error is the fault without the remedy.
func (u *usageError) Error() string { return u.detail }

// Problem is one failure in the words of the contract, what --json prints when a command fails, on stdout, so that a
// script reads one stream. Its words are those of the HTTP contract (RFC 9457 has the same idea): code is for programs,
// detail and remedy are for people. A field that says nothing is left out.
type Problem struct {
	Code     string         `json:"code"` // invalid_request, limit_exceeded, … internal
	Detail   string         `json:"detail"`
	Remedy   string         `json:"remedy,omitempty"`
	Exit     int            `json:"exit"`
	Usage    string         `json:"usage,omitempty"`
	Param    string         `json:"param,omitempty"`
	Limit    string         `json:"limit,omitempty"`
	ResetsAt view.Time      `json:"resets_at,omitzero"`
	Missing  *ledger.Amount `json:"shortfall,omitempty"`
	Approve  string         `json:"approve,omitempty"`
	TxnID    string         `json:"txn_id,omitempty"`
	Retry    int64          `json:"retry_after,omitempty"` // seconds
	Again    string         `json:"again,omitempty"`       // without --yes or --expect: the command line that does it
	Key      string         `json:"key,omitempty"`         // and its idempotency key
	Request  *view.Approval `json:"request,omitempty"`     // what approve would say yes to
	Exchange *view.Exchange `json:"exchange,omitempty"`    // the quote that --yes would take
	ID       string         `json:"id,omitempty"`          // internal errors: quote it
}

// ProblemOf tells a failure in the words of the contract; ok is false for an internal error, whose text stays inside.
func ProblemOf(err error) (p Problem, ok bool) {
	if usage, is := errors.AsType[*usageError](err); is {
		return Problem{
			Code: ledger.ErrInvalid.Error(), Detail: usage.detail, Remedy: usage.remedy, Usage: usage.usage, Exit: ExitUsage,
		}, true
	}
	refusal, is := errors.AsType[*ledger.Refusal](err)
	if !is {
		return Problem{}, false
	}
	for _, e := range exits {
		if errors.Is(refusal.Is, e.is) {
			p.Code, p.Exit = e.is.Error(), e.exit
			break
		}
	}
	if p.Code == "" {
		return p, false
	}
	p = Problem{
		Code: p.Code, Exit: p.Exit, Detail: refusal.Detail, Remedy: refusal.Remedy, Param: refusal.Param,
		Limit: refusal.Limit, ResetsAt: view.At(refusal.ResetsAt), Approve: refusal.Approve, TxnID: refusal.Txn,
		Retry: int64((refusal.Retry + time.Second - 1) / time.Second),
	}
	// What was only tried has done nothing; a program that may do it calls the line in again.
	if c, is := errors.AsType[*confirmation](err); is {
		p.Again, p.Key, p.Request, p.Exchange = c.again+c.number, c.key, c.request, c.exchange
	}
	if refusal.Shortfall != (ledger.Amount{}) {
		p.Missing = &refusal.Shortfall
	}
	return p, true
}

// fail makes a reply of what went wrong. An internal error is logged here and nowhere else. Where the session has ended
// no reader is left, or the SSH server has told already.
func (r *Run) fail(err error, asJSON bool) Reply {
	p, ok := ProblemOf(err)
	if !ok && errors.Is(err, context.Canceled) && r.Ctx.Err() != nil {
		return Reply{Exit: ExitLater, wrong: true, run: r, draw: func(*textWriter) {}}
	}
	if !ok {
		// The text of an internal error may name files, keys or other callers: the log has it, the caller has its id.
		id := r.Options.NewID()
		r.Options.Log.Error("command failed", "id", id, "command", r.name(), "key", r.Who.Fingerprint, "error", err)
		p = Problem{
			Code: "internal", Detail: "internal error, quote " + id,
			Remedy: "Try again; a command that moves money is safe to repeat with the same --key.", Exit: ExitInternal, ID: id,
		}
	}
	reply := Reply{
		Exit: p.Exit, Again: strings.TrimSuffix(p.Again, ownNumber), Request: p.Request, wrong: !asJSON, run: r, draw: p.draw,
	}
	if asJSON {
		object, err := jsonText(p)
		if err != nil {
			r.Options.Log.Error("problem not written", "command", r.name(), "error", err)
		}
		reply.object = object
	}
	return reply
}

// draw puts the problem in plain text.
func (p Problem) draw(s *textWriter) {
	if p.Request != nil {
		s.request(*p.Request)
		s.gap()
	}
	if p.Exchange != nil {
		s.facts("", p.Exchange.Terms()...)
		s.gap()
	}
	s.line(p.Detail)
	if p.Remedy != "" && !(s.plain && p.Again != "") { // there a question follows
		s.line(p.Remedy)
	}
	if p.Usage != "" && s.record == nil { // the palette shows it already
		s.usage(p.Usage)
	}
}

// confirmation is the refusal of a command that moves money or loosens a protection, and lacks --yes: what would
// happen, and what to type.
type confirmation struct {
	*ledger.Refusal
	again string // the command line that does it
	key   string // the idempotency key in it, if there is one
	// request is what is to be confirmed, if it is one of a vendor.
	request  *view.Approval
	exchange *view.Exchange // the quote that is to be confirmed, if it is one
	number   string         // ownNumber where the request has a page, behind again
}

// ownNumber stands behind a line that lacks what the person sees on the own page.
const ownNumber = " --match NN"

// Unwrap gives the refusal, so that errors.Is and errors.As see it.
func (c *confirmation) Unwrap() error { return c.Refusal }

// confirm makes a confirmation.
func confirm(again, key, format string, args ...any) *confirmation {
	refusal := ledger.Refuse(ledger.ErrConfirm, "Nothing has happened yet. To do it, type: "+again, format, args...)
	return &confirmation{Refusal: refusal, again: again, key: key}
}

// about shows the request that is to be confirmed. Where a browser has its page, the number is left to the person: a
// line with the number in it would be copied without a look at the page.
func (c *confirmation) about(a view.Approval) *confirmation {
	c.request = &a
	if a.Match != "" {
		c.number = ownNumber
		c.Remedy = "Nothing has happened yet. To do it, put the number that your page shows in place of NN and type: " +
			c.again + c.number
	}
	return c
}

// confirmed is the error of a call that the service wants to be confirmed, with the command line that does so.
func (r *Run) confirmed(err error) error {
	no, is := errors.AsType[*ledger.Refusal](err)
	if !is || !errors.Is(no, ledger.ErrConfirm) {
		return err
	}
	return confirm(r.again(), "", "%s", no.Detail)
}

// again is the command line of this call with --yes.
func (r *Run) again() string {
	line := r.command.Path
	for _, word := range r.Args {
		line += " " + quote(word)
	}
	for _, i := range r.command.flags() {
		switch f := r.Flags.Lookup(i.Flag); {
		case !f.Changed:
		case i.Kind == KindSwitch:
			line += " " + i.Name()
		default:
			line += " " + i.Name() + " " + quote(f.Value.String())
		}
	}
	return line + " --yes"
}
