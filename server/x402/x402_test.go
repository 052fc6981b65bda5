package x402

import (
	"fmt"
	"strings"
	"testing"
)

// A network is a reference that CAIP-2 allows, one for each host.
func ExampleNetwork() {
	fmt.Println(Network("pay.example.com"))
	fmt.Println(Network("localhost:8080"))
	fmt.Println(Network("Payments.of.a.very.long.name.example.com"))
	// Output:
	// tuppence:pay_example_com
	// tuppence:localhost__8080
	// tuppence:__DEN6RYCZO77WQ7VGK4KEACF44A
}

func TestNetworksAreOfCAIP2(t *testing.T) {
	const letters = "-_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	for _, host := range []string{"a", "pay.example.com", strings.Repeat("long.", 40) + "example", "10.0.0.1:443"} {
		reference := strings.TrimPrefix(Network(host), "tuppence:")
		if reference == "" || len(reference) > 32 || strings.Trim(reference, letters) != "" {
			t.Errorf("%s: %q", host, reference)
		}
	}
}

// What is in a header comes out of it; what is no document is refused.
func TestHeaders(t *testing.T) {
	text, err := Encode(Required{Version: Version, Error: NotPaid})
	if err != nil {
		t.Fatal(err)
	}
	var r Required
	if err := Decode(text, &r); err != nil || r.Error != NotPaid {
		t.Errorf("%+v, %v", r, err)
	}
	for _, bad := range []string{"", "%", "e30", "bnVsb", strings.Repeat("A", maxHeader+4)} {
		if err := Decode(bad, &r); err == nil {
			t.Errorf("%.20q is taken", bad)
		}
	}
}

func TestMicros(t *testing.T) {
	for text, ok := range map[string]bool{
		"0": true, "1": true, "250000": true, "": false, "-1": false, "+1": false, "01": false, "0.25": false, "1e3": false,
		" 1": false, "999999999999999999": false, "1_000": false,
	} {
		if _, got := Micros(text); got != ok {
			t.Errorf("%q: %t", text, got)
		}
	}
}

// No header breaks the reader.
func FuzzDecode(f *testing.F) {
	f.Add("e30=")
	f.Fuzz(func(_ *testing.T, text string) {
		var p Payment
		if Decode(text, &p) == nil {
			_, _, _ = p.Accepted.Terms("tuppence:a", p.Resource.URL)
		}
	})
}
