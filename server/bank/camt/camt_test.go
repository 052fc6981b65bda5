package camt

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"
	"time"

	"tuppence/server/bank"
	"tuppence/server/bank/banktest"
	"tuppence/server/ledger"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"pgregory.net/rapid"
)

var (
	ours   = Options{Own: []bank.IBAN{"DE89370400440532013000"}}
	friday = time.Date(2026, 11, 27, 0, 0, 0, 0, time.UTC)
)

func euro(cents int64) ledger.Amount { return ledger.Amount{Micros: cents * 10_000, Currency: "EUR"} }

func fixture(t testing.TB, name string) string {
	t.Helper()
	file, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(file)
}

// read reads a file about one account.
func read(t *testing.T, file string, o Options) Statement {
	t.Helper()
	all, err := Read([]byte(file), o)
	if err != nil || len(all) != 1 {
		t.Fatalf("%d statements, %v", len(all), err)
	}
	return all[0]
}

func param(err error) string {
	var r *ledger.Refusal
	if !errors.As(err, &r) {
		return ""
	}
	return r.Param
}

// head and tail are around the bookings of a notification about our account.
const (
	head = `<Document><BkToCstmrDbtCdtNtfctn><Ntfctn><Id>N</Id><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>`
	tail = `</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>`
)

// statement is what camt053.xml says.
func statement() Statement {
	return Statement{
		Kind: Final, ID: "S1-1", Account: "DE89370400440532013000",
		Lines: []Line{
			{
				Key: "0532013000:A-1#0", Date: friday, Amount: euro(2000), Credit: true, BankRef: "A-1",
				Texts: []string{"Rechnung rf18 5390 0754 7034 2026-11-27 danke"},
			},
			{
				Key: "0532013000:A-2#0", Date: friday, Amount: euro(2500), Reversal: true, Reason: "AM04", EndToEndID: "DEP01JB",
				Mandate: "TUP-M-000123", BankRef: "A-2",
			},
			{
				Key: "0532013000:A-3#0", Date: friday, Amount: euro(500), Credit: true, EndToEndID: "DEP01JC",
				Batch: "tup-20261127-1-1", BankRef: "A-3", Texts: []string{"RF18539007547034"},
			},
			{
				Key: "0532013000:A-3#1", Date: friday, Amount: euro(250), Credit: true, EndToEndID: "DEP01JD",
				Batch: "tup-20261127-1-1", BankRef: "A-3",
			},
			{Key: "0532013000:A-4#0", Date: friday, Amount: euro(3000), Batch: "tup-20261127-2-1", Count: 3, BankRef: "A-4"},
		},
		Pending: []Line{{Key: "0532013000:A-5#0", Date: friday, Amount: euro(700), Credit: true, BankRef: "A-5"}},
	}
}

// plain shows all of a line in differences.
type plain Line

func compare(t *testing.T, want, got Statement) {
	t.Helper()
	show := cmp.Transformer("plain", func(l Line) plain { return plain(l) })
	if diff := cmp.Diff(want, got, show); diff != "" {
		t.Error(diff)
	}
}

func TestRead(t *testing.T) {
	got := read(t, fixture(t, "camt053.xml"), ours)
	compare(t, statement(), got)
	if n := bank.References(got.Lines[0].Texts...); len(n) != 1 || n[0] != 539007547034 {
		t.Errorf("references: %v", n)
	}
	named := read(t, fixture(t, "camt053.xml"), Options{ours.Own, true})
	l := named.Lines[0]
	if l.Name != "Erika Mustermann" || l.Account != "FR1420041010050500013M02606" || l.Key != "0532013000:A-1#0" {
		t.Errorf("with names: %#v", plain(l))
	}
}

// The fixture is what a bank may send.
func TestFixtureIsValid(t *testing.T) {
	banktest.Validate(t, "camt.053.001.08", []byte(fixture(t, "camt053.xml")))
}

