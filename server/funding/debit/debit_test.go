package debit

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	nacha "github.com/moov-io/ach"

	"tuppence/server/bank/banktest"
	"tuppence/server/funding"
	"tuppence/server/funding/debit/simbank"
	"tuppence/server/ledger"
)

// start is a Friday before a weekend with a holiday behind it: 25 and 26 December 2026 are no days of TARGET.
var start = time.Date(2026, 12, 24, 10, 0, 0, 0, time.UTC)

// testBank has the agreements of the demo.
func testBank(t *testing.T) Bank {
	t.Helper()
	a, err := ParseACH([]byte(simbank.Agreements["bank_ach.json"]))
	if err != nil {
		t.Fatal(err)
	}
	s, err := ParseSEPA([]byte(simbank.Agreements["bank_sepa.json"]))
	if err != nil {
		t.Fatal(err)
	}
	return Bank{House: "Tuppence Ltd", ACH: a, SEPA: s}
}

// order is a file with two debits, the second one again, and in the ACH network a question.
func order(t *testing.T, b Bank, network string) funding.FileOrder {
	t.Helper()
	o := funding.FileOrder{Network: network, ID: "TPC000000000007", Created: start}
	c, typed := ledger.Currency("USD"), "021000021 123456789 savings"
	if network == ledger.NetworkSEPA {
		c, typed = "EUR", "de89 3704 0044 0532 0130 00"
	}
	a, err := b.Account(network, typed, "Jürgen Çelik-Østergård")
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(3) {
		due, _ := b.When(network, start, n == 2)
		d := funding.Debit{
			Name: fmt.Sprintf("dep_01abc%020d", n), Amount: ledger.Amount{Micros: 25_170_000, Currency: c}, Due: due,
			Again: n == 1, Asks: n == 2, MandateID: "mnd_01abc0000000000000000000",
			Mandate: ledger.Mandate{Agreed: start}, Account: a,
		}
		d.ID = b.ID(network, n+1, d.Name)
		if network == ledger.NetworkSEPA && d.Asks {
			continue
		}
		o.Debits = append(o.Debits, d)
	}
	return o
}

// A SEPA file is valid by the schema of ISO 20022, and the same order gives the same bytes.
func TestSEPAFile(t *testing.T) {
	b := testBank(t)
	o := order(t, b, ledger.NetworkSEPA)
	file, err := AutoDebit{b}.Write(o)
	if err != nil {
		t.Fatal(err)
	}
	again, _ := AutoDebit{b}.Write(o)
	if !bytes.Equal(file, again) {
		t.Error("other bytes for the same order")
	}
	for _, want := range []string{
		"DE89370400440532013000", "Jurgen Celik-Ostergard", "<ReqdColltnDt>2026-12-29</ReqdColltnDt>",
		"<MndtId>MND01ABC0000000000000000000</MndtId>", o.ID, "<SeqTp>RCUR</SeqTp>",
	} {
		if !bytes.Contains(file, []byte(want)) {
			t.Errorf("no %s in\n%s", want, file)
		}
	}
	// The schema of version 09 can be fetched; the elements of both are the same.
	file = bytes.ReplaceAll(file, []byte("pain.008.001.08"), []byte("pain.008.001.09"))
	banktest.Validate(t, "pain.008.001.09", file)
}

