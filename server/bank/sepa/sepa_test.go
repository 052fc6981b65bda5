package sepa

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"tuppence/server/bank/banktest"
	"tuppence/server/ledger"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

var (
	created = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	monday  = time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	signed  = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	sender  = Sender{
		Name: "Tuppence Ltd", IBAN: "DE89370400440532013000", Town: "Berlin", Country: "DE", CreditorID: "DE98ZZZ09999999999",
	}
	erika  = Party{Name: "Erika Mustermann", IBAN: "FR1420041010050500013M02606"}
	muster = Party{Name: "Muster GmbH", IBAN: "AT611904300234573201", BIC: "BKAUATWW"}
)

func euro(cents int64) ledger.Amount { return ledger.Amount{Micros: cents * 10_000, Currency: "EUR"} }

func debit(n int) Debit {
	return Debit{
		EndToEndID: fmt.Sprintf("DEP%026d", n), Amount: euro(2500), Due: monday, Sequence: Recurring, Mandate: "TUP-M-000123",
		Signed: signed, Party: erika, Remittance: Remittance{Text: "Tuppence tokens"},
	}
}

func transfer(n int) Transfer {
	return Transfer{
		EndToEndID: fmt.Sprintf("PO%06d", n), Amount: euro(1050), On: monday, Party: muster,
		Remittance: Remittance{Reference: "RF18 5390 0754 7034"},
	}
}

func ExampleWriteDebits() {
	file, err := WriteDebits(Debits08, "tup-20261127-1", created, sender, []Debit{debit(1)})
	_, order, _ := strings.Cut(string(file), "<DrctDbtTxInf>")
	fmt.Println(strings.Join(strings.Fields(order)[:8], "\n"), err)
	// Output:
	// <PmtId>
	// <EndToEndId>DEP00000000000000000000000001</EndToEndId>
	// </PmtId>
	// <InstdAmt
	// Ccy="EUR">25.00</InstdAmt>
	// <DrctDbtTx>
	// <MndtRltdInf>
	// <MndtId>TUP-M-000123</MndtId> <nil>
}

// everyDebit has each thing that a debit can have.
func everyDebit() []Debit {
	amended, once, last, plain := debit(2), debit(3), debit(4), debit(5)
	amended.Amended, once.Sequence, last.Sequence = true, OneOff, Final
	once.Due, last.BIC, plain.Remittance = monday.AddDate(0, 0, 1), "BNPAFRPP", Remittance{}
	once.Reference, once.Text = "RF18539007547034", ""
	return []Debit{debit(1), amended, once, last, plain}
}

func everyTransfer() []Transfer {
	text, address, later := transfer(2), transfer(3), transfer(4)
	text.Remittance = Remittance{Text: "statement 2026-11 (second part) 5+7/8?"}
	address.Town, address.Country, address.BIC = "Wien", "AT", ""
	later.On, later.Remittance = monday.AddDate(0, 0, 2), Remittance{}
	return []Transfer{transfer(1), text, address, later}
}

// Each message is valid by its schema. One version of each is published where a program can fetch it; TEST_XSD names a
// folder with the other ones.
func TestWrittenIsValid(t *testing.T) {
	versions := []Version{Debits09, Transfers10}
	if os.Getenv("TEST_XSD") != "" {
		versions = append(versions, Debits08, Transfers09)
	}
	for _, v := range versions {
		t.Run(string(v), func(t *testing.T) {
			banktest.Validate(t, string(v), written(t, v))
		})
	}
}

