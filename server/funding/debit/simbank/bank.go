// Package simbank plays the banks of both networks in a demonstration, and in tests: it takes the files that would go
// to a bank, and answers with files as a bank would. What happens depends on the last two digits of an amount:
//
//	….13  the account is not there
//	….16  taken back long after it has cleared, by the account's owner
//	….17  comes back for want of money, once
//	….18  comes back for want of money, always
//	….19  the bank says that the account has another number (ACH)
//	else  nothing comes back
//
// Payouts are booked by statements of SEPA, one by one; one of ….13 comes back, and ….19 has another number (ACH).
package simbank

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	nacha "github.com/moov-io/ach"

	"tuppence/server/ledger"
)

// Answer is a file of the bank, so many banking days after the debits.
type Answer struct {
	After int
	File  []byte
}

// Days after the debit.
const (
	soon = 1
	late = 20
)

// Bank is the other side. It remembers what it was asked before, and forgets it when the program ends.
type Bank struct {
	mu   sync.Mutex
	seen map[string]bool // debits that came back for want of money
	n    int             // of the answers
}

// order is what the bank finds in a file of ours.
type order struct {
	id, account string
	cents       int
	entry       *nacha.EntryDetail
	batch       nacha.Batcher
}

// credit tells whether an order pays to its account.
func (o order) credit() bool { return o.entry.TransactionCode%10 < 5 }

// codes are what comes back of an order: for the ACH network and for SEPA.
type codes struct {
	ach, sepa string
	after     int
}

// fate is what becomes of an order.
func (b *Bank) fate(o order) (codes, bool) {
	again := fmt.Sprint(o.account, o.cents)
	switch o.cents % 100 {
	case 13:
		return codes{"R03", "AC01", soon}, true
	case 16:
		return codes{"R10", "MD01", late}, true
	case 17:
		if !b.seen[again] {
			b.seen[again] = true
			return codes{"R01", "AM04", soon}, true
		}
	case 18:
		return codes{"R01", "AM04", soon}, true
	case 19:
		if !b.seen[again] {
			b.seen[again] = true
			return codes{"C01", "", soon}, true
		}
	}
	return codes{}, false
}

// Take takes a file and returns the answers to it. An error means that no bank would take the file.
func (b *Bank) Take(network string, file []byte, now time.Time) (all []Answer, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.seen == nil {
		b.seen = map[string]bool{}
	}
	if network == ledger.NetworkSEPA {
		return b.takeSEPA(file, now)
	}
	return b.takeACH(file, now)
}

func (b *Bank) takeACH(file []byte, now time.Time) (all []Answer, err error) {
	in, err := nacha.NewReader(bytes.NewReader(file)).Read()
	if err != nil {
		return nil, errors.New("the simulated bank cannot read the file")
	}
	if err := in.Validate(); err != nil {
		return nil, errors.New("the file breaks the rules of NACHA")
	}
	back := map[int][]nacha.Batcher{}
	for _, batch := range in.Batches {
		for _, e := range batch.GetEntries() {
			o := order{id: e.TraceNumber, account: e.DFIAccountNumber, cents: e.Amount, entry: e, batch: batch}
			c, returns := b.fate(o)
			if !returns || e.Amount == 0 || o.credit() && c.ach != "R03" && c.ach != "C01" {
				continue
			}
			r, err := b.returned(o, c)
			if err != nil {
				return nil, err
			}
			back[c.after] = append(back[c.after], r)
		}
	}
	for after, batches := range back {
		out, err := b.achFile(in.Header, batches, now)
		if err != nil {
			return nil, err
		}
		all = append(all, Answer{after, out})
	}
	return all, nil
}

