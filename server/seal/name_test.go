package seal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"tuppence/server/ledger"
)

// opener is a name with what it has to open to.
type opener struct {
	name string
	open func(*Sealer) func(string) (any, error)
	want any
}

// opens is one line of a table of names.
func opens[T any](name string, want T, open func(*Sealer, string) (T, error)) opener {
	return opener{name, func(s *Sealer) func(string) (any, error) {
		return func(name string) (any, error) { return open(s, name) }
	}, want}
}

// endpointID is what an endpoint's name stands for.
type endpointID struct {
	vendor ledger.VendorID
	number uint64
}

func openEndpoint(s *Sealer, name string) (endpointID, error) {
	v, n, err := s.OpenEndpoint(name)
	return endpointID{v, n}, err
}

func openPlan(s *Sealer, name string) (endpointID, error) {
	v, n, err := s.OpenPlan(name)
	return endpointID{v, n}, err
}

// names makes a name of each kind from three numbers: of an entry, of a person, and of what has an owner.
func names(s *Sealer, no ledger.EntryNo, u ledger.UserID, number uint64) map[string]opener {
	const v = 9
	link := ledger.LinkID{User: u, Vendor: v, Currency: "EUR", Generation: 1<<20 - 1}
	offer, checkout := ledger.OfferID{Vendor: v, Number: number}, ledger.CheckoutID{Vendor: v, Number: number}
	deposit := ledger.DepositID{User: u, Number: number}
	wallet := func(s *Sealer, name string) (ledger.UserID, error) { return s.OpenPseudonym(name, v) }
	return map[string]opener{
		"charge":   opens(s.Charge(no), no, (*Sealer).OpenCharge),
		"grant":    opens(s.Grant(no), no, (*Sealer).OpenGrant),
		"refund":   opens(s.Refund(no), no, (*Sealer).OpenRefund),
		"dispute":  opens(s.Dispute(no), no, (*Sealer).OpenDispute),
		"transfer": opens(s.Transfer(no), no, (*Sealer).OpenTransfer),
		"event":    opens(s.Event(no), no, (*Sealer).OpenEvent),
		"cursor":   opens(s.Cursor(number), number, (*Sealer).OpenCursor),
		"vendor":   opens(s.Vendor(v), v, (*Sealer).OpenVendor),
		"offer":    opens(s.Offer(offer), offer, (*Sealer).OpenOffer),
		"checkout": opens(s.Checkout(checkout), checkout, (*Sealer).OpenCheckout),
		"deposit":  opens(s.Deposit(deposit), deposit, (*Sealer).OpenDeposit),
		"endpoint": opens(s.Endpoint(v, number), endpointID{v, number}, openEndpoint),
		"issue":    opens(s.Issue(no), no, (*Sealer).OpenIssue),
		"campaign": opens(s.Campaign(no), no, (*Sealer).OpenCampaign),
		"plan":     opens(s.Plan(v, number), endpointID{v, number}, openPlan),
		"link":     opens(s.Link(link), link, (*Sealer).OpenLink),
		"wallet":   opens(s.Pseudonym(u, v), u, wallet),
	}
}

// letters is a name without its prefix.
func letters(name string) string { return name[strings.IndexByte(name, '_')+1:] }

