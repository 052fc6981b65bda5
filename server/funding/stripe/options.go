package stripe

import (
	"cmp"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	api "github.com/stripe/stripe-go/v85"
)

// Options are what a [Card] needs to know.
type Options struct {
	Key            string           // secret or restricted key of Stripe: sk_live_…, rk_test_…
	WebhookSecrets []string         // whsec_…; two while one replaces the other. With none, every call is refused
	BaseURL        string           // "" for Stripe's; a double's otherwise, by TLS or on this machine
	ReturnURL      string           // where Stripe sends the payer back to, whether paid or not; shown to the payer
	HTTPClient     *http.Client     // nil: 10 seconds for each try, redirects are not followed
	Now            func() time.Time // nil: time.Now
	Log            *slog.Logger     // nil: slog.Default
}

// New returns the method. It refuses options that cannot work; its errors do not repeat them.
func New(o Options) (*Card, error) {
	live, isKey := mode(o.Key)
	base := cmp.Or(o.BaseURL, api.APIURL)
	switch {
	case !isKey:
		return nil, errors.New("the key is not one of Stripe's secret keys: sk_live_, rk_live_, sk_test_ or rk_test_")
	case !safe(base):
		return nil, errors.New("the address of Stripe's API is not https://")
	case !public(o.ReturnURL):
		return nil, errors.New("the return address is not an http address without user, query and fragment")
	}
	for _, s := range o.WebhookSecrets {
		if !strings.HasPrefix(s, "whsec_") || len(s) < 16 { // an empty one would let everybody sign
			return nil, errors.New("a webhook secret is not one of Stripe's: whsec_")
		}
	}
	client := o.HTTPClient
	if client == nil {
		client = &http.Client{
			Timeout:       10 * time.Second,
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		}
	}
	return &Card{
		stripe: api.GetBackendWithConfig(api.APIBackend, &api.BackendConfig{
			URL: &base, HTTPClient: client, MaxNetworkRetries: new(int64(2)), EnableTelemetry: new(false),
			LeveledLogger: &api.LeveledLogger{Level: api.LevelNull}, // it would write answers, and they have links
		}),
		key: o.Key, live: live, secrets: o.WebhookSecrets, back: o.ReturnURL,
		now: orElse(o.Now, time.Now), log: cmp.Or(o.Log, slog.Default()),
	}, nil
}

// orElse returns the function, or another one for nil.
func orElse(f, other func() time.Time) func() time.Time {
	if f == nil {
		return other
	}
	return f
}

// mode returns whether a key moves real money, and whether it is a key at all.
func mode(key string) (live, isKey bool) {
	for _, kind := range []string{"sk_", "rk_"} {
		if rest, ours := strings.CutPrefix(key, kind); ours && !strings.ContainsAny(key, " \t\r\n") {
			live = strings.HasPrefix(rest, "live_")
			return live, live || strings.HasPrefix(rest, "test_")
		}
	}
	return false, false
}

// safe tells whether a key may be sent to an address: by TLS, or without leaving this machine.
func safe(address string) bool {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" {
		return false
	}
	ip := net.ParseIP(u.Hostname())
	return u.Scheme == "https" || u.Scheme == "http" && (u.Hostname() == "localhost" || ip != nil && ip.IsLoopback())
}

// public tells whether an address can be shown to anybody.
func public(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil &&
		u.RawQuery == "" && u.Fragment == ""
}
