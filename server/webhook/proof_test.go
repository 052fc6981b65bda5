package webhook

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"tuppence/server/ledger"
)

// A site proves whose it is by a line of its file, or by a TXT record; what another site says proves nothing.
func TestProver(t *testing.T) {
	const token = "tuppence-verify=abc"
	var answer func(http.ResponseWriter)
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != ProofPath {
			_, _ = io.WriteString(w, token) // another page of the same site
			return
		}
		answer(w)
	}))
	t.Cleanup(site.Close)
	dns := map[string][]string{}
	prove := NewProver(Target{AllowLoopback: true}, func(_ context.Context, name string) ([]string, error) {
		return dns[name], nil
	})
	says := func(text string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) { _, _ = io.WriteString(w, text) }
	}
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter)
		says   string // "": proved
	}{
		"the token":         {says(token), ""},
		"among other lines": {says("google=1\r\n" + token + "\r\nother"), ""},
		"part of a line":    {says("x" + token), "does not have the token"},
		"nothing":           {says(""), "does not have the token"},
		"far behind":        {says(strings.Repeat("\n", maxProof) + token), "does not have the token"},
		"not found":         {func(w http.ResponseWriter) { http.Error(w, token, http.StatusNotFound) }, "status 404"},
		"led elsewhere": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(http.StatusFound)
		}, "status 302"},
	} {
		answer = c.answer
		err := prove(t.Context(), site.URL, token)
		if c.says == "" && err != nil || c.says != "" && (!errors.Is(err, ledger.ErrOrigin) ||
			!strings.Contains(err.Error(), c.says)) {
			t.Errorf("%s: %v", name, err)
		}
	}
	answer = says("")
	dns["_tuppence.127.0.0.1"] = []string{"v=spf1", token}
	if err := prove(t.Context(), site.URL, token); err != nil {
		t.Errorf("by DNS: %v", err)
	}
	// Without leave for this machine its addresses are not dialled.
	err := NewProver(Target{}, nil)(t.Context(), site.URL, token)
	if err == nil || !strings.Contains(err.Error(), "answer") {
		t.Errorf("a private address: %v", err)
	}
}
