package ach

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"tuppence/server/ledger"

	nacha "github.com/moov-io/ach"
	"pgregory.net/rapid"
)

var (
	origin = Origin{
		Destination: "231380104", DestinationName: "Federal Reserve Bank", Origin: "121042882", OriginName: "Tuppence",
		ODFI: "12104288", Company: "TUPPENCE", CompanyID: "1234567890",
	}
	created = time.Date(2026, 11, 27, 9, 0, 0, 0, time.UTC)
	monday  = time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
)

func dollars(cents int64) ledger.Amount {
	return ledger.Amount{Micros: cents * 10_000, Currency: "USD"}
}

// debit returns a debit of 25.00 that nothing is wrong with.
func debit(n uint64) Entry {
	return Entry{
		Class: WEB, Description: "TOKENS", Effective: monday, Amount: dollars(2500), Recurring: true,
		Routing: "231380104", Account: "744-5678-99", Name: "Jane Doe", ID: fmt.Sprintf("D%09d", n), Trace: origin.Trace(n),
	}
}

func ExampleWrite() {
	retry := debit(8)
	retry.Description = "RETRY PYMT"
	payout := debit(9)
	payout.Class, payout.Credit, payout.Recurring, payout.Description = CCD, true, false, "SETTLEMENT"
	file, err := Write(origin, 'A', created, []Entry{retry, payout, debit(7)})
	records, _, _ := strings.Cut(strings.ReplaceAll(string(file), " ", "."), "\n99999")
	fmt.Println(records, err)
	// Output:
	// 101.231380104.1210428822611270900A094101Federal.Reserve.Bank...Tuppence.......................
	// 5220TUPPENCE............................1234567890CCDSETTLEMENT......261130...1121042880000001
	// 622231380104744-5678-99......0000002500D000000009.....Jane.Doe................0121042880000009
	// 822000000100231380100000000000000000000025001234567890.........................121042880000001
	// 5225TUPPENCE............................1234567890WEBRETRY.PYMT......261130...1121042880000002
	// 627231380104744-5678-99......0000002500D000000008.....Jane.Doe..............R.0121042880000008
	// 822500000100231380100000000025000000000000001234567890.........................121042880000002
	// 5225TUPPENCE............................1234567890WEBTOKENS..........261130...1121042880000003
	// 627231380104744-5678-99......0000002500D000000007.....Jane.Doe..............R.0121042880000007
	// 822500000100231380100000000025000000000000001234567890.........................121042880000003
	// 9000003000002000000030069414030000000005000000000002500....................................... <nil>
}

// Whatever is written is read by the library, valid by its rules, and has every entry as it was given; in any order of
// the entries the bytes are the same.
func TestWrittenIsValid(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var entries []Entry
		for i := range rapid.IntRange(1, 30).Draw(t, "n") {
			e := debit(uint64(i*7 + 1))
			e.Class = rapid.SampledFrom([]Class{WEB, PPD, CCD}).Draw(t, "class")
			e.Credit = e.Class != WEB && rapid.Bool().Draw(t, "credit")
			e.Savings = rapid.Bool().Draw(t, "savings")
			e.Amount = dollars(rapid.Int64Range(1, maxCents/100).Draw(t, "cents"))
			if e.Prenote = rapid.Bool().Draw(t, "prenote"); e.Prenote {
				e.Amount = ledger.Amount{}
			}
			e.Account = rapid.StringMatching(`[0-9A-Z]{1}[0-9A-Z -]{0,15}[0-9]`).Draw(t, "account")
			entries = append(entries, e)
		}
		file, err := Write(origin, 'Z', created, entries)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := Write(origin, 'Z', created, rapid.Permutation(entries).Draw(t, "order")); !bytes.Equal(file, again) {
			t.Fatal("another order of the entries gives another file")
		}
		compareEntries(t, file, entries)
	})
}

// compareEntries reads a file by the library alone.
func compareEntries(t *rapid.T, file []byte, entries []Entry) {
	f, err := nacha.NewReader(bytes.NewReader(file)).Read()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Validate(); err != nil {
		t.Fatal(err)
	}
	got := map[string]*nacha.EntryDetail{}
	for _, b := range f.Batches {
		for _, e := range b.GetEntries() {
			got[e.TraceNumber] = e
		}
	}
	for _, e := range entries {
		r := got[e.Trace]
		if r == nil || int64(r.Amount) != e.Amount.Micros/10_000 || strings.TrimSpace(r.DFIAccountNumber) != e.Account ||
			strings.TrimSpace(r.IdentificationNumber) != e.ID || strings.TrimSpace(r.IndividualName) != e.Name {
			t.Fatalf("%s is not in the file as it was given", e.Trace)
		}
	}
	if len(got) != len(entries) {
		t.Fatalf("%d entries, want %d", len(got), len(entries))
	}
}