// The same in older versions, as report and notification, and in another character set, is read the same.
func TestReadEveryVersion(t *testing.T) {
	now := fixture(t, "camt053.xml")
	old := strings.NewReplacer(
		"<Sts><Cd>", "<Sts>", "</Cd></Sts>", "</Sts>", "<Pty><Nm>", "<Nm>", "</Nm></Pty>", "</Nm>",
		`<Amt Ccy="EUR">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>`, `<AmtDtls><TxAmt><Amt Ccy="EUR">5.00</Amt></TxAmt></AmtDtls>`,
		`<Amt Ccy="EUR">2.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>`, `<AmtDtls><TxAmt><Amt Ccy="EUR">2.50</Amt></TxAmt></AmtDtls>`,
		".001.08", ".001.02",
	).Replace(now)
	want := statement()
	compare(t, want, read(t, old, ours))
	compare(t, want, read(t, strings.Replace(now, `"UTF-8"`, `"ISO-8859-15"`, 1), ours))
	compare(t, want, read(t, strings.Replace(now, `<Amt Ccy="EUR">25.00</Amt><CdtDbtInd>DBIT</CdtDbtInd>
      <RtrInf>`, `<Amt Ccy="EUR">0</Amt><CdtDbtInd>DBIT</CdtDbtInd><RtrInf>`, 1), ours))
	want.Kind = Interim
	compare(t, want, read(t, strings.NewReplacer("BkToCstmrStmt", "BkToCstmrAcctRpt", "Stmt>", "Rpt>").Replace(now), ours))
	want.Kind = Notification
	news := strings.NewReplacer("BkToCstmrStmt", "BkToCstmrDbtCdtNtfctn", "Stmt>", "Ntfctn>").Replace(now)
	compare(t, want, read(t, news, ours))
}

// What is wrong with the whole is refused as a whole, and nothing of it is in the error.
func TestReadRefuses(t *testing.T) {
	good := fixture(t, "camt053.xml")
	for name, file := range map[string]string{
		"empty":              "",
		"no XML":             "SECRET",
		"cut":                good[:len(good)/2],
		"version 01":         strings.ReplaceAll(good, "BkToCstmrStmt", "BkToCstmrStmtV01"),
		"another document":   strings.ReplaceAll(good, "Document", "SECRET"),
		"empty message":      `<Document><BkToCstmrStmt/></Document>`,
		"entity":             `<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>` + good,
		"entity used":        strings.Replace(good, "S1-1", "&SECRET;", 1),
		"another account":    strings.Replace(good, "DE89370400440532013000", "AT611904300234573201", 1),
		"no account":         strings.Replace(good, "DE89370400440532013000", "", 1),
		"closing balance":    strings.Replace(good, "72.50", "72.51", 1),
		"opening balance":    strings.Replace(good, "OPBD", "XXXX", 1),
		"balance overdrawn":  strings.Replace(good, "72.50</Amt><CdtDbtInd>CRDT", "72.50</Amt><CdtDbtInd>DBIT", 1),
		"one booking less":   strings.Replace(good, "<Cd>BOOK</Cd>", "<Cd>PDNG</Cd>", 1),
		"one booking more":   strings.Replace(good, "<Cd>PDNG</Cd>", "<Cd>BOOK</Cd>", 1),
		"another direction":  strings.Replace(good, "20.00</Amt><CdtDbtInd>CRDT", "20.00</Amt><CdtDbtInd>DBIT", 1),
		"no direction":       strings.Replace(good, "20.00</Amt><CdtDbtInd>CRDT", "20.00</Amt><CdtDbtInd>SECRET", 1),
		"a comma":            strings.Replace(good, "20.00", "20,00", 1),
		"an exponent":        strings.Replace(good, "20.00", "2e1", 1),
		"a sign":             strings.Replace(good, "20.00", "-20.00", 1),
		"too much":           strings.Replace(good, "20.00", "20000000000.00", 1),
		"no currency":        strings.Replace(good, `Ccy="EUR">20.00`, `>20.00`, 1),
		"two currencies":     strings.Replace(good, `Ccy="EUR">20.00`, `Ccy="CHF">20.00`, 1),
		"balance of another": strings.NewReplacer(`EUR">100.00`, `CHF">100.00`, `EUR">72.50`, `CHF">72.50`).Replace(good),
		"two documents":      good + good,
		"a million bookings": head + strings.Repeat("<Ntry/>", 1_000_000) + tail,
		"17 MiB":             good + strings.Repeat(" ", 17<<20),
	} {
		all, err := Read([]byte(file), ours)
		if all != nil || param(err) != "file" || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v, %v", name, all, err)
		}
	}
}

