package server

import (
	"bytes"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	nacha "github.com/moov-io/ach"

	"tuppence/server/bank/banktest"
	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

// anotherIBAN is a second account that is nobody's.
const anotherIBAN = "FR1420041010050500013M02606"

// payoutFixture is a service that pays by the banks of the tests, with a vendor that has sold something.
func newPayoutFixture(t testing.TB, c ledger.Currency) (f *bankFixture, v *Seller) {
	f = newBankFixture(t, store.NewMemory())
	f.ways = append(f.ways, testBank().Payouts()...)
	f.decides(func(p *ledger.Policy) {
		p.Currencies = slices.Compact([]ledger.Currency{c, "EUR"})
		p.Settle = ledger.SettleRules{Approve: 100 * ledger.Unit}
		p.SettleAmount = 0
	})
	ann := f.funded("ann", ledger.Amount{Micros: 50 * ledger.Unit, Currency: c})
	f.touch(ann)
	_, key := f.vendor("news")
	return f, f.sellsIn(ann, key, c, 91)
}

// sellsIn sells once in a currency, for a price in cents.
func (f *fixture) sellsIn(who view.Caller, key string, c ledger.Currency, cents int64) *Seller {
	f.t.Helper()
	v, err := f.Authenticate(f.ctx, key)
	if err != nil {
		f.t.Fatal(err)
	}
	f.sellsAgain(v, who, c, cents)
	return v
}

func (f *fixture) sellsAgain(v *Seller, who view.Caller, c ledger.Currency, cents int64) {
	f.t.Helper()
	o, _, err := v.CreateOffer(f.ctx, Request{}, ledger.Offer{
		Title: "Rivers", Kind: ledger.Service, Price: ledger.Amount{Micros: cents * 10_000, Currency: c},
	})
	if err != nil {
		f.t.Fatal(err)
	}
	free := ledger.Limits{
		PerPurchase: ledger.NoLimit, PerDay: ledger.NoLimit, PerWeek: ledger.NoLimit, PerMonth: ledger.NoLimit,
	}
	l, err := f.Link(f.ctx, who, view.LinkRequest{
		Vendor: "news", Currency: c, Limits: free, Total: ledger.NoLimit, Confirmed: true,
	})
	if err != nil {
		f.t.Fatal(err)
	}
	_, _, err = v.Charge(f.ctx, asking("sale "+o.ID, "1"), ChargeOrder{
		Link: opened(f.t, f.seal.OpenLink, l.ID), Offer: opened(f.t, f.seal.OpenOffer, o.ID),
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

// accountOf types the account of the vendor.
func (f *fixture) accountOf(c ledger.Currency, account string) []view.PayAccount {
	f.t.Helper()
	all, err := f.SetPayAccount(f.ctx, f.operator, view.PayAccountRequest{
		Vendor: "news", Currency: c, Account: account, Holder: "News Ltd",
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return all
}

func (f *fixture) paysBy(c ledger.Currency, way string) {
	f.t.Helper()
	_, err := f.SetPayTerms(f.ctx, f.operator, view.TermsChange{
		Vendor: "news", Currency: c, Set: map[string]string{"way": way},
	})
	if err != nil {
		f.t.Fatal(err)
	}
}

func (f *fixture) submits(c ledger.Currency, way string) view.PayoutFile {
	f.t.Helper()
	file, err := f.PayoutSubmit(f.ctx, f.operator, c, way)
	if err != nil {
		f.t.Fatal(err)
	}
	return file
}

// readsBank reads a file of the bank and returns what followed, one line for each item.
func (f *fixture) readsBank(file string) string {
	f.t.Helper()
	v, err := f.ReadBankFile(f.ctx, f.operator, []byte(file), true)
	if err != nil {
		f.t.Fatal(err)
	}
	var lines []string
	for _, i := range v.Items {
		lines = append(lines, i.Outcome)
	}
	return strings.Join(lines, "\n")
}

func (f *fixture) one() view.Settlement {
	f.t.Helper()
	return f.settlements(view.SettlementQuery{})[0]
}

// A payout in euro leaves in a pain.001 that is valid by its schema, is paid when the statement shows it, comes back,
// and leaves again under another name.
func TestPayoutBySEPA(t *testing.T) {
	f, _ := newPayoutFixture(t, "EUR")
	f.refused(ledger.ErrState, func() error {
		_, err := f.SetPayTerms(f.ctx, f.operator, view.TermsChange{
			Vendor: "news", Currency: "EUR", Set: map[string]string{"way": "sepa"},
		})
		return err
	})
	f.refused(ledger.ErrInvalid, func() error {
		_, err := f.SetPayAccount(f.ctx, f.operator, view.PayAccountRequest{
			Vendor: "news", Currency: "EUR", Account: annsIBAN[:21] + "1", Holder: "News Ltd",
		})
		return err
	})
	f.accountOf("EUR", annsIBAN)
	f.paysBy("EUR", "sepa")
	f.runs(view.SettleOrder{})
	f.refused(ledger.ErrState, func() error { _, err := f.PayoutSubmit(f.ctx, f.operator, "EUR", ""); return err })
	file := f.submits("EUR", "sepa")
	is(t, "content is not shown", file.Content, "")
	full, err := f.PayoutFile(f.ctx, f.operator, file.ID)
	if err != nil || !strings.Contains(full.Content, annsIBAN) {
		t.Fatalf("the file: %v\n%s", err, full.Content)
	}
	t.Run("schema", func(t *testing.T) {
		// The two versions have the same elements; only the newer one is published where a program can fetch it.
		banktest.Validate(t, "pain.001.001.10", []byte(strings.ReplaceAll(full.Content, "001.001.09", "001.001.10")))
		if os.Getenv("TEST_XSD") != "" {
			banktest.Validate(t, "pain.001.001.09", []byte(full.Content))
		}
	})
	s := f.one()
	is(t, "state", string(s.State), "submitted")
	is(t, "account", s.Account, "DE•• … 3000")
	end := strings.ToUpper(strings.ReplaceAll(s.ID, "_", ""))
	is(t, "paid", f.readsBank(camtOf("S1", "DBIT", "0.86", end, "", "")), "paid")
	is(t, "paid again", f.readsBank(camtOf("S2", "DBIT", "0.86", end, "", "")), "paid, as was known")
	is(t, "returned", f.readsBank(camtOf("S3", "CRDT", "0.86", end, "AC04", "")),
		"returned: its money waits; the account is used no more")
	same, err := f.PayoutFile(f.ctx, f.operator, file.ID)
	if err != nil || same.Content != full.Content || same.Digest != full.Digest {
		t.Errorf("the file has changed: %v", err)
	}
	again, err := f.SettlementStep(f.ctx, f.operator, view.SettlementStep{
		ID: s.ID, Event: ledger.PayoutReissue, Reason: "another account",
	})
	if err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrState, func() error { _, err := f.PayoutSubmit(f.ctx, f.operator, "EUR", "sepa"); return err })
	all := f.accountOf("EUR", anotherIBAN)
	is(t, "next", all[0].Next, "FR•• … 2606")
	f.time.Pass(72*time.Hour + time.Second)
	f.Sweep(f.ctx)
	f.submits("EUR", "sepa")
	fresh, err := f.Settlement(f.ctx, f.operator, again.Data[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	is(t, "account", fresh.Account, "FR•• … 2606")
	is(t, "rejected", f.readsBank(painOf(fresh.ID, f.bankFile())),
		"failed: available again\nthe bank has taken the file")
	is(t, "in the vault", f.live(), 1)
	f.clean()
}

// bankFile is the newest file for a bank.
func (f *fixture) bankFile() string {
	f.t.Helper()
	all, err := f.BankFiles(f.ctx, f.operator, view.Paging{Limit: 1})
	if err != nil {
		f.t.Fatal(err)
	}
	return all[0].ID
}

// A whole file that was booked in one sum is paid, and one with another sum is for a person. A changed account waits
// for its time and for a second person, and the one before is forgotten when nothing goes there.
func TestPayoutAccountWaits(t *testing.T) {
	f, v := newPayoutFixture(t, "EUR")
	hook := "https://news.example/hook"
	if _, _, err := v.CreateEndpoint(f.ctx, Request{}, EndpointSettings{URL: &hook}); err != nil {
		t.Fatal(err)
	}
	f.accountOf("EUR", annsIBAN)
	f.paysBy("EUR", "sepa")
	f.runs(view.SettleOrder{})
	f.submits("EUR", "sepa")
	batch := f.bankFile() + "-1"
	if got := f.readsBank(camtOf("S1", "DBIT", "0.85", "", "", batch)); !strings.Contains(got, "are to leave") {
		t.Errorf("another sum: %s", got)
	}
	f.decides(func(p *ledger.Policy) { p.Payouts.Two = true })
	all := f.accountOf("EUR", anotherIBAN)
	is(t, "account", all[0].Account, "DE•• … 3000")
	if !all[0].Waits {
		t.Error("nobody has to approve the account")
	}
	is(t, "live", f.live(), 2)
	mark := all[0].Mark
	approve := func(who view.Caller) error {
		_, err := f.ApprovePayAccount(f.ctx, who, view.PayAccountRequest{Vendor: "news", Currency: "EUR", Mark: mark})
		return err
	}
	f.time.Pass(100 * time.Hour)
	f.Sweep(f.ctx)
	f.refused(ledger.ErrNotAllowed, func() error { return approve(f.operator) })
	second := caller("second")
	if _, err := f.StaffAdd(f.ctx, f.operator, second.Fingerprint, ledger.RoleOperator, ""); err != nil {
		t.Fatal(err)
	}
	typed := f.accountOf("EUR", anotherIBAN) // by the first person, between the look of the second one and the word
	f.refused(ledger.ErrState, func() error { return approve(second) })
	mark = ""
	f.refused(ledger.ErrState, func() error { return approve(second) })
	f.time.Pass(73 * time.Hour)
	mark = typed[0].Mark
	if err := approve(second); err != nil {
		t.Fatal(err)
	}
	f.refused(ledger.ErrState, func() error { return approve(second) })
	is(t, "live, while a payout is on its way", f.live(), 2)
	is(t, "paid", f.readsBank(camtOf("S2", "DBIT", "0.86", "", "", batch)), "paid: 1 payout")
	is(t, "live, when it has arrived", f.live(), 1)
	shown, err := f.PayAccounts(f.ctx, f.operator, "news")
	if err != nil || shown[0].Account != "FR•• … 2606" {
		t.Errorf("accounts: %+v, %v", shown, err)
	}
	f.Sweep(f.ctx)
	told, err := v.Events(f.ctx, EventQuery{Type: "payout_account.changed"})
	if err != nil {
		t.Fatal(err)
	}
	is(t, "told", len(told.Data), 4) // given, given twice more, and approved: its time was over
	_, err = f.RemovePayAccount(f.ctx, f.operator, view.PayAccountRequest{Vendor: "news", Currency: "EUR"})
	if err != nil {
		t.Fatal(err)
	}
	is(t, "live, when it was removed", f.live(), 0)
	if all := f.accountOf("EUR", annsIBAN); all[0].Account != "" || !all[0].Waits {
		t.Errorf("an account that is typed after one was removed does not wait: %+v", all)
	}
	f.clean()
}

// live counts the records of the vault with the accounts of the vendor that can be read.
func (f *fixture) live() (n int) {
	f.t.Helper()
	f.read(func(r books.Reader) error {
		v, err := f.vendorNamed(r, "news")
		if err != nil {
			return err
		}
		all, err := r.VaultOf(ledger.VaultVendor, uint64(v.ID))
		n = len(all) - len(slices.DeleteFunc(all, ledger.VaultRecord.Live))
		return err
	})
	return n
}

// A payout in US dollars leaves in a file that the library of NACHA reads, as a credit to a company. It comes back by
// its trace number; a change of the number is kept, and an operator's code fails what never left.
func TestPayoutByACH(t *testing.T) {
	f, v := newPayoutFixture(t, "USD")
	f.accountOf("USD", annsAccount)
	f.paysBy("USD", "ach")
	for n, tt := range []struct{ code, outcome, state string }{
		{
			"C01", "the account is corrected: US•• … 6789; next US•• … 9999, from 2026-11-27 10:00 UTC",
			"submitted",
		},
		{"R17", "returned: its money waits", "returned"},
		{"R25", "failed: available again", "failed"},
		{"R03", "returned: its money waits; the account is used no more", "returned"},
	} {
		if n > 0 {
			f.time.Pass(time.Minute)
			f.touch(caller("ann"))
			f.sellsAgain(v, caller("ann"), "USD", 100)
			f.time.Pass(time.Minute)
		}
		f.runs(view.SettleOrder{Vendor: "news"})
		file := f.submits("USD", "ach")
		full, err := f.PayoutFile(f.ctx, f.operator, file.ID)
		if err != nil {
			t.Fatal(err)
		}
		in, err := nacha.NewReader(strings.NewReader(full.Content)).Read()
		if err != nil || in.Validate() != nil {
			t.Fatalf("the library refuses the file: %v", err)
		}
		batch := in.Batches[0]
		is(t, "class", batch.GetHeader().StandardEntryClassCode, "CCD")
		e := batch.GetEntries()[0]
		is(t, "code", e.TransactionCode, nacha.CheckingCredit)
		s := f.one()
		is(t, tt.code, f.readsBank(achBack(t, &in, tt.code)), tt.outcome)
		s, err = f.Settlement(f.ctx, f.operator, s.ID)
		if err != nil {
			t.Fatal(err)
		}
		is(t, tt.code, string(s.State), tt.state)
	}
	f.clean()
}

// The statement on paper is the same each time, and has the hash of each entry and the head that sealed it.
func TestStatementOnPaper(t *testing.T) {
	f, _ := newPayoutFixture(t, "EUR")
	f.runs(view.SettleOrder{})
	one, err := f.StatementSheet(f.ctx, f.operator, f.one().ID)
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.StatementSheet(f.ctx, f.operator, f.one().ID)
	if err != nil || one.PDF != again.PDF {
		t.Errorf("printed again: %v", err)
	}
	st, err := f.Statement(f.ctx, f.operator, f.one().ID)
	if err != nil {
		t.Fatal(err)
	}
	sheet := statementSheet(st, f.house)
	if len(sheet.Rows) != len(st.Rows) || !strings.Contains(strings.Join(sheet.Foot, " "), st.Settlement.Head) {
		t.Errorf("the sheet has %d rows of %d, and %q", len(sheet.Rows), len(st.Rows), sheet.Foot)
	}
	for i, row := range sheet.Rows {
		if !strings.Contains(row.Below, st.Rows[i].Hash) {
			t.Errorf("row %d has %q, want the hash %s", i, row.Below, st.Rows[i].Hash)
		}
		if kind := st.Rows[i].Kind; kind == ledger.LinePayout && st.Rows[i].ID != st.Settlement.ID {
			t.Errorf("the payout is %s, want %s", st.Rows[i].ID, st.Settlement.ID)
		}
	}
}

// camtOf is a camt.054 with one booking: of an order, or of a block of orders.
func camtOf(ref, way, amount, end, reason, batch string) string {
	details := "<TxDtls><Refs><EndToEndId>" + end + "</EndToEndId></Refs><Amt Ccy=\"EUR\">" + amount +
		"</Amt><CdtDbtInd>" + way + "</CdtDbtInd>"
	if reason != "" {
		details += "<RtrInf><Rsn><Cd>" + reason + "</Cd></Rsn></RtrInf>"
	}
	details += "</TxDtls>"
	if batch != "" {
		details = "<Btch><PmtInfId>" + batch + "</PmtInfId><NbOfTxs>1</NbOfTxs></Btch>"
	}
	return `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn>` +
		`<GrpHdr><MsgId>` + ref + `</MsgId></GrpHdr><Ntfctn><Id>` + ref + `</Id>` +
		`<Acct><Id><IBAN>DE02120300000000202051</IBAN></Id></Acct>` +
		`<Ntry><Amt Ccy="EUR">` + amount + `</Amt><CdtDbtInd>` + way + `</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>` +
		`<BookgDt><Dt>2026-11-27</Dt></BookgDt><AcctSvcrRef>` + ref + `</AcctSvcrRef>` +
		`<NtryDtls>` + details + `</NtryDtls></Ntry></Ntfctn></BkToCstmrDbtCdtNtfctn></Document>`
}

// painOf is a pain.002 that refuses one order.
func painOf(id, file string) string {
	end := strings.ToUpper(strings.ReplaceAll(id, "_", ""))
	return `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.10"><CstmrPmtStsRpt><GrpHdr><MsgId>A1</MsgId>` +
		`</GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>` + file + `</OrgnlMsgId><GrpSts>PART</GrpSts></OrgnlGrpInfAndSts>` +
		`<OrgnlPmtInfAndSts><OrgnlPmtInfId>` + file + `-1</OrgnlPmtInfId><TxInfAndSts><OrgnlEndToEndId>` + end +
		`</OrgnlEndToEndId><TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>FF01</Cd></Rsn></StsRsnInf></TxInfAndSts>` +
		`</OrgnlPmtInfAndSts></CstmrPmtStsRpt></Document>`
}

// achBack is the file with which a bank returns the first entry of a file of ours, or changes its account.
func achBack(t testing.TB, in *nacha.File, code string) string {
	t.Helper()
	e, h := *in.Batches[0].GetEntries()[0], *in.Batches[0].GetHeader()
	original := e.TraceNumber
	e.TransactionCode, e.AddendaRecordIndicator = nacha.CheckingReturnNOCCredit, 1
	e.TraceNumber = e.RDFIIdentification + fmt.Sprintf("%07d", time.Now().UnixNano()%10_000_000)
	if code[0] == 'C' {
		h.StandardEntryClassCode, e.Amount, e.Category = nacha.COR, 0, nacha.CategoryNOC
		e.Addenda98 = nacha.NewAddenda98()
		e.Addenda98.ChangeCode, e.Addenda98.CorrectedData = code, "999999999"
		e.Addenda98.OriginalTrace, e.Addenda98.OriginalDFI = original, h.ODFIIdentification
		e.Addenda98.TraceNumber = e.TraceNumber
	} else {
		e.Category, e.Addenda99 = nacha.CategoryReturn, nacha.NewAddenda99()
		e.Addenda99.ReturnCode, e.Addenda99.TraceNumber = code, e.TraceNumber
		e.Addenda99.OriginalTrace, e.Addenda99.OriginalDFI = original, h.ODFIIdentification
	}
	batch, err := nacha.NewBatch(&h)
	if err != nil {
		t.Fatal(err)
	}
	batch.AddEntry(&e)
	if err := batch.Create(); err != nil {
		t.Fatal(err)
	}
	back := nacha.NewFile().SetHeader(in.Header)
	back.Header.ImmediateOrigin, back.Header.ImmediateDestination = "021000021", "123456789"
	back.SetValidation(&nacha.ValidateOpts{BypassDestinationValidation: true})
	back.AddBatch(batch)
	if err := back.Create(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := nacha.NewWriter(&out).Write(back); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