// Each fault is refused, with its field and without its value.
func TestWriteRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Entry){
		"class":       func(e *Entry) { e.Class = "TEL" },
		"amount":      func(e *Entry) { e.Amount = ledger.Amount{Micros: 1, Currency: "USD"} },
		"routing":     func(e *Entry) { e.Routing = "231380105" },
		"account":     func(e *Entry) { e.Account = "SECRET789012345678" },
		"name":        func(e *Entry) { e.Name = "SECRET Wolfeschlegelstein" },
		"description": func(e *Entry) { e.Description = "" },
		"id":          func(e *Entry) { e.ID = "SECRET\n" },
		"trace":       func(e *Entry) { e.Trace = "123456780000001" },
		"effective":   func(e *Entry) { e.Effective = monday.AddDate(0, 0, -1) },
	} {
		e := debit(1)
		spoil(&e)
		refusedWith(t, name, name, e)
	}
	credit, prenote, yen := debit(1), debit(1), debit(1)
	credit.Credit, prenote.Prenote = true, true
	yen.Amount.Currency = "JPY"
	accent, large := debit(1), debit(1)
	accent.Name = "Zoé SECRET"
	large.Amount = dollars(maxCents + 1)
	refusedWith(t, "a WEB credit", "class", credit)
	refusedWith(t, "a prenote with an amount", "amount", prenote)
	refusedWith(t, "yen", "amount", yen)
	refusedWith(t, "an accent", "name", accent)
	refusedWith(t, "eleven digits", "amount", large)
	refusedWith(t, "the same entry twice", "trace", debit(1), debit(1))
	refusedWith(t, "no entry", "entries")
	if _, err := Write(origin, 'a', created, []Entry{debit(1)}); param(err) != "modifier" {
		t.Errorf("a small modifier: %v", err)
	}
}

func TestWriteRefusesOrigins(t *testing.T) {
	for name, spoil := range map[string]func(*Origin){
		"routing":    func(o *Origin) { o.Destination = "1" },
		"origin":     func(o *Origin) { o.Origin = "12345678" },
		"odfi":       func(o *Origin) { o.ODFI = "121042882" },
		"company":    func(o *Origin) { o.Company = strings.Repeat("X", 17) },
		"company_id": func(o *Origin) { o.CompanyID = "" },
	} {
		o := origin
		spoil(&o)
		if _, err := Write(o, 'A', created, []Entry{debit(1)}); param(err) != name {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func refusedWith(t *testing.T, what, want string, entries ...Entry) {
	t.Helper()
	file, err := Write(origin, 'A', created, entries)
	if file != nil || param(err) != want {
		t.Errorf("%s: %q, %v, want a refusal of %s", what, file, err, want)
	}
	if err != nil && strings.Contains(err.Error(), "SECRET") {
		t.Errorf("%s: the value is in %q", what, err)
	}
}

// No way of printing an entry shows account or name.
func TestEntryStaysOut(t *testing.T) {
	said := fmt.Sprintf("%v %+v %#v %s", debit(7), debit(7), debit(7), []Entry{debit(7)})
	if strings.Contains(said, "5678") || strings.Contains(said, "Jane") {
		t.Error(said)
	}
}

func ExampleAddBankingDays() {
	for _, from := range []string{"2026-11-25", "2026-12-24", "2026-07-02", "2027-06-18", "2027-12-30"} {
		day, _ := time.Parse(time.DateOnly, from)
		fmt.Println(from, AddBankingDays(day, 1).Format(time.DateOnly), AddBankingDays(day, 5).Format(time.DateOnly))
	}
	// Output:
	// 2026-11-25 2026-11-27 2026-12-03
	// 2026-12-24 2026-12-28 2027-01-04
	// 2026-07-02 2026-07-03 2026-07-09
	// 2027-06-18 2027-06-21 2027-06-25
	// 2027-12-30 2027-12-31 2028-01-06
}