// returned makes the batch that returns or changes one entry.
func (b *Bank) returned(o order, c codes) (nacha.Batcher, error) {
	b.n++
	e, trace := *o.entry, fmt.Sprintf("%s%07d", o.entry.RDFIIdentification, b.n)
	h := *o.batch.GetHeader()
	e.TransactionCode, e.AddendaRecordIndicator, e.TraceNumber = nacha.CheckingReturnNOCDebit, 1, trace
	switch o.entry.TransactionCode {
	case nacha.SavingsDebit:
		e.TransactionCode = nacha.SavingsReturnNOCDebit
	case nacha.CheckingCredit:
		e.TransactionCode = nacha.CheckingReturnNOCCredit
	case nacha.SavingsCredit:
		e.TransactionCode = nacha.SavingsReturnNOCCredit
	}
	if c.ach[0] == 'C' {
		h.StandardEntryClassCode, e.Amount, e.Category = nacha.COR, 0, nacha.CategoryNOC
		e.Addenda98 = nacha.NewAddenda98()
		e.Addenda98.ChangeCode, e.Addenda98.TraceNumber = c.ach, trace
		e.Addenda98.CorrectedData = "9" + strings.TrimSpace(o.account)[1:]
		e.Addenda98.OriginalTrace, e.Addenda98.OriginalDFI = o.id, o.batch.GetHeader().ODFIIdentification
	} else {
		e.Category, e.Addenda99 = nacha.CategoryReturn, nacha.NewAddenda99()
		e.Addenda99.ReturnCode, e.Addenda99.TraceNumber = c.ach, trace
		e.Addenda99.OriginalTrace, e.Addenda99.OriginalDFI = o.id, o.batch.GetHeader().ODFIIdentification
	}
	batch, err := nacha.NewBatch(&h)
	if err != nil {
		return nil, errors.New("the simulated bank cannot return an entry")
	}
	batch.AddEntry(&e)
	return batch, batch.Create()
}

func (b *Bank) achFile(to nacha.FileHeader, batches []nacha.Batcher, now time.Time) ([]byte, error) {
	h := nacha.NewFileHeader()
	h.ImmediateDestination, h.ImmediateDestinationName = to.ImmediateOrigin, to.ImmediateOriginName
	h.ImmediateOrigin, h.ImmediateOriginName = to.ImmediateDestination, to.ImmediateDestinationName
	h.FileCreationDate, h.FileCreationTime, h.FileIDModifier = now.Format("060102"), now.Format("1504"), "A"
	f := nacha.NewFile().SetHeader(h)
	f.SetValidation(&nacha.ValidateOpts{BypassDestinationValidation: true}) // the number that a bank gives its customer
	for i, batch := range batches {
		batch.GetHeader().BatchNumber = i + 1
		f.AddBatch(batch)
	}
	if err := f.Create(); err != nil {
		return nil, errors.New("the simulated bank cannot write its file")
	}
	var out bytes.Buffer
	err := nacha.NewWriter(&out).Write(f)
	return out.Bytes(), err
}

// debits is what is read of a pain.008.
type debits struct {
	Blocks []struct {
		Own    string `xml:"CdtrAcct>Id>IBAN"`
		Orders []struct {
			ID      string `xml:"PmtId>EndToEndId"`
			Amount  string `xml:"InstdAmt"`
			Account string `xml:"DbtrAcct>Id>IBAN"`
		} `xml:"DrctDbtTxInf"`
	} `xml:"CstmrDrctDbtInitn>PmtInf"`
	Transfers []struct {
		Own    string `xml:"DbtrAcct>Id>IBAN"`
		Orders []struct {
			ID     string `xml:"PmtId>EndToEndId"`
			Amount string `xml:"Amt>InstdAmt"`
		} `xml:"CdtTrfTxInf"`
	} `xml:"CstmrCdtTrfInitn>PmtInf"`
}

// takeTransfers books each transfer, and brings one of ….13 back on the day after.
func (b *Bank) takeTransfers(in debits, now time.Time) (all []Answer) {
	for _, block := range in.Transfers {
		for _, o := range block.Orders {
			b.n++
			all = append(all, Answer{0, camt054(block.Own, o.ID, o.Amount, "DBIT", "", b.n, now)})
			if strings.HasSuffix(o.Amount, ".13") {
				b.n++
				all = append(all, Answer{soon, camt054(block.Own, o.ID, o.Amount, "CRDT", "AC01", b.n, now)})
			}
		}
	}
	return all
}

