package httpsig

import (
	"crypto/ed25519"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// The example of RFC 9421, appendix B.2.6, is understood as it stands there.
func TestReadsTheExampleOfTheStandard(t *testing.T) {
	der, err := base64.StdEncoding.DecodeString("MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=")
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParsePKIXPublicKey(der)
	if err != nil {
		t.Fatal(err)
	}
	target, _ := url.Parse("https://example.com/foo?param=Value&Pet=dog")
	r := Request{Method: http.MethodPost, Target: target, Header: http.Header{}}
	for name, value := range map[string]string{
		"Date": "Tue, 20 Apr 2021 02:07:55 GMT", "Content-Type": "application/json", "Content-Length": "18",
		"Signature-Input": `sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length")` +
			`;created=1618884473;keyid="test-key-ed25519"`,
		"Signature": "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:",
	} {
		r.Header.Set(name, value)
	}
	s, err := Read(r, "", []string{"@method", "date"}, time.Unix(1618884473, 0))
	if err != nil {
		t.Fatal(err)
	}
	if !s.By(parsed.(ed25519.PublicKey)) {
		t.Errorf("the signature of the standard is not good over\n%s", s.base)
	}
	if s.KeyID != "test-key-ed25519" || s.Created.Unix() != 1618884473 {
		t.Errorf("read %+v", s)
	}
}

// signer signs as a client does, so that a test can sign what is wrong.
type signer struct {
	key   ed25519.PrivateKey
	input string // of Signature-Input, behind the label
}

var need = []string{"@method", "@target-uri", "content-digest"}

func (s signer) request(t *testing.T) (r Request, signed string) {
	t.Helper()
	target, err := url.Parse("https://pay.example/v1/authorizations?a=1")
	if err != nil {
		t.Fatal(err)
	}
	r = Request{Method: http.MethodPost, Target: target, Header: http.Header{}}
	r.Header.Set("Content-Digest", Digest([]byte(`{}`)))
	signed = fmt.Sprintf("\"@method\": POST\n\"@target-uri\": %s\n\"content-digest\": %s\n\"@signature-params\": %s",
		target, Digest([]byte(`{}`)), s.input)
	r.Header.Set("Signature-Input", "any="+s.input)
	value := base64.StdEncoding.EncodeToString(ed25519.Sign(s.key, []byte(signed)))
	r.Header.Set("Signature", "any=:"+value+":")
	return r, signed
}

// now is the clock of these tests.
var now = time.Unix(1795804046, 0)

const input = `("@method" "@target-uri" "content-digest");created=1795804046;keyid="SHA256:abc";alg="ed25519"`

func TestReadsOneSignature(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	other := ed25519.NewKeyFromSeed([]byte(strings.Repeat("x", ed25519.SeedSize)))
	r, signed := signer{key, input}.request(t)
	s, err := Read(r, "", need, now)
	if err != nil {
		t.Fatal(err)
	}
	if string(s.base) != signed {
		t.Errorf("signed:\n%s\nread:\n%s", signed, s.base)
	}
	if !s.By(key.Public().(ed25519.PublicKey)) || s.By(other.Public().(ed25519.PublicKey)) || s.By(nil) {
		t.Error("another key has signed")
	}
	if !CheckDigest(r.Header, []byte(`{}`)) || CheckDigest(r.Header, []byte(`{ }`)) {
		t.Error("the digest does not bind the body")
	}
}

// Whatever is changed behind the signature is noticed.
func TestEachChangeIsNoticed(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	for name, change := range map[string]func(*Request){
		"method": func(r *Request) { r.Method = http.MethodPut },
		"path":   func(r *Request) { r.Target.Path = "/v1/other" },
		"query":  func(r *Request) { r.Target.RawQuery = "a=2" },
		"host":   func(r *Request) { r.Target.Host = "other.example" },
		"digest": func(r *Request) { r.Header.Set("Content-Digest", Digest([]byte(`{"a":1}`))) },
		"keyid": func(r *Request) {
			r.Header.Set("Signature-Input", strings.Replace(r.Header.Get("Signature-Input"), "abc", "abd", 1))
		},
		"label and order": func(r *Request) {
			r.Header.Set("Signature-Input", `any=("@target-uri" "@method" "content-digest");`+
				`created=1795804046;keyid="SHA256:abc";alg="ed25519"`)
		},
	} {
		r, _ := signer{key, input}.request(t)
		change(&r)
		s, err := Read(r, "", need, now)
		if err == nil && s.By(key.Public().(ed25519.PublicKey)) {
			t.Errorf("%s: a change behind the signature is taken", name)
		}
	}
}

func TestRefusesWhatIsNotUnderstood(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	all := `"@method" "@target-uri" "content-digest"`
	good := `;created=1795804046;keyid="k";alg="ed25519"`
	for input, want := range map[string]string{
		`("@method" "@target-uri")` + good:                   `"content-digest" has to be covered`,
		`(` + all + ` "content-digest")` + good:              "covered twice",
		`(` + all + ` "@status")` + good:                     "not understood",
		`(` + all + ` "date")` + good:                        "not there once",
		`(` + all + ` "Content-Type")` + good:                "not understood",
		`(` + all + ` "host";sf)` + good:                     "has parameters",
		`(` + all + ` 7)` + good:                             "has parameters",
		`(` + all + `);keyid="k"`:                            "created is missing",
		`(` + all + `);created=1795804046`:                   "keyid is missing",
		`(` + all + `);created="now";keyid="k"`:              "no whole number",
		`(` + all + `);created=1795804046;keyid=k`:           "no string",
		`(` + all + `);created=1795803000;keyid="k"`:         "more than 300 seconds",
		`(` + all + `);created=1795805000;keyid="k"`:         "more than 300 seconds",
		`(` + all + `)` + good + `;expires=1795804046`:       "has expired",
		`(` + all + `)` + good + `;tag="web-bot-auth"`:       "for the tag",
		`(` + all + `);created=1795804046;keyid="k";alg="a"`: "alg has to be",
		`"a"`:             "no list",
		`(`:               "not one signature",
		`(), b=()` + good: "not one signature",
		`(` + all + strings.Repeat(` "a"`, 20) + `)` + good:         "too much",
		`(` + all + `)` + good + `;x="` + strings.Repeat("x", 5000): "too long",
	} {
		r, _ := signer{key, input}.request(t)
		if _, err := Read(r, "", need, now); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.90s:\n got %v\nwant %s", input, err, want)
		}
	}
	for name, change := range map[string]func(http.Header){
		"none":          func(h http.Header) { h.Del("Signature") },
		"two":           func(h http.Header) { h.Add("Signature", h.Get("Signature")) },
		"another label": func(h http.Header) { h.Set("Signature", strings.Replace(h.Get("Signature"), "any", "sig", 1)) },
		"short":         func(h http.Header) { h.Set("Signature", "any=:AAAA:") },
		"a token":       func(h http.Header) { h.Set("Signature", "any=abc") },
	} {
		r, _ := signer{key, input}.request(t)
		change(r.Header)
		if _, err := Read(r, "", need, now); err == nil {
			t.Errorf("%s: is taken", name)
		}
	}
}