// Every kind of name opens to what it was made from, and no other kind, service or spelling opens it.
func TestNames(t *testing.T) {
	s, other := sealer(t, "one"), sealer(t, "two")
	all := names(s, 41, 7, 1<<63-1)
	for kind, n := range all {
		if got, err := n.open(s)(n.name); err != nil || got != n.want {
			t.Errorf("%s: %s opens to %v, %v; want %v", kind, n.name, got, err, n.want)
		}
		if _, err := n.open(other)(n.name); !errors.Is(err, ErrName) {
			t.Errorf("%s: another service opens %s: %v", kind, n.name, err)
		}
		if len(letters(n.name)) != 26 {
			t.Errorf("%s: %s does not have 26 characters", kind, n.name)
		}
		for wrongKind, wrong := range all {
			if wrongKind == kind {
				continue
			}
			if _, err := n.open(s)(wrong.name); !errors.Is(err, ErrName) {
				t.Errorf("the name of a %s opens as a %s", wrongKind, kind)
			}
			forged := strings.TrimSuffix(n.name, letters(n.name)) + letters(wrong.name)
			if got, err := n.open(s)(forged); err == nil {
				t.Errorf("a %s with the prefix of a %s opens to %v", wrongKind, kind, got)
			}
		}
		short := n.name[:len(n.name)-1]
		for _, bad := range []string{"", "x", short, n.name + "0", strings.ToUpper(n.name), short + "!", short + "é"} {
			if _, err := n.open(s)(bad); !errors.Is(err, ErrName) {
				t.Errorf("%s: %q opens", kind, bad)
			}
		}
	}
	for _, k := range entryKinds {
		if no, err := s.OpenEntry(s.entry(k, 41)); err != nil || no != 41 {
			t.Errorf("OpenEntry of a name %s = %d, %v", k.prefix, no, err)
		}
	}
}

// Numbers that lead to a shard, in the 12 bits at their top, come back as they were: entries, users, checkouts,
// deposits, and cursors.
func TestShardsPassThroughNames(t *testing.T) {
	s := sealer(t, "one")
	rapid.Check(t, func(t *rapid.T) {
		shard := rapid.Uint64Range(0, 1<<12-1)
		number := func(label string, bits int) uint64 {
			return shard.Draw(t, label+" shard")<<52 | rapid.Uint64Range(0, 1<<bits-1).Draw(t, label)
		}
		no, u := ledger.EntryNo(number("entry", 52)), ledger.UserID(number("user", 36))
		for kind, n := range names(s, no, u, number("number", 52)) {
			if got, err := n.open(s)(n.name); err != nil || got != n.want {
				t.Errorf("%s: %s opens to %v, %v; want %v", kind, n.name, got, err, n.want)
			}
		}
		c := ledger.CheckoutID{Vendor: 9, Number: number("checkout", 52)}
		at := time.Unix(1_800_000_000, 0)
		if !s.CheckReturnCode(s.ReturnCode(c, at), c, at, time.Minute) {
			t.Errorf("the return code of %v is not good for it", c)
		}
	})
}

// Names that were given once are good for ever: vendors keep them. These are of the first version.
func TestNamesStay(t *testing.T) {
	s, err := New(make([]byte, MasterSize), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)
	terms := Terms{
		ID: "chk_1", Vendor: 3, Offer: ledger.OfferID{Vendor: 3, Number: 6}, Version: 2, Title: `How "rivers" <freeze> ❄`,
		Price: ledger.Amount{Micros: 250_000, Currency: "EUR"}, ContentURL: "https://news.example/rivers?a=1&b=2",
		Quantity: 1, Expires: at.Add(time.Hour),
	}
	got := []string{
		s.Entry(1), s.Charge(1), s.Grant(1), s.Refund(1), s.Dispute(1), s.Transfer(1), s.Event(1), s.Cursor(1),
		s.Vendor(1), s.Offer(ledger.OfferID{Vendor: 3, Number: 6}),
		s.Checkout(ledger.CheckoutID{Vendor: 3, Number: 1<<63 - 1}), s.Deposit(ledger.DepositID{User: 7, Number: 2}),
		s.Endpoint(3, 1), s.Link(ledger.LinkID{User: 7, Vendor: 3, Currency: "EUR", Generation: 2}), s.Pseudonym(7, 3),
		s.Handle(7, 1), s.TxnID(at, terms), s.ReturnCode(ledger.CheckoutID{Vendor: 3, Number: 6}, at),
	}
	want := []string{
		"ent_dadrhqep89tnx103bbysdxswa4", "chg_tyvr8f66tgd16nq029nv3616b4", "grt_8cxvsd2889wkkq6jjhs9p5x418",
		"rfd_psr17xsbqmxf8ybxxdss484r14", "dsp_9jbmr3c4y3haarp1gst064819g", "trf_ny86sagmet9eb53pzbva9bmk0g",
		"evt_cnff40r8jayc1j07ygpxsfve70", "cur_29pwgr9xg3qe7wjzje6rk9kqem", "ven_w4c71hnqamtg7p16ahvwx4vcmr",
		"ofr_a40gx6165we232w07btfp7dsdc", "chk_cjrjpz1gh793khjfmmmwj13ke4",
		"dep_dx0tg59hgkmv8nbakw4b8aa7sw", "whe_t6mdc5z7fjqg12k6xmn30p8g88", "lnk_0g2fdgnmk04p920j4cyhkjdnec",
		"w_24gh6ax81pmsxe158g3xbm7z84", "w_xkxftswxq7", "txn_06h0hdnfr3v1pp0w4cqgddd3yzqkfs0g4160",
		"06h0hdnfr1r0ewbpt3e9ds7q48dcmdbx",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names have changed, -want +got:\n%s", diff)
	}
}

