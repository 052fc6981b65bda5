package stripetest

import (
	"io"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"
)

// The double is as strict as Stripe: it refuses what it does not know, and it does not do twice what was asked twice.
func TestStrict(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	d := New(t, func() time.Time { return now })
	good := url.Values{
		"mode": {"payment"}, "line_items[0][price_data][unit_amount]": {"500"}, "client_reference_id": {"dep_1"},
		"expires_at": {strconv.FormatInt(now.Add(time.Hour).Unix(), 10)},
	}
	for _, tt := range []struct {
		name, key, method, path, idempotency, more string
		status                                     int
	}{
		{"an order", "rk_live_1", "POST", pages, "dep_1", "", 200},
		{"the same", "rk_live_1", "POST", pages, "dep_1", "", 200},
		{"another under its key", "rk_live_1", "POST", pages, "dep_1", "success_url", 400},
		{"an unknown parameter", "rk_live_1", "POST", pages, "dep_2", "line_items[0][colour]", 400},
		{"a known one elsewhere", "rk_live_1", "POST", pages + "/cs_live_1/expire", "", "limit", 400},
		{"no key", "", "POST", pages, "dep_2", "", 401},
		{"the public key", "pk_live_1", "POST", pages, "dep_2", "", 401},
		{"a page", "rk_live_1", "GET", pages + "/cs_live_1", "", "expand[0]", 200},
		{"a page in a mode", "rk_live_1", "GET", pages + "/cs_live_1", "", "mode", 400},
		{"another page", "rk_live_1", "GET", pages + "/cs_live_2", "", "", 404},
	} {
		form := url.Values{}
		if tt.path == pages {
			form = maps.Clone(good)
		}
		if tt.more != "" {
			form.Set(tt.more, "x")
		}
		if status, said := ask(t, d, tt.method, tt.path, tt.key, tt.idempotency, form); status != tt.status {
			t.Errorf("%s is answered with %d, want %d: %s", tt.name, status, tt.status, said)
		}
	}
	if len(d.Ordered) != 1 {
		t.Errorf("%d orders, want 1", len(d.Ordered))
	}
}

// ask sends a form as programs do.
func ask(t *testing.T, d *Double, method, path, key, idempotency string, form url.Values) (status int, said string) {
	t.Helper()
	at, body := d.URL+path+"?"+form.Encode(), ""
	if method == http.MethodPost {
		at, body = d.URL+path, form.Encode()
	}
	q, err := http.NewRequestWithContext(t.Context(), method, at, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	q.Header.Set("Authorization", "Bearer "+key)
	q.Header.Set("Idempotency-Key", idempotency)
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil {
		t.Fatal(err)
	}
	return a.StatusCode, string(text)
}
