// Package voice is the door for a telephone service: it speaks TwiML, and every call of it is signed. What is said and
// asked is decided by the service; nothing is kept here. The caller's number is passed on for counting wrong PINs, and
// never logged.
package voice

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // the signature of TwiML is an HMAC-SHA1, which is not broken as one
	"encoding/base64"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/time/rate"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Prefix begins the addresses of this package. A telephone service is told the first one, the others stand in answers.
const Prefix = "/voice/"

const (
	begin = Prefix + "call"
	step  = Prefix + "next"
	// maxBody is more than any step of a call has. atOnce bounds how many are worked on: the hash of a PIN takes memory.
	maxBody = 32 << 10
	atOnce  = 4
)

// Options are what the operator has agreed with the telephone service.
type Options struct {
	URL     string   // base of all links, as the telephone service calls it
	Secrets []string // that sign its calls, two while one takes over from the other; none: the door is shut
	Log     *slog.Logger
}

// New is the handler of POST /voice/call and /voice/next. It answers 403 to a call that is not signed, 404 while there
// is no secret, and 503 to ask for a repetition.
func New(svc *server.Server, o Options) http.Handler {
	working := make(chan struct{}, atOnce)
	// Whoever calls without a signature fills no disk: a line a minute says as much as one for each.
	unsigned := rate.Sometimes{First: 1, Interval: time.Minute}
	answer := func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, maxBody)
		switch err := r.ParseForm(); {
		case len(o.Secrets) == 0:
			http.NotFound(w, r)
			return
		case err != nil:
			http.Error(w, "The body is too long or no form.", http.StatusBadRequest)
			return
		case !signed(o, r):
			unsigned.Do(func() { o.Log.Warn("a step of a call that the telephone service has not signed") })
			http.Error(w, "The signature is missing or wrong.", http.StatusForbidden)
			return
		}
		select {
		case working <- struct{}{}:
			defer func() { <-working }()
		case <-r.Context().Done():
			return
		}
		q := view.CallStep{
			Call: r.PostForm.Get("CallSid"), Digits: r.PostForm.Get("Digits"), From: r.PostForm.Get("From"),
		}
		if r.URL.Path == step {
			q.State = r.URL.Query().Get("state")
		}
		if q.State == "" && r.URL.Path == step {
			q.State = "none" // no beginning
		}
		spoken, err := svc.Call(r.Context(), q)
		if err != nil {
			fail(w, o.Log, err)
			return
		}
		body, err := twiml(o.URL, spoken)
		if err != nil {
			fail(w, o.Log, err)
			return
		}
		w.Header().Set("Content-Type", "text/xml; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(body)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+begin, answer)
	mux.HandleFunc("POST "+step, answer)
	return mux
}

// fail tells a telephone service that there is no answer.
func fail(w http.ResponseWriter, log *slog.Logger, err error) {
	switch {
	case errors.Is(err, ledger.ErrInvalid):
		http.Error(w, "The call has no name.", http.StatusBadRequest)
	case errors.Is(err, ledger.ErrNotFound):
		http.Error(w, "No calls are taken here.", http.StatusNotFound)
	default:
		log.Error("a step of a call", "error", err)
		w.Header().Set("Retry-After", "30")
		http.Error(w, "Please try again later.", http.StatusServiceUnavailable)
	}
}

// signed tells whether one of the secrets has signed a call: the address as it was called, and all fields of its body.
func signed(o Options, r *http.Request) bool {
	given, err := base64.StdEncoding.DecodeString(r.Header.Get("X-Twilio-Signature"))
	if err != nil {
		return false
	}
	called := o.URL + r.URL.EscapedPath()
	if r.URL.RawQuery != "" {
		called += "?" + r.URL.RawQuery
	}
	ok := false
	for _, secret := range o.Secrets {
		for _, address := range []string{called, withoutPort(called)} {
			ok = hmac.Equal(given, Signature(secret, address, r.PostForm)) || ok
		}
	}
	return ok
}

// Signature is what signs a call: an HMAC-SHA1 over the address and the fields in the order of their names, each with
// its values.
func Signature(secret, address string, form url.Values) []byte {
	h := hmac.New(sha1.New, []byte(secret))
	h.Write([]byte(address))
	names := make([]string, 0, len(form))
	for name := range form {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		values := slices.Clone(form[name])
		slices.Sort(values)
		for _, v := range slices.Compact(values) {
			h.Write([]byte(name + v))
		}
	}
	return h.Sum(nil)
}

// withoutPort is an address as some signers write it.
func withoutPort(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Port() == "" {
		return address
	}
	return strings.Replace(address, u.Host, u.Hostname(), 1)
}
