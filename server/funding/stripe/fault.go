package stripe

import (
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"

	api "github.com/stripe/stripe-go/v85"
)

// fault is what went wrong with a call, in words that anybody may read. Errors of the library quote answers, and an
// answer can have the payer's link or a secret.
type fault struct {
	what   string // was tried
	status int    // of HTTP; 0: there is no answer that could be read
	kind   string
	code   string
	more   []string // the parameter that was refused, and the request's id at Stripe, whose log has the whole text
	cause  error    // of the connection
}

// plain describes an error of the library.
func plain(what string, err error) *fault {
	f := &fault{what: what}
	if refused := (*api.Error)(nil); errors.As(err, &refused) {
		f.status, f.kind, f.code = refused.HTTPStatusCode, name(string(refused.Type)), name(string(refused.Code))
		f.more = []string{name(refused.Param), name(refused.RequestID)}
	} else if broken := (*url.Error)(nil); errors.As(err, &broken) {
		f.cause = broken.Err // without the address
	}
	return f
}

// names are what an answer may add to an error: never a sentence or an address.
var names = regexp.MustCompile(`^[a-z][A-Za-z0-9_.\[\]]{0,60}$`)

// name returns a text if it is a name, else "".
func name(s string) string { return names.FindString(s) }

// Error returns for example "stripe: order a page: 400 invalid_request_error parameter_missing mode req_1".
func (f *fault) Error() string {
	s := "stripe: " + f.what + ":"
	switch {
	case f.status == 0 && f.cause == nil:
		return s + " no answer that could be read"
	case f.status == 0:
		return s + " " + f.cause.Error()
	}
	for _, n := range slices.Concat([]string{strconv.Itoa(f.status), f.kind, f.code}, f.more) {
		if n != "" {
			s += " " + n
		}
	}
	return s
}

// Unwrap returns what broke the connection.
func (f *fault) Unwrap() error { return f.cause }

// refusal says to people that Stripe has refused for good, "" if the outcome is not known. A key that was used with
// other parameters is no refusal: the first order is there.
func refusal(err error) string {
	var f *fault
	switch {
	case !errors.As(err, &f):
		return ""
	case f.status < 400 || f.status >= 500 || f.status == http.StatusConflict || f.status == http.StatusTooManyRequests:
		return ""
	case f.kind != string(api.ErrorTypeCard) && f.kind != string(api.ErrorTypeInvalidRequest):
		return ""
	case f.code == string(api.ErrorCodeAmountTooSmall):
		return "The amount is too small for a card."
	case f.code == string(api.ErrorCodeAmountTooLarge):
		return "The amount is too large for a card."
	}
	return "The card processor did not take the order. No card was charged."
}
