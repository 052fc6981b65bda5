package paymentauth

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"
)

var (
	key   = []byte("a key of the site")
	now   = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	terms = Terms{
		Realm: "news.example", Authority: "https://pay.example", Recipient: "ven_1",
		Price: ledger.Amount{Micros: 250_000, Currency: "EUR"}, Digest: "sha-256=:abc=:",
	}
)

// A site keeps nothing of what it asks: what comes back is bound by its key.
func ExampleChallenge_Header() {
	c, err := New(Terms{
		Realm: "news.example", Authority: "https://pay.example", Recipient: "ven_1",
		Price: ledger.Amount{Micros: 250_000, Currency: "EUR"},
	}, []byte("a key of the site"), time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	c.Request = c.Request[:12]                              // it is long
	fmt.Println(strings.ReplaceAll(c.Header(), ", ", "\n")) // one parameter a line
	// Output:
	// Payment id="aEP81z90j5HL__ihxQmx1xkKKDKySzOxONNDQyzStPc"
	// realm="news.example"
	// method="tokens"
	// intent="charge"
	// request="eyJhbW91bnQi"
	// expires="2026-11-29T12:05:00Z"
}

func TestChallengesComeBackAsTheyWere(t *testing.T) {
	c, err := New(terms, key, now)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := c.Terms(); err != nil || back != terms {
		t.Errorf("%+v, %v", back, err)
	}
	for name, bad := range map[string]struct {
		change func(*Challenge)
		digest string
		at     time.Time
		want   string
	}{
		"as it was":      {func(*Challenge) {}, terms.Digest, now, ""},
		"late":           {func(*Challenge) {}, terms.Digest, now.Add(Life), TooLate},
		"another body":   {func(*Challenge) {}, "sha-256=:abd=:", now, ledger.ProofRequestChanged},
		"another method": {func(c *Challenge) { c.Method = "cash" }, terms.Digest, now, BadMethod},
		"a session":      {func(c *Challenge) { c.Intent = "session" }, terms.Digest, now, BadMethod},
		"another realm":  {func(c *Challenge) { c.Realm = "bank.example" }, terms.Digest, now, BadMAC},
		"another price":  {func(c *Challenge) { c.Request = "e30" }, terms.Digest, now, BadMAC},
		"more time":      {func(c *Challenge) { c.Expires = "2030-01-01T00:00:00Z" }, terms.Digest, now, BadMAC},
		"its body taken": {func(c *Challenge) { c.Digest = "" }, "", now, BadMAC},
		"opaque":         {func(c *Challenge) { c.Opaque = "x" }, terms.Digest, now, BadMAC},
		"another id":     {func(c *Challenge) { c.ID = "" }, terms.Digest, now, BadMAC},
	} {
		changed := c
		bad.change(&changed)
		if got := changed.Check(key, bad.digest, bad.at); got != bad.want {
			t.Errorf("%s: %q, want %q", name, got, bad.want)
		}
	}
	if c.Check([]byte("another key"), terms.Digest, now) != BadMAC {
		t.Error("the challenge of another site is taken")
	}
}

func TestPricesThatAreNone(t *testing.T) {
	for _, r := range []Request{
		{},
		{Amount: "0", Currency: "eur"},
		{Amount: "-1", Currency: "eur"},
		{Amount: "01", Currency: "eur"},
		{Amount: "1.5", Currency: "eur"},
		{Amount: "9999999999999999999", Currency: "eur"},
		{Amount: "1", Currency: "EUR"},
		{Amount: "1", Currency: "euro"},
		{Amount: "+1", Currency: "eur"},
	} {
		request, err := encode(r)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := (Challenge{Request: request}).Terms(); err == nil {
			t.Errorf("%+v is a price", r)
		}
	}
}

// No header breaks the reader.
func FuzzShown(f *testing.F) {
	f.Add("Payment e30")
	f.Fuzz(func(_ *testing.T, text string) {
		var c Credential
		if found, err := c.Shown(http.Header{"Authorization": {text}}); found && err == nil {
			_, _ = c.Challenge.Terms()
			_ = c.Challenge.Check(key, "", now)
		}
	})
}
