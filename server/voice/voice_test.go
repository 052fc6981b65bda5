package voice

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"

	"tuppence/server"
	"tuppence/server/seal"
	"tuppence/server/servertest"
	"tuppence/server/view"
	"tuppence/store"
)

// signing is the published example of what signs a call, with others of the same kind.
type signing struct {
	secret, address, want string
	form                  url.Values
}

func published() []signing {
	call := func(number string) url.Values {
		return url.Values{
			"CallSid": {"CA1234567890ABCDE"}, "Caller": {number}, "Digits": {"1234"}, "From": {number},
			"To": {"+18005551212"},
		}
	}
	const at = "https://mycompany.com/myapp.php?foo=1&bar=2"
	long := url.Values{}
	for name, value := range map[string]string{
		"ToState": "California", "CalledState": "California", "Direction": "inbound", "FromState": "CA",
		"AccountSid": "ACba8bc05eacf94afdae398e642c9cc32d", "Caller": "+14153595711", "CallerZip": "94108",
		"CallerCountry": "US", "From": "+14153595711", "FromCity": "SAN FRANCISCO", "CallerCity": "SAN FRANCISCO",
		"To": "+14157669926", "FromZip": "94108", "FromCountry": "US", "ToCity": "", "CallStatus": "ringing",
		"CalledCity": "", "CallerState": "CA", "CalledZip": "", "ToZip": "", "ToCountry": "US",
		"CallSid": "CA136d09cd59a3c0ec8dbff44da5c03f31", "CalledCountry": "US", "Called": "+14157669926",
		"ApiVersion": "2010-04-01", "ApplicationSid": "AP44efecad51364e80b133bb7c07eb8204",
	} {
		long.Set(name, value)
	}
	return []signing{
		{"12345", at, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", call("+14158675309")},
		{"12345", at, "0/KCTR6DLpKmkAf8muzZqo1nDgQ=", call("+12349013030")},
		{
			"2bd9e9638872de601313dc77410d3b23", "http://twiliotests.heroku.com/validate/voice",
			"oVb2kXoVy8GEfwBDjR8bk/ZZ6eA=", long,
		},
	}
}

// The signature is that of the published examples, to the byte.
func TestSignatureIsThePublishedOne(t *testing.T) {
	for _, x := range published() {
		if got := base64.StdEncoding.EncodeToString(Signature(x.secret, x.address, x.form)); got != x.want {
			t.Errorf("%s signs %s, want %s", x.secret, got, x.want)
		}
	}
}

// door is the door of a demonstration with two secrets, of which one takes over from the other.
func door(t *testing.T, secrets ...string) *httptest.Server {
	t.Helper()
	return doorInto(t, io.Discard, secrets...)
}

// doorInto is a door with its log.
func doorInto(t *testing.T, log io.Writer, secrets ...string) *httptest.Server {
	t.Helper()
	sealer, err := seal.New(make([]byte, seal.MasterSize), servertest.NewRandom(2))
	if err != nil {
		t.Fatal(err)
	}
	svc, err := server.Open(t.Context(), server.Options{
		Store: store.NewMemory(), Seal: sealer, Now: servertest.NewClock().Now,
		Voice: server.VoiceLine{On: len(secrets) > 0},
		House: view.House{Name: "tuppence", Host: "pay.example", URL: "https://pay.example:8443", Simulated: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	o := Options{URL: "https://pay.example:8443", Secrets: secrets, Log: slog.New(slog.NewTextHandler(log, nil))}
	site := httptest.NewServer(New(svc, o))
	t.Cleanup(site.Close)
	return site
}

// Only who has one of the secrets is answered, for the address that was called and the fields that were sent.
func TestWhoIsAnswered(t *testing.T) {
	site, shut := door(t, "old", "new"), door(t)
	form := url.Values{"CallSid": {"CA1"}, "Digits": {"1"}}
	for _, tt := range []struct {
		name, secret, signed, at string
		body                     url.Values
		status                   int
		site                     *httptest.Server
	}{
		{"the old secret", "old", "https://pay.example:8443/voice/call", "/voice/call", form, 200, site},
		{"the new secret", "new", "https://pay.example:8443/voice/call", "/voice/call", form, 200, site},
		{"no port in the signature", "new", "https://pay.example/voice/call", "/voice/call", form, 200, site},
		{"a state that is none", "new", "https://pay.example/voice/next?state=x", "/voice/next?state=x", form, 200, site},
		{"another secret", "other", "https://pay.example:8443/voice/call", "/voice/call", form, 403, site},
		{"another address", "new", "https://pay.example:8443/voice/next", "/voice/call", form, 403, site},
		{"another state", "new", "https://pay.example/voice/next?state=x", "/voice/next?state=y", form, 403, site},
		{
			"other digits", "new", "https://pay.example:8443/voice/call", "/voice/call",
			url.Values{"CallSid": {"CA1"}, "Digits": {"2"}},
			403, site,
		},
		{"no secret", "", "https://pay.example:8443/voice/call", "/voice/call", form, 404, shut},
	} {
		q, err := http.NewRequestWithContext(t.Context(), "POST", tt.site.URL+tt.at, strings.NewReader(tt.body.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		q.Header.Set("X-Twilio-Signature", base64.StdEncoding.EncodeToString(Signature(tt.secret, tt.signed, form)))
		a, err := http.DefaultClient.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != tt.status {
			t.Errorf("%s is answered with %d, want %d", tt.name, a.StatusCode, tt.status)
		}
	}
}

// Whoever calls without a signature, however often, fills no log.
func TestUnsignedCallsFillNoLog(t *testing.T) {
	var log bytes.Buffer
	site := doorInto(t, &log, "secret")
	for range 20 {
		a, err := http.PostForm(site.URL+"/voice/call", url.Values{"CallSid": {"CA1"}})
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != http.StatusForbidden {
			t.Fatalf("answered with %d", a.StatusCode)
		}
	}
	site.Close()
	if n := strings.Count(log.String(), "\n"); n != 1 {
		t.Errorf("%d lines in the log, want 1:\n%s", n, log.String())
	}
}

// A text of a stranger stays a text: whatever it has, the document has the verbs that we wrote.
func TestTextsAreNoVerbs(t *testing.T) {
	for _, text := range []string{"</Say><Hangup/>", "]]>", "&lt;Dial>", "\x00\x1b[2J", "\u202e<!--", "\xff"} {
		raw, err := twiml("https://pay.example", view.Spoken{Say: []string{text, "Press 1."}, Digits: 1, State: "a&b"})
		if err != nil {
			t.Fatal(err)
		}
		var h struct {
			Gather struct {
				Action string   `xml:"action,attr"`
				Say    []string `xml:"Say"`
				Dial   []string
			}
			Dial []string
		}
		if err := xml.Unmarshal(raw, &h); err != nil || len(h.Gather.Say) != 2 || len(h.Dial)+len(h.Gather.Dial) > 0 ||
			h.Gather.Action != "https://pay.example/voice/next?state=a%26b" {
			t.Errorf("%q: %+v, %v\n%s", text, h, err, raw)
		}
	}
}

// A caller is connected, or the call ends: there is no third way out of an answer without a question.
func TestEnds(t *testing.T) {
	for want, s := range map[string]view.Spoken{
		"<Say>One moment.</Say><Dial>+4930</Dial></Response>": {Say: []string{"One moment."}, Dial: "+4930"},
		"<Say>Goodbye.</Say><Hangup></Hangup></Response>":     {Say: []string{"Goodbye."}},
	} {
		if raw, err := twiml("", s); err != nil || !strings.HasSuffix(string(raw), want) {
			t.Errorf("%s, %v, want %s", raw, err, want)
		}
	}
}

// twilioPackage is the library that a telephone service gives its customers.
const twilioPackage = "twilio@6.3.1"

// TestContractOfTheLibrary lets the library of another house look at our signatures: the published ones, names in any
// order, a name twice, and what has to be escaped.
func TestContractOfTheLibrary(t *testing.T) {
	if os.Getenv("TEST_CONTRACT") == "" {
		t.Skip("needs the network: make contract")
	}
	dir := t.TempDir()
	run := func(name string, args ...string) string {
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", name, args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	run("npm", "install", "--no-audit", "--no-fund", twilioPackage)
	const check = `const q = new URLSearchParams(process.argv[4]), form = {}
for (const k of new Set(q.keys())) form[k] = q.getAll(k).length > 1 ? q.getAll(k) : q.get(k)
console.log(require("twilio").validateRequest(process.argv[1], process.argv[2], process.argv[3], form))`
	all := append(published(), signing{
		"a secret", "https://pay.example/voice/next?state=A-b_9&x=%20", "",
		url.Values{"b": {"2", "1", "2"}, "a": {"ü & <b>"}, "CallSid": {"CA1"}, "Digits": {""}},
	})
	for _, x := range all {
		signature := base64.StdEncoding.EncodeToString(Signature(x.secret, x.address, x.form))
		if got := run("node", "-e", check, x.secret, signature, x.address, x.form.Encode()); got != "true" {
			t.Errorf("%s: the library says %s", x.address, got)
		}
		if got := run("node", "-e", check, x.secret+"!", signature, x.address, x.form.Encode()); got != "false" {
			t.Errorf("%s: the library takes another secret: %s", x.address, got)
		}
	}
}
