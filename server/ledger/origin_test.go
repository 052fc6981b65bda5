package ledger

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func ExampleCheckOrigin() {
	fmt.Println(CheckOrigin("https://News.Example:443/"))
	// Output: https://news.example <nil>
}

func TestOriginOf(t *testing.T) {
	for in, want := range map[string]string{
		"https://news.example/a?b=c#d":  "https://news.example",
		"HTTPS://NEWS.example:8443/":    "https://news.example:8443",
		"http://localhost:8080/a":       "http://localhost:8080",
		"http://shop.localhost":         "http://shop.localhost",
		"http://localhost:80":           "http://localhost",
		"https://a.b-c.example:0443/x":  "https://a.b-c.example",
		"https://xn--bcher-kva.example": "https://xn--bcher-kva.example",
	} {
		if got, err := OriginOf(in); err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{
		"", "news.example", "//news.example", "http://news.example", "javascript:alert(1)", "data:text/html,x",
		"ftp://news.example",
		"https://user@news.example", "https://news.example@evil.example", `https://news.example\@evil.example`,
		"https://news.example:",
		"https://news.example:0", "https://news.example:65536", "https://news.example:x", "https://", "https:///path",
		"https:news.example",
		"https://news.example./", "https://-a.example", "https://a..example", "https://bücher.example",
		"https://a_b.example", "https://news.example/\n",
		" https://news.example", "https://[::1]/", "http://localhost.evil.example", "http://notlocalhost",
		"https://" + strings.Repeat("a", 64) + ".example",
		"https://news.example/" + strings.Repeat("a", 2000), "https://news%2eexample/",
	} {
		got, err := OriginOf(in)
		if err == nil {
			t.Errorf("%q is taken for %s", in, got)
			continue
		}
		refused(t, err, ErrInvalid)
	}
	for _, in := range []string{
		"https://news.example/a", "https://news.example/?", "https://news.example#x", "https://news.example?x", "nonsense",
	} {
		_, err := CheckOrigin(in)
		is(t, "param", refused(t, err, ErrInvalid).Param, "origin")
	}
}

func FuzzOriginOf(f *testing.F) {
	for _, s := range []string{
		"https://news.example/a", "http://localhost:1", `https://a\b`, "https://a@b", "https://[::1]",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		origin, err := OriginOf(s)
		if err != nil {
			refused(t, err, ErrInvalid)
			return
		}
		u, err := url.Parse(s)
		if err != nil || !strings.HasPrefix(origin, u.Scheme+"://"+strings.ToLower(u.Hostname())) {
			t.Fatalf("%q has the origin %q", s, origin)
		}
		if again, err := CheckOrigin(origin); err != nil || again != origin {
			t.Fatalf("%q is not canonical: %q, %v", origin, again, err)
		}
	})
}

func TestOwns(t *testing.T) {
	v := Vendor{Origins: []Origin{{URL: "https://news.example", Verified: start}, {URL: "https://new.example"}}}
	for u, want := range map[string]bool{
		"https://news.example/a": true, "https://NEWS.example:443/a": true, "https://new.example/a": false,
		"https://news.example.evil/": false,
		"https://news.example:8443/": false, "http://news.example/": false, "nonsense": false,
		"https://sub.news.example/": false,
	} {
		is(t, u, v.Owns(u), want)
	}
}

func ExampleOriginOf() {
	fmt.Println(OriginOf("https://News.example:443/rivers?from=mail#top"))
	_, err := OriginOf(`https://news.example\@evil.example/`)
	fmt.Println(err)
	// Output:
	// https://news.example <nil>
	// The URL has characters that must be escaped. Write it like https://news.example.
}

func ExampleVendor_Owns() {
	v := Vendor{Origins: []Origin{{URL: "https://news.example", Verified: start}, {URL: "https://soon.example"}}}
	fmt.Println(
		v.Owns("https://news.example/rivers"),
		v.Owns("https://soon.example/"),
		v.Owns("https://news.example.evil.example/"),
	)
	// Output: true false false
}

// An origin is what it was made of without path, and its own origin.
func FuzzCheckOrigin(f *testing.F) {
	for _, s := range []string{
		"https://news.example/", "https://news.example?", "http://localhost:8080", "HTTPS://A.B:0443", "https://a/#",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		origin, err := CheckOrigin(s)
		if err != nil {
			is(t, "param", refused(t, err, ErrInvalid).Param, "origin")
			return
		}
		u, err := url.Parse(origin)
		if err != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil ||
			origin != strings.ToLower(origin) {
			t.Fatalf("%q became %q", s, origin)
		}
		v := Vendor{Origins: []Origin{{URL: origin, Verified: start}}}
		if !v.Owns(s) || !v.Owns(origin+"/any/path") {
			t.Fatalf("%q is not on its own origin %q", s, origin)
		}
	})
}
