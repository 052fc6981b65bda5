package seal

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"

	"github.com/go-jose/go-jose/v4/jwt"
)

// stream is a reproducible source of randomness.
type stream struct {
	seed [32]byte
	rest []byte
}

func (s *stream) Read(p []byte) (int, error) {
	for len(s.rest) < len(p) {
		s.seed = sha256.Sum256(s.seed[:])
		s.rest = append(s.rest, s.seed[:]...)
	}
	n := copy(p, s.rest)
	s.rest = s.rest[n:]
	return n, nil
}

func sealer(t testing.TB, secret string) *Sealer {
	t.Helper()
	master := sha256.Sum256([]byte(secret))
	s, err := New(master[:], &stream{seed: master})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Every kind of name opens to what it was made from, and no other kind, house or spelling opens it.
func TestNames(t *testing.T) {
	s, other := sealer(t, "one"), sealer(t, "two")
	link := ledger.LinkID{User: 7, Vendor: 9, Currency: "EUR", Generation: 3}
	names := map[string]struct {
		name string
		open func(*Sealer, string) (any, error)
		want any
	}{
		"charge":   {s.Charge(41), func(s *Sealer, n string) (any, error) { return s.OpenCharge(n) }, ledger.EntryNo(41)},
		"grant":    {s.Grant(41), func(s *Sealer, n string) (any, error) { return s.OpenGrant(n) }, ledger.EntryNo(41)},
		"refund":   {s.Refund(42), func(s *Sealer, n string) (any, error) { return s.OpenRefund(n) }, ledger.EntryNo(42)},
		"dispute":  {s.Dispute(43), func(s *Sealer, n string) (any, error) { return s.OpenDispute(n) }, ledger.EntryNo(43)},
		"transfer": {s.Transfer(44), func(s *Sealer, n string) (any, error) { return s.OpenTransfer(n) }, ledger.EntryNo(44)},
		"event":    {s.Event(45), func(s *Sealer, n string) (any, error) { return s.OpenEvent(n) }, ledger.EntryNo(45)},
		"cursor":   {s.Cursor(46), func(s *Sealer, n string) (any, error) { return s.OpenCursor(n) }, uint64(46)},
		"vendor":   {s.Vendor(5), func(s *Sealer, n string) (any, error) { return s.OpenVendor(n) }, ledger.VendorID(5)},
		"offer": {
			s.Offer(ledger.OfferID{Vendor: 5, Number: 6}),
			func(s *Sealer, n string) (any, error) { return s.OpenOffer(n) },
			ledger.OfferID{Vendor: 5, Number: 6},
		},
		"checkout": {
			s.Checkout(ledger.CheckoutID{Vendor: 5, Number: 1<<63 - 1}),
			func(s *Sealer, n string) (any, error) { return s.OpenCheckout(n) },
			ledger.CheckoutID{Vendor: 5, Number: 1<<63 - 1},
		},
		"deposit": {
			s.Deposit(ledger.DepositID{User: 7, Number: 2}),
			func(s *Sealer, n string) (any, error) { return s.OpenDeposit(n) },
			ledger.DepositID{User: 7, Number: 2},
		},
		"link":   {s.Link(link), func(s *Sealer, n string) (any, error) { return s.OpenLink(n) }, link},
		"wallet": {s.Pseudonym(7, 9), func(s *Sealer, n string) (any, error) { return s.OpenPseudonym(n, 9) }, ledger.UserID(7)},
	}
	for kind, n := range names {
		if got, err := n.open(s, n.name); err != nil || got != n.want {
			t.Errorf("%s: %s opens to %v, %v; want %v", kind, n.name, got, err, n.want)
		}
		if _, err := n.open(other, n.name); !errors.Is(err, ErrName) {
			t.Errorf("%s: another house opens %s: %v", kind, n.name, err)
		}
		if len(n.name)-strings.IndexByte(n.name, '_')-1 != 26 {
			t.Errorf("%s: %s does not have 26 characters", kind, n.name)
		}
		for wrongKind, wrong := range names {
			if wrongKind == kind {
				continue
			}
			if _, err := n.open(s, wrong.name); !errors.Is(err, ErrName) {
				t.Errorf("the name of a %s opens as a %s", wrongKind, kind)
			}
			forged := n.name[:strings.IndexByte(n.name, '_')+1] + wrong.name[strings.IndexByte(wrong.name, '_')+1:]
			if got, err := n.open(s, forged); err == nil {
				t.Errorf("a %s with the prefix of a %s opens to %v", wrongKind, kind, got)
			}
		}
		for _, bad := range []string{"", "x", n.name[:len(n.name)-1], n.name + "0", strings.ToUpper(n.name), n.name[:len(n.name)-1] + "!"} {
			if _, err := n.open(s, bad); !errors.Is(err, ErrName) {
				t.Errorf("%s: %q opens", kind, bad)
			}
		}
	}
	for _, name := range []string{s.Charge(41), s.Grant(41), s.Refund(41), s.Dispute(41), s.Transfer(41), s.Event(41), s.Entry(41)} {
		if no, err := s.OpenEntry(name); err != nil || no != 41 {
			t.Errorf("OpenEntry(%s) = %d, %v", name, no, err)
		}
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

// A transaction id seals its terms: any change is noticed (claim 29).
func TestTxnIDSealsItsTerms(t *testing.T) {
	s := sealer(t, "one")
	at := time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)
	terms := Terms{
		ID: "chk_1", Vendor: 5, Offer: ledger.OfferID{Vendor: 5, Number: 6}, Version: 2, Title: "How rivers freeze",
		Price: ledger.Amount{Micros: 250_000, Currency: "EUR"}, ContentURL: "https://news.example/rivers", Quantity: 1, Expires: at.Add(time.Hour),
	}
	id, err := s.TxnID(at, terms)
	if err != nil || len(id) != 40 {
		t.Fatalf("TxnID = %q, %v; want 40 characters", id, err)
	}
	if !s.CheckTxnID(id, terms) {
		t.Error("the id does not fit its own terms")
	}
	for name, change := range map[string]func(*Terms){
		"id":       func(t *Terms) { t.ID = "chk_2" },
		"vendor":   func(t *Terms) { t.Vendor++ },
		"offer":    func(t *Terms) { t.Offer.Number++ },
		"version":  func(t *Terms) { t.Version++ },
		"title":    func(t *Terms) { t.Title += " " },
		"price":    func(t *Terms) { t.Price.Micros++ },
		"currency": func(t *Terms) { t.Price.Currency = "USD" },
		"url":      func(t *Terms) { t.ContentURL += "2" },
		"quantity": func(t *Terms) { t.Quantity++ },
		"expiry":   func(t *Terms) { t.Expires = t.Expires.Add(1) },
	} {
		changed := terms
		change(&changed)
		if s.CheckTxnID(id, changed) {
			t.Errorf("a changed %s goes unnoticed", name)
		}
	}
	if sealer(t, "two").CheckTxnID(id, terms) {
		t.Error("another house accepts the id")
	}
	for _, bad := range []string{"", "txn_", id[:39], id + "0", "txn_" + strings.Repeat("!", 36)} {
		if s.CheckTxnID(bad, terms) {
			t.Errorf("%q is accepted", bad)
		}
	}
}

// A sale that came through a browser keeps the id of its checkout; a charge on a link has one of its own, sealed from
// what the journal says.
func TestTxnOfASale(t *testing.T) {
	s := sealer(t, "one")
	at := time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)
	sold := ledger.Entry{No: 9, At: at, Vendor: 5, Sale: &ledger.Sale{Title: "How rivers freeze", Quantity: 1, Price: ledger.Amount{Micros: 250_000, Currency: "EUR"}}}
	id := s.TxnOf(sold)
	if !s.CheckTxnID(id, Terms{ID: s.Charge(9), Vendor: 5, Title: "How rivers freeze", Quantity: 1, Price: sold.Sale.Price}) {
		t.Errorf("%s does not seal the terms of the sale", id)
	}
	next := sold
	next.No++
	if s.TxnOf(next) == id {
		t.Error("two sales in one millisecond have the same id")
	}
	sold.Sale.TxnID = "txn_of_the_checkout"
	if got := s.TxnOf(sold); got != "txn_of_the_checkout" {
		t.Errorf("got %s, want the checkout's", got)
	}
}

// A grant token is checked offline with the public key, for its audience and while it lives.
func TestGrantToken(t *testing.T) {
	s := sealer(t, "one")
	at := time.Date(2026, 11, 23, 14, 2, 0, 0, time.UTC)
	left := int64(4)
	token, err := s.GrantToken(GrantClaims{
		Claims: jwt.Claims{
			Issuer: "https://tuppence.example", Audience: jwt.Audience{"https://news.example"}, Subject: "w_1", ID: "grt_1",
			IssuedAt: jwt.NewNumericDate(at), Expiry: jwt.NewNumericDate(at.Add(GrantLife)),
		},
		Resource: "https://news.example/rivers", ViewsLeft: &left,
	})
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.OpenGrantToken(token, "https://news.example", at.Add(time.Minute))
	if err != nil || c.ID != "grt_1" || *c.ViewsLeft != 4 {
		t.Errorf("OpenGrantToken = %+v, %v", c, err)
	}
	if _, err := s.OpenGrantToken(token, "https://evil.example", at); err == nil {
		t.Error("another audience opens the token")
	}
	if _, err := s.OpenGrantToken(token, "https://news.example", at.Add(GrantLife+time.Second)); err == nil {
		t.Error("the token outlives itself")
	}
	if _, err := sealer(t, "two").OpenGrantToken(token, "https://news.example", at); err == nil {
		t.Error("another house's key opens the token")
	}
	if keys := s.JWKS(); len(keys.Keys) != 1 || !keys.Keys[0].IsPublic() {
		t.Errorf("JWKS has %d keys, or a private one", len(keys.Keys))
	}
}

// A sealed secret opens for its purpose only, and a changed byte is noticed.
func TestBox(t *testing.T) {
	s := sealer(t, "one")
	sealed, err := s.Seal([]byte("whsec_1"), "webhook")
	if err != nil {
		t.Fatal(err)
	}
	if plain, err := s.Open(sealed, "webhook"); err != nil || string(plain) != "whsec_1" {
		t.Errorf("Open = %q, %v", plain, err)
	}
	if _, err := s.Open(sealed, "other"); err == nil {
		t.Error("another purpose opens it")
	}
	for i := range sealed {
		bad := bytes.Clone(sealed)
		bad[i] ^= 1
		if _, err := s.Open(bad, "webhook"); err == nil {
			t.Errorf("a changed byte %d goes unnoticed", i)
		}
	}
	if _, err := s.Open(sealed[:10], "webhook"); err == nil {
		t.Error("a cut secret opens")
	}
}

// Codes have their form, are not biased to a few letters, and hash alike however a person writes them.
func TestCodes(t *testing.T) {
	s := sealer(t, "one")
	seen := map[string]bool{}
	for range 1000 {
		c, err := s.UserCode()
		if err != nil {
			t.Fatal(err)
		}
		if clean, ok := CleanUserCode(strings.ToLower(strings.ReplaceAll(c, "-", " "))); !ok || clean != c {
			t.Fatalf("CleanUserCode does not find %s again: %q", c, clean)
		}
		seen[c] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d different codes of 1000", len(seen))
	}
	for _, bad := range []string{"", "WDJB-MJH", "WDJB-MJHTT", "WDJA-MJHT", "WDJB\nMJHT!"} {
		if c, ok := CleanUserCode(bad); ok {
			t.Errorf("CleanUserCode(%q) = %q", bad, c)
		}
	}
	code, err := s.RecoveryCode()
	if err != nil || !strings.HasPrefix(code, "R-") || len(code) != 33 {
		t.Errorf("RecoveryCode = %q, %v", code, err)
	}
	if HashCode("R-01ABC") != HashCode(" r oiabc") {
		t.Error("misread letters make another code")
	}
	key, hash, hint, err := s.APIKey(true)
	if err != nil || hash != HashAPIKey(key) || !strings.HasPrefix(key, hint) || len(key) != 51 {
		t.Errorf("APIKey = %q (hint %q), %v", key, hint, err)
	}
}

// Without randomness nothing is made up.
func TestNoRandomness(t *testing.T) {
	s, err := New(make([]byte, MasterSize), io.LimitReader(rand.Reader, 0))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.UserCode(); err == nil {
		t.Error("a code without randomness")
	}
	if _, _, _, err := s.APIKey(true); err == nil {
		t.Error("a key without randomness")
	}
	if _, err := s.Seal([]byte("x"), "y"); err == nil {
		t.Error("a nonce without randomness")
	}
	if _, err := New(make([]byte, 31), rand.Reader); err == nil {
		t.Error("a short master secret is taken")
	}
}

func ExampleSealer_Charge() {
	s, err := New(make([]byte, MasterSize), rand.Reader)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(s.Charge(1))
	no, err := s.OpenCharge(s.Charge(1))
	fmt.Println(no, err)
	// Output:
	// chg_tyvr8f66tgd16nq029nv3616b4
	// 1 <nil>
}

func FuzzOpenNames(f *testing.F) {
	s := sealer(f, "one")
	f.Add(s.Charge(1))
	f.Add("txn_")
	f.Fuzz(func(t *testing.T, name string) {
		if no, err := s.OpenEntry(name); err == nil && s.single(name[:4], map[string]byte{
			"ent_": kindEntry, "chg_": kindCharge, "grt_": kindGrant, "rfd_": kindRefund, "dsp_": kindDispute, "trf_": kindTransfer, "evt_": kindEvent,
		}[name[:4]], uint64(no)) != name {
			t.Errorf("%q opens to %d but is not its name", name, no)
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

// A typed code is brought into one form or refused, and spelling it in another way means the same.
func FuzzCodes(f *testing.F) {
	for _, s := range []string{"WDJB-MJHT", "wdjb mjht", "ſſſſ-ſſſſ", "WDJBMJH", "R-0OIL1-abcde", "１２３", "\x00\xff", "----"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		code, ok := CleanUserCode(typed)
		if again, fine := CleanUserCode(code); ok && (!fine || again != code || len(code) != 9 || code[4] != '-') {
			t.Errorf("%q became %q, then %q", typed, code, again)
		}
		if upper := strings.ToUpper(typed); HashCode(" "+upper+"-") != HashCode(typed) {
			t.Errorf("%q and %q are different codes", typed, upper)
		}
	})
}

func FuzzOpenGrantToken(f *testing.F) {
	s, now := sealer(f, "one"), time.Unix(1_800_000_000, 0)
	good, err := s.GrantToken(GrantClaims{Claims: jwt.Claims{Audience: jwt.Audience{"https://news.example"}, Expiry: jwt.NewNumericDate(now.Add(time.Minute))}})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add("eyJhbGciOiJub25lIn0.e30.")
	f.Add("..")
	f.Fuzz(func(t *testing.T, token string) {
		c, err := s.OpenGrantToken(token, "https://news.example", now)
		if err == nil && !strings.HasPrefix(token, good[:len(good)-1]) { // the last letter has bits that nobody reads
			t.Errorf("%q is taken for a token: %+v", token, c)
		}
	})
}

func BenchmarkName(b *testing.B) {
	s := sealer(b, "one")
	for b.Loop() {
		_ = s.Charge(12345)
	}
}

func BenchmarkTxnID(b *testing.B) {
	s := sealer(b, "one")
	at := time.Unix(0, 0)
	for b.Loop() {
		if _, err := s.TxnID(at, Terms{ID: "chk_1", Title: "How rivers freeze"}); err != nil {
			b.Fatal(err)
		}
	}
}