// A booking whose details are not clear goes to a person; the statement adds up all the same.
func TestReadLeavesToAPerson(t *testing.T) {
	good := fixture(t, "camt053.xml")
	for _, tt := range []struct{ old, new, why string }{
		{`<Amt Ccy="EUR">2.50`, `<Amt Ccy="EUR">2.51`, "the details do not add up to the booking"},
		{`<Amt Ccy="EUR">2.50</Amt><CdtDbtInd>CRDT</CdtDbtInd>`, ``, "the details lack an amount"},
		{`<Amt Ccy="EUR">2.50`, `<Amt Ccy="CHF">2.50`, "the details are in another currency"},
		{`<Amt Ccy="EUR">2.50`, `<Amt Ccy="EUR">x`, "an amount of the details cannot be read"},
		{`">2.50</Amt><CdtDbtInd>CRDT`, `">2.50</Amt><CdtDbtInd>DBIT`, "the details do not add up to the booking"},
		{"<BookgDt><Dt>2026-11-27</Dt></BookgDt><AcctSvcrRef>A-3", "<AcctSvcrRef>A-3", "the date cannot be read"},
		{"A-3", "A-1", "the bank's reference is there twice"},
	} {
		if !strings.Contains(good, tt.old) {
			t.Fatalf("the fixture lacks %s", tt.old)
		}
		got := read(t, strings.Replace(good, tt.old, tt.new, 1), ours)
		if len(got.Unread) != 1 || got.Unread[0].Why != tt.why || got.Unread[0].Amount != euro(750) || len(got.Lines) != 3 {
			t.Errorf("%s: %+v, %d lines", tt.why, got.Unread, len(got.Lines))
		}
	}
}

// A bank that gives no references: the same file gives the same keys, and alike movements have keys of their own.
func TestKeysWithoutReferences(t *testing.T) {
	entry := `<Ntry><Amt Ccy="EUR">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
		<BookgDt><Dt>2026-11-27</Dt></BookgDt><AcctSvcrRef>NONREF</AcctSvcrRef></Ntry>`
	file := head + entry + entry + strings.Replace(entry, "5.00", "6.00", 1) + tail
	a, b, seen := read(t, file, ours), read(t, file, ours), map[string]bool{}
	compare(t, a, b)
	for _, l := range a.Lines {
		seen[l.Key] = true
	}
	if len(seen) != 3 || len(a.Unread) != 0 {
		t.Errorf("%d keys of 3 movements, %v", len(seen), a.Unread)
	}
	own := strings.ReplaceAll(file, "<AcctSvcrRef>NONREF</AcctSvcrRef>",
		`<NtryDtls><TxDtls><Refs><AcctSvcrRef>T-1</AcctSvcrRef></Refs></TxDtls></NtryDtls>`)
	if got := read(t, own, ours); len(got.Lines) != 1 || len(got.Unread) != 2 || got.Lines[0].Key != "0532013000:T-1#0" {
		t.Errorf("the same reference of movements: %v, %+v", got.Lines, got.Unread)
	}
}

// The pages of a long statement have interim balances.
func TestReadPages(t *testing.T) {
	good := fixture(t, "camt053.xml")
	for _, page := range [][2]string{{"OPBD", "ITBD"}, {"CLBD", "ITBD"}, {"PRCD", "CLBD"}, {"ITBD", "ITBD"}} {
		file := strings.NewReplacer("OPBD", page[0], "CLBD", page[1]).Replace(good)
		if page == [2]string{"CLBD", "ITBD"} {
			file = strings.Replace(good, "CLBD", "ITBD", 1)
		}
		if got := read(t, file, ours); len(got.Lines) != 5 {
			t.Errorf("%v: %d lines", page, len(got.Lines))
		}
		wrong := strings.Replace(file, "72.50", "72.49", 1)
		if _, err := Read([]byte(wrong), ours); param(err) != "file" {
			t.Errorf("%v with another balance: %v", page, err)
		}
	}
}