// Two vendors see nothing common in one buyer, and one vendor cannot pass off its name at another.
func TestPseudonymsArePairwise(t *testing.T) {
	s := sealer(t, "one")
	if s.Pseudonym(7, 1) == s.Pseudonym(7, 2) {
		t.Error("two vendors get the same pseudonym")
	}
	if first, second := s.Pseudonym(7, 1), s.Pseudonym(7, 1); first != second {
		t.Error("a pseudonym changes")
	}
	if _, err := s.OpenPseudonym(s.Pseudonym(7, 1), 2); !errors.Is(err, ErrName) {
		t.Errorf("vendor 2 opens what vendor 1 was told: %v", err)
	}
	if h := s.Handle(7, 0); h == s.Handle(7, 1) || h == s.Handle(8, 0) || len(h) != 12 {
		t.Errorf("handles: %s %s %s", h, s.Handle(7, 1), s.Handle(8, 0))
	}
}

// A name opens to its number, under its own prefix only.
func ExampleSealer_Charge() {
	s, err := New(make([]byte, MasterSize), rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Charge(1))
	no, err := s.OpenCharge(s.Charge(1))
	fmt.Println(no, err)
	_, err = s.OpenGrant(s.Charge(1))
	fmt.Println(err)
	// Output:
	// chg_tyvr8f66tgd16nq029nv3616b4
	// 1 <nil>
	// seal: not a name of this service
}

// Whatever opens is spelt as we spell it: no second name for one thing.
func FuzzOpenNames(f *testing.F) {
	s := sealer(f, "one")
	for _, n := range names(s, 1, 7, 1) {
		f.Add(n.name)
	}
	f.Add("txn_")
	f.Fuzz(func(t *testing.T, name string) {
		for _, k := range entryKinds {
			if no, err := s.openEntry(k, name); err == nil && s.entry(k, no) != name {
				t.Errorf("%q opens to %d but is not its name", name, no)
			}
		}
		if c, err := s.OpenCheckout(name); err == nil && s.Checkout(c) != name {
			t.Errorf("%q opens to %v", name, c)
		}
		if l, err := s.OpenLink(name); err == nil && s.Link(l) != name {
			t.Errorf("%q opens to %v", name, l)
		}
		if n, err := s.OpenCursor(name); err == nil && s.Cursor(n) != name {
			t.Errorf("%q opens to %d", name, n)
		}
		if u, err := s.OpenPseudonym(name, 1); err == nil && s.Pseudonym(u, 1) != name {
			t.Errorf("%q opens to %d", name, u)
		}
		if s.CheckTxnID(name, Terms{}) {
			t.Errorf("%q seals no terms", name)
		}
	})
}

func BenchmarkName(b *testing.B) {
	s := sealer(b, "one")
	for b.Loop() {
		_ = s.Charge(12345)
	}
}

// Random numbers are those of shard 0, never 0, and not the same ones again.
func TestNumbersAreOfShard0(t *testing.T) {
	s := sealer(t, "one")
	seen := map[uint64]bool{}
	for range 1000 {
		n, err := s.Number()
		if err != nil || n == 0 || ledger.ShardOf(n) != 0 || seen[n] {
			t.Fatalf("%d, shard %d, seen %v, %v", n, ledger.ShardOf(n), seen[n], err)
		}
		seen[n] = true
	}
}
