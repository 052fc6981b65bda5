package hook

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"

	"tuppence/server/ledger"
)

// maxErrors bounds how many fields one answer names.
const maxErrors = 10

// humaOnce guards the change of huma's global maker of errors: several APIs in one program share it.
var humaOnce sync.Once

// humaErrors makes huma's own refusals (malformed JSON, wrong types, unknown fields) problems of ours.
func humaErrors() {
	humaOnce.Do(func() {
		huma.DefaultArrayNullable = false // a list is a list, empty or not
		huma.ValidateStrictCasing = true  // "Title" is not "title": the fingerprint of a request would tell them apart
		huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
			return fromHuma(&call{}, status, message, errs)
		}
		huma.NewErrorWithContext = func(ctx huma.Context, status int, message string, errs ...error) huma.StatusError {
			return fromHuma(callOf(ctx.Context()), status, message, errs)
		}
	})
}

// fromHuma says what huma refused in our words: one sentence about the first field at fault, and all of them in a list.
func fromHuma(c *call, status int, message string, errs []error) *Problem {
	p := &Problem{
		Title: "Invalid request", Status: http.StatusBadRequest, Code: ledger.ErrInvalid.Error(), RequestID: c.id,
		Remedy: "Correct the request; /openapi.json describes it.",
	}
	switch status {
	case http.StatusRequestEntityTooLarge:
		p.Status, p.Title = status, "Request too large"
		p.Detail, p.Remedy = fmt.Sprintf("The request is larger than %d KiB.", c.most>>10), "Send less."
	case http.StatusUnsupportedMediaType, http.StatusNotAcceptable:
		p.Status, p.Title, p.Param = status, "Unsupported media type", "Content-Type"
		p.Detail, p.Remedy = "The content type is not JSON.", "Send application/json."
	case http.StatusInternalServerError:
		p.Status, p.Title, p.Code, p.Retryable = status, "Internal error", codeInternal, true
		p.Detail, p.Remedy = "Something went wrong on our side.", "Try again with the same idempotency key."
	default:
		p.Detail = sentence(ledger.CleanLine(message, 300))
		p.fields(errs)
	}
	p.Type = c.base + "/problems/" + p.Code
	return p
}

// fields names what huma found wrong, at most maxErrors of it.
func (p *Problem) fields(errs []error) {
	for _, err := range errs[:min(len(errs), maxErrors)] {
		var d huma.ErrorDetailer
		if errors.As(err, &d) {
			p.Errors = append(p.Errors, fieldError(d.ErrorDetail()))
		} else {
			p.Detail = sentence(ledger.CleanLine(err.Error(), 300))
		}
	}
	if len(p.Errors) > 0 {
		p.Param = p.Errors[0].Param
		p.Detail = sentence(strings.TrimPrefix(p.Param+": "+p.Errors[0].Detail, ": "))
		p.Remedy = "Correct this field; /openapi.json describes it."
	}
}

// fieldError is one fault that huma found. Of a missing field huma names the place where it should be: we name the
// field.
func fieldError(d *huma.ErrorDetail) FieldError {
	at, what := field(d.Location), ledger.CleanLine(d.Message, 300)
	if name, ok := strings.CutPrefix(what, "expected required property "); ok {
		at = strings.TrimPrefix(at+"."+strings.TrimSuffix(name, " to be present"), "body.")
		what = "the field is missing"
	}
	for sign, words := range map[string]string{"<= ": "at most ", ">= ": "at least "} {
		if most, is := strings.CutPrefix(what, "expected number "+sign); is {
			if n, err := strconv.ParseFloat(most, 64); err == nil { // huma writes large ones with an exponent
				what = "the number is out of bounds: " + words + strconv.FormatFloat(n, 'f', -1, 64)
			}
		}
	}
	return FieldError{Param: at, Detail: what}
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