// Whatever is booked, the lines and what is left to a person make up the difference of the balances.
func TestLinesAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var body strings.Builder
		sum := int64(0)
		for i := range rapid.IntRange(0, 20).Draw(t, "n") {
			cents := rapid.Int64Range(1, 1_000_000).Draw(t, "cents")
			way := rapid.SampledFrom([]string{"CRDT", "DBIT"}).Draw(t, "way")
			status := rapid.SampledFrom([]string{"BOOK", "PDNG", "INFO"}).Draw(t, "status")
			amount := euro(cents)
			if status == "BOOK" {
				sum += signed(amount, way == "CRDT")
			}
			odd := rapid.SampledFrom([]string{amount.Number(), "0", "3.33"}).Draw(t, "detail")
			fmt.Fprintf(&body, `<Ntry><Amt Ccy="EUR">%s</Amt><CdtDbtInd>%s</CdtDbtInd><Sts>%s</Sts>
				<BookgDt><Dt>2026-11-27</Dt></BookgDt><AcctSvcrRef>R%d</AcctSvcrRef><NtryDtls><TxDtls>
				<Amt Ccy="EUR">%s</Amt></TxDtls></NtryDtls></Ntry>`, amount.Number(), way, status, i, odd)
		}
		balance := func(code string, micros int64) string {
			way := "CRDT"
			if micros < 0 {
				way, micros = "DBIT", -micros
			}
			return fmt.Sprintf(`<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">%s</Amt>
				<CdtDbtInd>%s</CdtDbtInd></Bal>`, code, ledger.Amount{Micros: micros, Currency: "EUR"}.Number(), way)
		}
		file := `<Document><BkToCstmrStmt><Stmt><Acct><Id><IBAN>DE89370400440532013000</IBAN></Id></Acct>` +
			balance("OPBD", 5*ledger.Unit) + balance("CLBD", 5*ledger.Unit+sum) + body.String() +
			`</Stmt></BkToCstmrStmt></Document>`
		all, err := Read([]byte(file), ours)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range all[0].Lines {
			sum -= signed(l.Amount, l.Credit)
		}
		for _, u := range all[0].Unread {
			sum -= signed(u.Amount, u.Credit)
		}
		if sum != 0 {
			t.Fatalf("%d micros are missing", sum)
		}
	})
}

// No way of printing shows what a payer wrote, and the words of a payer are fit for a screen.
func TestLinesStayOut(t *testing.T) {
	file := strings.Replace(fixture(t, "camt053.xml"), "danke", "SECRET&#x202E; \n x", 1)
	s := read(t, file, Options{ours.Own, true})
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "line", s.Lines[0])
	said := fmt.Sprintf("%v %+v %#v %s", s, s, s, s.Lines) + log.String()
	for _, secret := range []string{"SECRET", "Erika", "20041010", "3704004405320130"} {
		if strings.Contains(said, secret) {
			t.Errorf("%s is in %s", secret, said)
		}
	}
	if text := s.Lines[0].Texts[0]; !strings.HasSuffix(text, "SECRET x") {
		t.Errorf("%q", text)
	}
}

func ExampleReadCSV() {
	file := "date,amount,currency,reference,name,account\n2026-11-27,20.00,EUR,RF18 5390 0754 7034,,\n"
	s, err := ReadCSV([]byte(file), Generic, Options{})
	fmt.Println(s.Lines[0], bank.References(s.Lines[0].Texts...), err)
	// Output: 2026-11-27 +20.00 EUR [539007547034] <nil>
}

func TestReadCSV(t *testing.T) {
	file := fixture(t, "csv-camt.csv")
	western, err := charmap.Windows1252.NewEncoder().String(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"UTF-8": file, "mark": "\ufeff" + file, "Windows-1252": western, "CRLF": strings.ReplaceAll(file, "\n", "\r\n"),
	} {
		s, err := ReadCSV([]byte(file), CSVCAMT, Options{ours.Own, true})
		if err != nil || len(s.Lines) != 2 || len(s.Pending) != 1 {
			t.Fatalf("%s: %v, %v", name, s, err)
		}
		first, back := s.Lines[0], s.Lines[1]
		if first.Amount != euro(102050) || !first.Credit || first.Reversal || first.EndToEndID != "" ||
			s.Account != ours.Own[0] {
			t.Errorf("%s: %#v", name, plain(first))
		}
		if back.Amount != euro(2500) || back.Credit || !back.Reversal || back.EndToEndID != "DEP01JB" ||
			back.Mandate != "TUP-M-000123" || back.Name != "Jürgen Muster" || !back.Date.Equal(friday) {
			t.Errorf("%s: %#v", name, plain(back))
		}
	}
	s, err := ReadCSV([]byte(fixture(t, "generic.csv")), Generic, ours)
	if err != nil || len(s.Lines) != 3 || s.Lines[0].Key == s.Lines[1].Key || s.Lines[2].Credit || s.Lines[0].Name != "" {
		t.Errorf("%v, %v", s, err)
	}
}