func written(t *testing.T, v Version) []byte {
	t.Helper()
	var file []byte
	var err error
	if strings.HasPrefix(string(v), "pain.008") {
		file, err = WriteDebits(v, "tup-20261127-1", created, sender, everyDebit())
	} else {
		file, err = WriteTransfers(v, "tup-20261127-2", created, sender, everyTransfer())
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

var update = flag.Bool("update", false, "write the golden files anew")

// The bytes that banks get.
func TestGolden(t *testing.T) {
	for _, v := range []Version{Debits08, Transfers09} {
		got, path := written(t, v), "testdata/"+string(v)+".golden"
		if *update {
			if err := os.WriteFile(path, got, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(path)
		if diff := cmp.Diff(string(want), string(got)); diff != "" || err != nil {
			t.Error(err, diff)
		}
	}
}

// Two versions of a message differ in their names only. So what one schema says is said of both.
func TestVersionsAreAlike(t *testing.T) {
	for _, pair := range [][2]Version{{Debits08, Debits09}, {Transfers09, Transfers10}} {
		a := bytes.Replace(written(t, pair[0]), []byte(pair[0]), []byte(pair[1]), 1)
		if !bytes.Equal(a, written(t, pair[1])) {
			t.Errorf("%s and %s have other elements", pair[0], pair[1])
		}
	}
}

// The counts and sums of blocks and of the file are those of their orders, and the order of the orders changes nothing.
func TestTotalsHold(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var debits []Debit
		for i := range rapid.IntRange(1, 40).Draw(t, "n") {
			d := debit(i)
			d.Amount = euro(rapid.Int64Range(1, 99_999_999_999).Draw(t, "cents"))
			d.Sequence = rapid.SampledFrom([]Sequence{Recurring, OneOff, Final}).Draw(t, "sequence")
			d.Due = AddBankingDays(monday, rapid.IntRange(0, 3).Draw(t, "days"))
			debits = append(debits, d)
		}
		file, err := WriteDebits(Debits08, "x", created, sender, debits)
		if err != nil {
			t.Fatal(err)
		}
		again, err := WriteDebits(Debits08, "x", created, sender, rapid.Permutation(debits).Draw(t, "order"))
		if err != nil || !bytes.Equal(file, again) {
			t.Fatal("another order of the debits gives another file", err)
		}
		checkTotals(t, file, len(debits))
	})
}

func checkTotals(t *rapid.T, file []byte, n int) {
	var d document
	if err := xml.Unmarshal(file, &d); err != nil {
		t.Fatal(err)
	}
	all, count := new(big.Rat), 0
	for _, b := range d.Debits.Payments {
		sum := new(big.Rat)
		for _, o := range b.Orders {
			amount, ok := new(big.Rat).SetString(o.Amount.Value)
			if !ok || o.Amount.Currency != "EUR" {
				t.Fatalf("amount %+v", o.Amount)
			}
			sum.Add(sum, amount)
		}
		if b.Count != len(b.Orders) || b.Sum != sum.FloatString(2) {
			t.Fatalf("block %s: %d, %s, want %d, %s", b.ID, b.Count, b.Sum, len(b.Orders), sum.FloatString(2))
		}
		all, count = all.Add(all, sum), count+b.Count
	}
	if h := d.Debits.Header; h.Count != n || count != n || h.Sum != all.FloatString(2) {
		t.Fatalf("file: %d, %s, want %d, %s", h.Count, h.Sum, n, all.FloatString(2))
	}
}

func param(err error) string {
	var r *ledger.Refusal
	if !errors.As(err, &r) {
		return ""
	}
	return r.Param
}

// refused compares the field at fault, and that its value is in no error.
func refused(t *testing.T, name, want string, file []byte, err error) {
	t.Helper()
	if file != nil || param(err) != want {
		t.Errorf("%s: %v, want a refusal of %s", name, err, want)
	}
	if err != nil && strings.Contains(err.Error(), "SECRET") {
		t.Errorf("%s: the value is in %q", name, err)
	}
}

func TestDebitsRefused(t *testing.T) {
	for name, tt := range map[string]struct {
		field string
		spoil func(*Debit)
	}{
		"no id":             {"end_to_end_id", func(d *Debit) { d.EndToEndID = "" }},
		"underscore":        {"end_to_end_id", func(d *Debit) { d.EndToEndID = "dep_01jb" }},
		"36 characters":     {"end_to_end_id", func(d *Debit) { d.EndToEndID = strings.Repeat("X", 36) }},
		"slash first":       {"end_to_end_id", func(d *Debit) { d.EndToEndID = "/X" }},
		"two slashes":       {"end_to_end_id", func(d *Debit) { d.EndToEndID = "X//X" }},
		"half a cent":       {"amount", func(d *Debit) { d.Amount.Micros = 5_000 }},
		"nothing":           {"amount", func(d *Debit) { d.Amount.Micros = 0 }},
		"a billion":         {"amount", func(d *Debit) { d.Amount = euro(100_000_000_000) }},
		"francs":            {"amount", func(d *Debit) { d.Amount.Currency = "CHF" }},
		"Sunday":            {"due", func(d *Debit) { d.Due = monday.AddDate(0, 0, -1) }},
		"Easter Monday":     {"due", func(d *Debit) { d.Due = time.Date(2027, 3, 29, 0, 0, 0, 0, time.UTC) }},
		"sequence":          {"sequence", func(d *Debit) { d.Sequence = "FRST" }},
		"no mandate":        {"mandate", func(d *Debit) { d.Mandate = "" }},
		"signed later":      {"signed", func(d *Debit) { d.Signed = monday.AddDate(0, 0, 1) }},
		"never signed":      {"signed", func(d *Debit) { d.Signed = time.Time{} }},
		"no name":           {"name", func(d *Debit) { d.Name = "" }},
		"umlaut":            {"name", func(d *Debit) { d.Name = "Jürgen SECRET" }},
		"71 characters":     {"name", func(d *Debit) { d.Name = "SECRET" + strings.Repeat("x", 65) }},
		"only points":       {"name", func(d *Debit) { d.Name = "..." }},
		"IBAN digit":        {"iban", func(d *Debit) { d.IBAN = "FR1420041010050500013M02607" }},
		"IBAN with spaces":  {"iban", func(d *Debit) { d.IBAN = "FR14 2004 1010 0505 0001 3M02 606" }},
		"IBAN outside SEPA": {"iban", func(d *Debit) { d.IBAN = "TR330006100519786457841326" }},
		"BIC":               {"bic", func(d *Debit) { d.BIC = "BNPAFRP" }},
		"text of 141":       {"text", func(d *Debit) { d.Text = strings.Repeat("x", 141) }},
		"text with €":       {"text", func(d *Debit) { d.Text = "SECRET €" }},
		"text with a tag":   {"text", func(d *Debit) { d.Text = "<SECRET>" }},
		"reference":         {"reference", func(d *Debit) { d.Text, d.Reference = "", "RF18539007547043" }},
		"both":              {"remittance", func(d *Debit) { d.Reference = "RF18539007547034" }},
	} {
		d := debit(1)
		tt.spoil(&d)
		file, err := WriteDebits(Debits08, "x", created, sender, []Debit{debit(2), d})
		refused(t, name, tt.field, file, err)
	}
}

func TestFilesRefused(t *testing.T) {
	twice := debit(1)
	twice.EndToEndID = strings.ToLower(twice.EndToEndID)
	write := func(v Version, id string, s Sender, d ...Debit) func() ([]byte, error) {
		return func() ([]byte, error) { return WriteDebits(v, id, created, s, d) }
	}
	with := func(spoil func(*Sender)) func() ([]byte, error) {
		s := sender
		spoil(&s)
		return write(Debits08, "x", s, debit(1))
	}
	for name, tt := range map[string]struct {
		field string
		write func() ([]byte, error)
	}{
		"version of transfers": {"version", write(Transfers09, "x", sender, debit(1))},
		"no debits":            {"orders", write(Debits08, "x", sender)},
		"too many":             {"orders", write(Debits08, "x", sender, make([]Debit, maxOrders+1)...)},
		"no id":                {"id", write(Debits08, "", sender, debit(1))},
		"id of 31":             {"id", write(Debits08, strings.Repeat("x", 31), sender, debit(1))},
		"the same id":          {"end_to_end_id", write(Debits08, "x", sender, debit(1), twice)},
		"creditor id":          {"creditor_id", with(func(s *Sender) { s.CreditorID = "DE99ZZZ09999999999" })},
		"own IBAN":             {"iban", with(func(s *Sender) { s.IBAN = "DE89370400440532013001" })},
		"own name":             {"sender", with(func(s *Sender) { s.Name = "" })},
		"town alone":           {"country", with(func(s *Sender) { s.Country = "" })},
		"country alone":        {"town", with(func(s *Sender) { s.Town = "" })},
	} {
		file, err := tt.write()
		refused(t, name, tt.field, file, err)
	}
}

func TestTransfersRefused(t *testing.T) {
	for field, spoil := range map[string]func(*Transfer){
		"end_to_end_id": func(d *Transfer) { d.EndToEndID = "po_1" },
		"amount":        func(d *Transfer) { d.Amount.Micros++ },
		"on":            func(d *Transfer) { d.On = time.Date(2026, 12, 25, 0, 0, 0, 0, time.UTC) },
		"iban":          func(d *Transfer) { d.IBAN = "AT611904300234573202" },
		"country":       func(d *Transfer) { d.Town = "SECRET" },
	} {
		d := transfer(1)
		spoil(&d)
		file, err := WriteTransfers(Transfers09, "x", created, sender, []Transfer{d})
		refused(t, field, field, file, err)
	}
	file, err := WriteTransfers(Debits08, "x", created, sender, []Transfer{transfer(1)})
	refused(t, "version of debits", "version", file, err)
	file, err = WriteTransfers(Transfers09, "x", created, sender, []Transfer{transfer(1), transfer(1)})
	refused(t, "the same id", "end_to_end_id", file, err)
}

// No way of printing an order shows the other side.
func TestOrdersStayOut(t *testing.T) {
	said := fmt.Sprintf("%v %+v %#v %v %+v %#v", debit(1), debit(1), debit(1), transfer(1), transfer(1), transfer(1))
	for _, secret := range []string{"Erika", "Muster GmbH", "20041010", "190430"} {
		if strings.Contains(said, secret) {
			t.Errorf("%s is in %s", secret, said)
		}
	}
}

func ExampleEndToEndID() {
	fmt.Println(EndToEndID("dep_01jbz3"))
	// Output: DEP01JBZ3
}

func ExampleIsBankingDay() {
	for day := time.Date(2027, 3, 25, 0, 0, 0, 0, time.UTC); day.Day() != 31; day = day.AddDate(0, 0, 1) {
		fmt.Println(day.Format("Mon 2006-01-02"), IsBankingDay(day))
	}
	// Output:
	// Thu 2027-03-25 true
	// Fri 2027-03-26 false
	// Sat 2027-03-27 false
	// Sun 2027-03-28 false
	// Mon 2027-03-29 false
	// Tue 2027-03-30 true
}

// Dates of Easter as they are published.
func TestEaster(t *testing.T) {
	for _, want := range []string{
		"1961-04-02", "2000-04-23", "2008-03-23", "2024-03-31", "2025-04-20", "2026-04-05", "2027-03-28", "2030-04-21",
		"2038-04-25", "2049-04-18", "2076-04-19", "2285-03-22",
	} {
		day, err := time.Parse(time.DateOnly, want)
		if got := Easter(day.Year()); err != nil || !got.Equal(day) {
			t.Errorf("%s, want %s, %v", got.Format(time.DateOnly), want, err)
		}
	}
}

func TestAddBankingDays(t *testing.T) {
	for _, tt := range []struct {
		from string
		n    int
		want string
	}{
		{"2026-12-24", 1, "2026-12-28"},
		{"2026-12-31", 1, "2027-01-04"},
		{"2026-12-28", -1, "2026-12-24"},
		{"2027-03-25", 1, "2027-03-30"},
		{"2026-04-30", 1, "2026-05-04"},
		{"2026-11-28", 0, "2026-11-28"},
		{"2026-11-28", 5, "2026-12-04"},
	} {
		from, err := time.Parse(time.DateOnly, tt.from)
		if got := AddBankingDays(from, tt.n).Format(time.DateOnly); err != nil || got != tt.want {
			t.Errorf("%s and %d: %s, want %s", tt.from, tt.n, got, tt.want)
		}
	}
	// 16:00 in New York on a Sunday is Sunday, whatever day it is in UTC.
	zone := time.FixedZone("", -5*3600)
	if IsBankingDay(time.Date(2026, 11, 29, 23, 0, 0, 0, zone)) {
		t.Error("the date of another zone was moved")
	}
}
