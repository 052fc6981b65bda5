package webhook

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"tuppence/server/ledger"
)

// An address that can never be called is refused when it is given, and the refusal says what is wrong with it.
func TestTargets(t *testing.T) {
	for _, tt := range []struct{ url, serve, demo string }{ // "": it is taken; else a part of the refusal
		{"https://shop.example/hook", "", ""},
		{"https://shop.example/hook?token=a&b=c", "", ""},
		{"https://shop.example:443/", "", ""},
		{"https://93.184.216.34/hook", "", ""},
		{"https://xn--mnchen-3ya.example/", "", ""},
		{"", "missing", "missing"},
		{"shop.example/hook", "not a complete", "not a complete"},
		{"ftp://shop.example/", "https", "https"},
		{"http://shop.example/", "https", "https"},
		{"http://localhost:8080/hook", "https", ""},
		{"https://localhost/hook", "no name of the public", ""},
		{"https://a.localhost/", "no name of the public", ""},
		{"https://127.0.0.1/", "private", ""},
		{"https://10.1.2.3/", "private", "private"},
		{"https://192.168.0.1/", "private", "private"},
		{"https://169.254.169.254/latest/meta-data", "private", "private"},
		{"https://0.0.0.0/", "private", "private"},
		{"https://[::1]/", "host name", "host name"},
		{"https://[fd00::1]/", "host name", "host name"},
		{"https://127.1/", "host name", "host name"},
		{"https://2130706433/", "host name", "host name"},
		{"https://0x7f.0.0.1/", "host name", "host name"},
		{"https://127.0.0.0x1/", "host name", "host name"},
		{"https://intranet/", "no name of the public", "no name of the public"},
		{"https://printer.local/", "no name of the public", "no name of the public"},
		{"https://vault.internal/", "no name of the public", "no name of the public"},
		{"https://shop.example:8443/", "that port", ""},
		{"https://shop.example:22/", "that port", ""},
		{"https://shop.example:0/", "port", "port"},
		{"https://shop.example:99999/", "port", "port"},
		{"https://shop.example:/", "port", "port"},
		{"https://user:secret@shop.example/", "no user name", "no user name"},
		{"https://shop.example/hook#part", "fragment", "fragment"},
		{"https://shop.example/hook#", "fragment", "fragment"},
		{"https://shop.example/ä", "escaped", "escaped"},
		{"https://shop.example/" + strings.Repeat("a", maxURL), "too long", "too long"},
	} {
		for demo, want := range map[bool]string{false: tt.serve, true: tt.demo} {
			err := Target{AllowLoopback: demo}.check(tt.url)
			var no *ledger.Refusal
			switch {
			case want == "" && err != nil:
				t.Errorf("%s (demo %v): %v", tt.url, demo, err)
			case want != "" && (!errors.Is(err, ledger.ErrInvalid) || !errors.As(err, &no) ||
				!strings.Contains(no.Detail, want) || no.Remedy == "" || no.Param != "url"):
				t.Errorf("%s (demo %v): %v, want %q", tt.url, demo, err, want)
			}
		}
	}
}

// A name that leads nowhere, or to addresses that are not public, is a warning only.
func TestWarnings(t *testing.T) {
	found := map[string][]netip.Addr{
		"good.example":    {netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("93.184.216.34")},
		"mapped.example":  {netip.MustParseAddr("::ffff:93.184.216.34")},
		"private.example": {netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("fd00::1")},
		"empty.example":   {},
	}
	to := Target{Resolve: func(_ context.Context, host string) ([]netip.Addr, error) {
		if all, ok := found[host]; ok {
			return all, nil
		}
		return nil, errors.New("no such host")
	}}
	for host, want := range map[string]string{
		"good.example": "", "mapped.example": "", "private.example": "no public address", "empty.example": "does not lead",
		"gone.example": "does not lead", "93.184.216.34": "",
	} {
		got := to.warning(t.Context(), "https://"+host+"/hook")
		if (got == "") != (want == "") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", host, got, want)
		}
	}
}

// A page says where it is paid in any form that a header may have; links of other relations are none.
func TestPaymentLinks(t *testing.T) {
	for header, want := range map[string]string{
		`<https://a/b/1>; rel="payment"`:                                   "[https://a/b/1]",
		`<https://a/b/1>; rel=payment`:                                     "[https://a/b/1]",
		`<https://a/b/1>;title="a, b";rel="next payment"`:                  "[]", // a comma in a text: passed over
		`<https://a/b/1>; type="text/html"; rel="next payment"`:            "[https://a/b/1]",
		`<https://x>; rel=next, <https://a/b/1?s=2>; rel=payment`:          "[https://a/b/1?s=2]",
		`<https://a/1>; rel="payment", <https://a/2>; rel="payment other"`: "[https://a/1 https://a/2]",
		`<https://a/b/1>; rel="prepayment"`:                                "[]",
		`<https://a/b/1>; rel=payments`:                                    "[]",
		`<https://a/b/1>`:                                                  "[]",
		``:                                                                 "[]",
	} {
		got := []string{}
		for _, link := range paymentLink.FindAllStringSubmatch(header, -1) {
			got = append(got, link[1])
		}
		if fmt.Sprint(got) != want {
			t.Errorf("%s: %v, want %s", header, got, want)
		}
	}
}