func (b *Bank) takeSEPA(file []byte, now time.Time) (all []Answer, err error) {
	var in debits
	err = xml.Unmarshal(file, &in)
	if err == nil && len(in.Transfers) > 0 {
		return b.takeTransfers(in, now), nil
	}
	if err != nil || len(in.Blocks) == 0 {
		return nil, errors.New("the simulated bank cannot read the file")
	}
	for _, block := range in.Blocks {
		for _, o := range block.Orders {
			cents := 0
			if _, err := fmt.Sscanf(strings.Replace(o.Amount, ".", "", 1), "%d", &cents); err != nil {
				return nil, errors.New("the simulated bank cannot read an amount")
			}
			c, returns := b.fate(order{id: o.ID, account: o.Account, cents: cents})
			if returns && c.sepa != "" {
				b.n++
				all = append(all, Answer{c.after, camt054(block.Own, o.ID, o.Amount, "DBIT", c.sepa, b.n, now)})
			}
		}
	}
	return all, nil
}

// camt054 is the notification of a booking; with a reason it is a return.
func camt054(own, id, amount, way, reason string, n int, now time.Time) []byte {
	ref := fmt.Sprintf("SIM-%d-%d", now.UnixNano(), n)
	family, why := "ICDT</Cd><SubFmlyCd>ESCT", ""
	if reason != "" {
		family, why = "IDDT</Cd><SubFmlyCd>UPDD", "<RtrInf><Rsn><Cd>"+reason+"</Cd></Rsn></RtrInf>"
		if way == "CRDT" {
			family = "ICDT</Cd><SubFmlyCd>RRTN"
		}
	}
	return fmt.Appendf(nil, `<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08">
 <BkToCstmrDbtCdtNtfctn>
  <GrpHdr><MsgId>%[1]s</MsgId><CreDtTm>%[2]s</CreDtTm></GrpHdr>
  <Ntfctn>
   <Id>%[1]s</Id>
   <Acct><Id><IBAN>%[3]s</IBAN></Id><Ccy>EUR</Ccy></Acct>
   <Ntry>
    <Amt Ccy="EUR">%[4]s</Amt><CdtDbtInd>%[7]s</CdtDbtInd><RvslInd>%[8]v</RvslInd><Sts><Cd>BOOK</Cd></Sts>
    <BookgDt><Dt>%[5]s</Dt></BookgDt><AcctSvcrRef>%[1]s</AcctSvcrRef>
    <BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>%[9]s</SubFmlyCd></Fmly></Domn></BkTxCd>
    <NtryDtls>
     <TxDtls>
      <Refs><EndToEndId>%[6]s</EndToEndId></Refs>
      <Amt Ccy="EUR">%[4]s</Amt><CdtDbtInd>%[7]s</CdtDbtInd>
      %[10]s
     </TxDtls>
    </NtryDtls>
   </Ntry>
  </Ntfctn>
 </BkToCstmrDbtCdtNtfctn>
</Document>
`, ref, now.UTC().Format("2006-01-02T15:04:05Z"), own, amount, now.UTC().Format(time.DateOnly), id, way, reason != "",
		family, why)
}

// Agreements are those with the simulated banks, by the name of the file in which an operator keeps one.
var Agreements = map[string]string{
	"bank_ach.json": `{"Destination":"021000021","DestinationName":"SIMULATED BANK","Origin":"021000021",` +
		`"OriginName":"TUPPENCE DEMO","ODFI":"02100002","Company":"TUPPENCE DEMO","CompanyID":"1000000001"}`,
	"bank_sepa.json": `{"Name":"Tuppence Demo","IBAN":"DE02120300000000202051","CreditorID":"DE98ZZZ09999999999"}`,
}