// A tag is for its use alone, both ways.
func TestATagIsForItsUse(t *testing.T) {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	r, _ := signer{key, input + `;tag="web-bot-auth";nonce="n-1"`}.request(t)
	s, err := Read(r, "web-bot-auth", need, now)
	if err != nil || s.Nonce != "n-1" || !s.By(key.Public().(ed25519.PublicKey)) {
		t.Errorf("%+v, %v", s, err)
	}
	r, _ = signer{key, input}.request(t)
	if _, err := Read(r, "web-bot-auth", need, now); err == nil {
		t.Error("a signature without the tag is taken for the use of the tag")
	}
}

// No text breaks the reader, and none is a signature by a key that has not signed it.
func FuzzRead(f *testing.F) {
	f.Add(input, "any=:AAAA:")
	f.Add(`("a";sf "b");x=?1;created=-1`, `any="x"`)
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public().(ed25519.PublicKey)
	f.Fuzz(func(t *testing.T, input, signature string) {
		target, _ := url.Parse("https://pay.example/v1/authorizations")
		r := Request{Method: http.MethodGet, Target: target, Header: http.Header{
			"Signature-Input": {"any=" + input}, "Signature": {signature},
		}}
		if s, err := Read(r, "", nil, now); err == nil && s.By(key) {
			t.Errorf("%q %q is by a key that has signed nothing", input, signature)
		}
	})
}
