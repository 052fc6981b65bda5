package hook

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/ledger"
)

// What two readers could understand differently is refused in words that name no type of ours, and nothing is stored.
func TestStrictJSON(t *testing.T) {
	w := newWorld(t)
	ok := `{"title":"x","content_url":"https://news.example/a","price":{"amount":"0.25","currency":"EUR"}`
	w.must(201, "POST", "/v1/offers", ok+"}")
	for name, tt := range map[string]struct{ body, says string }{
		"field twice":        {ok + `,"title":"y"}`, "twice"},
		"amount twice":       {strings.Replace(ok, `"0.25"`, `"0.25","amount":"9.00"`, 1) + "}", "twice"},
		"other case":         {ok + `,"Views":3}`, "unexpected"},
		"behind the end":     {ok + `} {"a":1}`, "behind"},
		"ends in the middle": {ok, "middle"},
		"deep":               {ok + `,"metadata":` + strings.Repeat(`{"a":`, 20) + "1" + strings.Repeat("}", 21), "nested"},
		"not UTF-8":          {strings.Replace(ok, `"x"`, "\"\xff\"", 1) + "}", "UTF-8"},
		"exponent":           {ok + `,"views":1e2}`, "out of bounds"},
		"huge":               {ok + `,"views":1e99}`, "out of bounds"},
		"no number at all":   {ok + `,"views":1e999}`, "out of bounds"},
		"too large":          {ok + `,"views":8589934592}`, "out of bounds"},
	} {
		t.Run(name, func(t *testing.T) {
			before := w.head()
			a := w.call("POST", "/v1/offers", tt.body)
			if a.status != 400 || a.text("code") != "invalid_request" || !strings.Contains(a.text("detail"), tt.says) {
				t.Errorf("%d %s, want invalid_request saying %q", a.status, a.raw, tt.says)
			}
			if strings.Contains(a.raw, "Go struct") || strings.Contains(a.raw, "uint32") {
				t.Errorf("the answer tells our types: %s", a.raw)
			}
			if w.head() != before {
				t.Error("the books have changed")
			}
		})
	}
}

// What is taken has the value that every reader of JSON finds in it.
func FuzzReadJSON(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"a":1,"a":2}`, `[[[]]]`, `{"a":{"b":[1e99,"\u0000"]}}`, `{"a":1}x`, "", "null", `"`, `{"a"`, `1e999`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var v any
		if readJSON(raw, &v) != nil {
			return
		}
		var lenient any
		if err := json.Unmarshal(raw, &lenient); err != nil {
			t.Fatalf("%q is taken and is not JSON: %v", raw, err)
		}
		if diff := cmp.Diff(lenient, v); diff != "" {
			t.Errorf("-encoding/json +ours:\n%s", diff)
		}
	})
}

// What was refused is not read a second time, into its type: Huma asks for it, and it would cost more than the refusal.
func TestRefusedBodyIsReadOnce(t *testing.T) {
	for _, body := range []string{
		`{"title":"x","` + strings.Repeat("n", maxName+1) + `":1}`, `{"title":"x","title":"y"}`, `{"title":"x"} 1`,
	} {
		raw, whole, into := []byte(body), any(nil), OfferIn{}
		if readJSON(raw, &whole) == nil || readJSON(raw, &into) == nil || into.Title != "" {
			t.Errorf("%s was read into %+v", body, into)
		}
	}
}

// The number of a card is refused in any text of a body, and not repeated.
func TestCardNumbersAreRefused(t *testing.T) {
	var v any
	err := readJSON([]byte(`{"metadata": {"note": "paid with 4111 1111 1111 1111"}}`), &v)
	if !errors.Is(err, ledger.ErrInvalid) || strings.Contains(err.Error(), "4111") {
		t.Errorf("got %v", err)
	}
}