// An ACH file is valid by the rules of NACHA as the library checks them, and says what it should.
func TestACHFile(t *testing.T) {
	b := testBank(t)
	for method, write := range map[string]func(funding.FileOrder) ([]byte, error){
		"S": ECheck{b}.Write, "R": AutoDebit{b}.Write,
	} {
		file, err := write(order(t, b, ledger.NetworkACH))
		if err != nil {
			t.Fatal(err)
		}
		in, err := nacha.NewReader(bytes.NewReader(file)).Read()
		if err != nil {
			t.Fatal(err)
		}
		if err := in.Validate(); err != nil {
			t.Error(err)
		}
		var words []string
		for _, batch := range in.Batches {
			for _, e := range batch.GetEntries() {
				words = append(words, fmt.Sprint(batch.GetHeader().CompanyEntryDescription, " ", e.TransactionCode, " ", e.Amount,
					" ", strings.TrimSpace(e.DiscretionaryData)))
			}
		}
		want := "RETRY PYMT 37 2517 " + method + "|TOKENS 37 2517 " + method + "|TOKENS 38 0 " + method
		if got := strings.Join(words, "|"); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

// Days are those of the networks: none is a weekend or a holiday.
func TestWhen(t *testing.T) {
	b := testBank(t)
	for _, tt := range []struct {
		network     string
		asks        bool
		due, clears string
	}{
		{ledger.NetworkSEPA, false, "2026-12-29", "2027-01-07"}, // 25 and 26 December, 1 January
		{ledger.NetworkACH, false, "2026-12-28", "2027-01-06"},
		{ledger.NetworkACH, true, "2026-12-28", "2027-01-01"},
	} {
		due, clears := b.When(tt.network, start, tt.asks)
		if due.Format(time.DateOnly) != tt.due || clears.Format(time.DateOnly) != tt.clears {
			t.Errorf("%s, asks %v: %v, %v", tt.network, tt.asks, due, clears)
		}
	}
	b.Day = time.Second
	if due, clears := b.When(ledger.NetworkACH, start, false); clears.Sub(start) != 6*time.Second || !due.After(start) {
		t.Errorf("in a demonstration: %v, %v", due, clears)
	}
}

// An account or a name that no bank takes is refused when it is typed, without a word of it in the refusal.
func TestAccountRefuses(t *testing.T) {
	b := testBank(t)
	for _, tt := range []struct{ network, typed, holder, param string }{
		{ledger.NetworkSEPA, "DE89370400440532013001", "Ann", "iban"},
		{ledger.NetworkSEPA, "hello", "Ann", "iban"},
		{ledger.NetworkSEPA, "", "Ann", "iban"},
		{ledger.NetworkSEPA, "BR1500000000000010932840814P2", "Ann", "account"}, // no country of SEPA
		{ledger.NetworkSEPA, "DE89370400440532013000", "", "holder"},
		{ledger.NetworkSEPA, "DE89370400440532013000", "小林", "holder"},
		{ledger.NetworkACH, "021000022 123456789", "Ann", "routing"},
		{ledger.NetworkACH, "021000021", "Ann", "account"},
		{ledger.NetworkACH, "021000021 12 34 56", "Ann", "account"},
		{ledger.NetworkACH, "021000021 123456789012345678", "Ann", "account"},
		{ledger.NetworkACH, "021000021 12345678x", "Ann", "account"},
	} {
		_, err := b.Account(tt.network, tt.typed, tt.holder)
		var no *ledger.Refusal
		if !errors.As(err, &no) || no.Param != tt.param {
			t.Errorf("%q: %v", tt.typed, err)
			continue
		}
		if len(tt.typed) > 8 && strings.Contains(no.Error(), tt.typed[4:]) {
			t.Errorf("the refusal has the account in it: %s", no)
		}
	}
}

// An agreement with a fault is refused at the start, and so is a field that nobody knows.
func TestAgreementsAreRefused(t *testing.T) {
	good := simbank.Agreements
	for name, file := range map[string]string{
		"no JSON": "hello", "empty": "", "more": good["bank_sepa.json"] + "{}", "another field": `{"Iban":1,"X":2}`,
		"creditor":  strings.Replace(good["bank_sepa.json"], "DE98", "DE99", 1),
		"own IBAN":  strings.Replace(good["bank_sepa.json"], "DE02", "DE03", 1),
		"name":      strings.Replace(good["bank_sepa.json"], "Tuppence Demo", "", 1),
		"of others": good["bank_ach.json"],
	} {
		if _, err := ParseSEPA([]byte(file)); err == nil {
			t.Errorf("SEPA, %s: taken", name)
		}
	}
	for name, file := range map[string]string{
		"no JSON": "hello", "empty": "{}", "routing": strings.Replace(good["bank_ach.json"], "021000021", "021000022", 1),
		"ODFI":    strings.Replace(good["bank_ach.json"], `"02100002"`, `"0210"`, 1),
		"company": strings.Replace(good["bank_ach.json"], `"1000000001"`, `""`, 1),
	} {
		if _, err := ParseACH([]byte(file)); err == nil {
			t.Errorf("ACH, %s: taken", name)
		}
	}
}

// The answer of a bank to a file is about all of its orders, or about those that it names.
func TestReadStatus(t *testing.T) {
	b := testBank(t)
	report := func(status, orders string) []byte {
		return []byte(`<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr>` +
			`<MsgId>R1</MsgId></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>TPC000000000007</OrgnlMsgId>` + status +
			`</OrgnlGrpInfAndSts>` + orders +
			`</CstmrPmtStsRpt></Document>`)
	}
	refused := `<OrgnlPmtInfAndSts><OrgnlPmtInfId>B</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>DEP1</OrgnlEndToEndId>` +
		`<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC01</Cd></Rsn></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts>`
	for _, tt := range []struct{ status, orders, want string }{
		{"<GrpSts>ACCP</GrpSts>", "", "taken TPC000000000007 "},
		{"<GrpSts>RJCT</GrpSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf>", "", "return TPC000000000007 "},
		{"<GrpSts>PART</GrpSts>", refused, "return  DEP1|taken TPC000000000007 "},
		{"", refused, "return  DEP1"},
		{"", "", "person TPC000000000007 "},
	} {
		news, err := b.Read(report(tt.status, tt.orders))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, i := range news.Items {
			got = append(got, fmt.Sprint(i.Kind, " ", i.File, " ", i.ID))
		}
		if strings.Join(got, "|") != tt.want {
			t.Errorf("%s%s: got %q, want %q", tt.status, tt.orders, got, tt.want)
		}
	}
}

// No bytes make the readers panic, and what they refuse is a refusal.
func FuzzRead(f *testing.F) {
	f.Add([]byte("101 021000021"))
	f.Add([]byte("<Document><CstmrPmtStsRpt/></Document>"))
	f.Add([]byte("<Document><BkToCstmrStmt/></Document>"))
	f.Add([]byte("date,amount,currency,reference,name,account\n2026-11-27,20.00,EUR,x,y,z\n"))
	b := Bank{}
	f.Fuzz(func(t *testing.T, file []byte) {
		var no *ledger.Refusal
		if _, err := b.Read(file); err != nil && !errors.As(err, &no) {
			t.Errorf("no refusal: %v", err)
		}
	})
}
