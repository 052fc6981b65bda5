package ledger

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

func TestVendorName(t *testing.T) {
	for _, s := range []string{"ab", "acme-news", "n2", strings.Repeat("a", 40)} {
		must(t, CheckVendorName(s))
	}
	for _, s := range []string{
		"", "a", "1a", "-a", "a-", "a--b", "News", "a b", "ä", "a\x00", strings.Repeat("a", 41), "a.b",
	} {
		is(t, "param of "+s, refused(t, CheckVendorName(s), ErrInvalid).Param, "name")
	}
}

func ExampleCheckVendorName() {
	fmt.Println(CheckVendorName("acme-news"))
	fmt.Println(Code(CheckVendorName("Acme News")))
	// Output:
	// <nil>
	// invalid_request
}

// A name that is accepted can stand in a URL and in a command as it is, and is the only way to write it.
func FuzzCheckVendorName(f *testing.F) {
	for _, s := range []string{"acme-news", "a", "a--b", "-a", "a-", "ácme", "a\x00b", "A", "0a", "a.b", "a/b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if err := CheckVendorName(s); err != nil {
			is(t, "param", refused(t, err, ErrInvalid).Param, "name")
			return
		}
		if url.PathEscape(s) != s || strings.ToLower(s) != s || CleanLine(s, 40) != s || len(s) < 2 ||
			strings.HasPrefix(s, "-") {
			t.Fatalf("%q is accepted", s)
		}
	})
}
