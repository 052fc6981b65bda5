package hook

import (
	"encoding/json"
	"fmt"
	"testing"
)

// Two spellings of one request have one fingerprint; another value has another, and so has another path.
func ExampleKeyed() {
	k := Keyed{Key: `"order-1001"`}
	a, _ := k.request("POST /v1/charges", []byte(`{"link_id":"lnk_1","quantity":1}`))
	b, _ := k.request("POST /v1/charges", []byte(`{ "quantity": 1.0, "link_id": "\u006cnk_1" }`))
	c, _ := k.request("POST /v1/charges", []byte(`{"link_id":"lnk_1","quantity":2}`))
	d, _ := k.request("POST /v1/refunds", []byte(`{"link_id":"lnk_1","quantity":1}`))
	fmt.Println(a.Key, a.Fingerprint == b.Fingerprint, a.Fingerprint == c.Fingerprint, a.Fingerprint == d.Fingerprint)
	// Output: order-1001 true false false
}

// A fingerprint that was stored by an earlier version is good for as long as its key.
func TestFingerprintsStay(t *testing.T) {
	body := `{"offer_id":"ofr_1","link_id":"lnk_1","metadata":{"b":"ü","a":"<"}}`
	q, err := Keyed{Key: "k"}.request("POST /v1/charges", []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	const want = "b51ae82bfeb32ff16ce8d18dbde39fd4a59a031f956820b0925b714529decb18"
	if got := fmt.Sprintf("%x", q.Fingerprint); got != want {
		t.Errorf("fingerprint %s, want %s", got, want)
	}
}

// What the strict reader takes and the fingerprint's writer takes is one value: writing it in another way gives the
// same fingerprint, however the sender spelt it.
func FuzzFingerprint(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `{"b":[1,2.50,"\u00fc"],"a":null}`, `{"":{}}`, `{"a":1e21,"b":-0}`, `[]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		value, err := readStrictly(raw)
		if _, object := value.(map[string]any); err != nil || !object {
			return
		}
		q, err := Keyed{Key: "k"}.request("POST /", raw)
		if err != nil {
			return
		}
		again, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		if p, err := (Keyed{Key: "k"}).request("POST /", again); err != nil || p.Fingerprint != q.Fingerprint {
			t.Errorf("%q and %q are different requests: %v", raw, again, err)
		}
	})
}

// An amount that is read is written back as it was, but for zeros that mean nothing.
func FuzzMoney(f *testing.F) {
	for _, s := range []string{"0.25", "0.250000", "1e9", "-1", "9223372036854.775807", "", "１"} {
		f.Add(s, "EUR")
	}
	f.Add("1", "")
	f.Fuzz(func(t *testing.T, amount, currency string) {
		a, err := Money{amount, currency}.amount("price")
		if err != nil {
			return
		}
		again, err := Money{a.Number(), string(a.Currency)}.amount("price")
		if err != nil || again != a {
			t.Errorf("%q %q is %v, and then %v, %v", amount, currency, a, again, err)
		}
	})
}