func TestReadCSVRefuses(t *testing.T) {
	good, german := fixture(t, "generic.csv"), fixture(t, "csv-camt.csv")
	for name, tt := range map[string]struct {
		profile Profile
		file    string
	}{
		"empty":             {Generic, ""},
		"another profile":   {CSVCAMT, good},
		"no column":         {Generic, strings.Replace(good, "currency,", "", 1)},
		"column twice":      {Generic, strings.Replace(good, "name", "date", 1)},
		"a cell less":       {Generic, strings.Replace(good, ",Muster GmbH", "", 1)},
		"open quote":        {Generic, strings.Replace(good, "Muster GmbH", `"SECRET`, 1)},
		"German date":       {Generic, strings.Replace(good, "2026-11-28", "28.11.2026", 1)},
		"no such day":       {Generic, strings.Replace(good, "2026-11-28", "2026-11-31", 1)},
		"exponent":          {Generic, strings.Replace(good, "-30", "3e1", 1)},
		"comma":             {Generic, strings.Replace(good, "-30", `"-3,0"`, 1)},
		"two signs":         {Generic, strings.Replace(good, "-30", "--30", 1)},
		"zero":              {Generic, strings.Replace(good, "-30", "0.00", 1)},
		"no amount":         {Generic, strings.Replace(good, "-30", "", 1)},
		"currency":          {Generic, strings.Replace(good, "EUR", "SECRET", 1)},
		"another account":   {CSVCAMT, strings.Replace(german, "DE89370400440532013000", "AT611904300234573201", 1)},
		"point as decimal":  {CSVCAMT, strings.Replace(german, "1.020,50", "1020.50", 1)},
		"thousands of four": {CSVCAMT, strings.Replace(german, "1.020,50", "1.0200,50", 1)},
		"17 MiB":            {Generic, good + strings.Repeat("\n", 17<<20)},
	} {
		s, err := ReadCSV([]byte(tt.file), tt.profile, ours)
		if len(s.Lines) > 0 || param(err) != "file" || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("%s: %v, %v", name, s, err)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(fixture(f, "camt053.xml")))
	f.Add([]byte(`<?xml version="1.0" encoding="iso-8859-15"?>
		<Document><BkToCstmrAcctRpt><Rpt/></BkToCstmrAcctRpt></Document>`))
	f.Fuzz(func(t *testing.T, file []byte) {
		all, err := Read(file, ours)
		if err != nil && param(err) != "file" {
			t.Error(err)
		}
		for _, s := range all {
			for _, l := range s.Lines {
				if l.Amount.Micros <= 0 || l.Key == "" || s.Account != ours.Own[0] {
					t.Errorf("%#v", plain(l))
				}
			}
		}
	})
}

func FuzzReadCSV(f *testing.F) {
	f.Add([]byte(fixture(f, "generic.csv")))
	f.Add([]byte(fixture(f, "csv-camt.csv")))
	f.Fuzz(func(t *testing.T, file []byte) {
		for _, p := range []Profile{Generic, CSVCAMT} {
			s, err := ReadCSV(file, p, ours)
			if err != nil && param(err) != "file" {
				t.Error(err)
			}
			for _, l := range s.Lines {
				if l.Amount.Micros <= 0 || l.Key == "" {
					t.Errorf("%#v", plain(l))
				}
			}
		}
	})
}

func BenchmarkRead(b *testing.B) {
	const entry = `<Ntry><Amt Ccy="EUR">5.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>
		<BookgDt><Dt>2026-11-27</Dt></BookgDt><AcctSvcrRef>R%d</AcctSvcrRef>
		<NtryDtls><TxDtls><Refs><EndToEndId>DEP%d</EndToEndId></Refs><RmtInf>
		<Ustrd>Rechnung RF18 5390 0754 7034 danke</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>`
	var file strings.Builder
	file.WriteString(head)
	for i := range 1000 {
		fmt.Fprintf(&file, entry, i, i)
	}
	file.WriteString(tail)
	data := []byte(file.String())
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := Read(data, ours); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}

func BenchmarkReadCSV(b *testing.B) {
	data := []byte("date,amount,currency,reference,name,account\n" +
		strings.Repeat("2026-11-27,20.00,EUR,RF18 5390 0754 7034,Erika Mustermann,FR14\n", 1000))
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := ReadCSV(data, Generic, ours); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(1000*float64(b.N)/b.Elapsed().Seconds(), "lines/s")
}
