package sepa

import (
	"cmp"
	"encoding/xml"
	"fmt"
	"slices"
	"strings"
	"time"

	"tuppence/server/bank"
	"tuppence/server/ledger"
)

// maxOrders keeps a file within [bank.MaxFile].
const maxOrders = 10_000

const (
	slev       = "SLEV" // each side bears its own charges: the only way in SEPA
	timeLayout = "2006-01-02T15:04:05Z"
)

// WriteDebits returns a pain.008 of some debits: a block for each due date and sequence, the debits by their ids. The
// same arguments give the same bytes. It refuses with ErrInvalid, and writes all or nothing.
func WriteDebits(v Version, id string, created time.Time, from Sender, debits []Debit) ([]byte, error) {
	if v != Debits08 && v != Debits09 {
		return nil, refuse("version", "Use Debits08 or Debits09.", "This version is no message of debits.")
	}
	if err := checkFile(id, from, len(debits), true); err != nil {
		return nil, err
	}
	debits = slices.Clone(debits)
	slices.SortStableFunc(debits, func(a, b Debit) int {
		return cmp.Or(day(a.Due, b.Due), cmp.Compare(a.Sequence, b.Sequence), cmp.Compare(a.EndToEndID, b.EndToEndID))
	})
	seen, m := newIDs(), &debitsMessage{Header: header(id, created, from)}
	var blocks []total
	for i, d := range debits {
		if err := cmp.Or(d.check(), seen.add(d.EndToEndID)); err != nil {
			return nil, err
		}
		if i == 0 || day(debits[i-1].Due, d.Due) != 0 || debits[i-1].Sequence != d.Sequence {
			blocks = append(blocks, total{})
			m.Payments = append(m.Payments, debitsTo(from, blockID(id, len(blocks)), d))
		}
		last := len(blocks) - 1
		blocks[last].add(d.Amount)
		m.Payments[last].Orders = append(m.Payments[last].Orders, d.element())
	}
	for i, t := range blocks {
		m.Payments[i].Count, m.Payments[i].Sum = t.count, t.String()
	}
	all := sum(blocks)
	m.Header.Count, m.Header.Sum = all.count, all.String()
	return render(v, document{Debits: m})
}

// WriteTransfers returns a pain.001 of some transfers: a block for each date, the transfers by their ids, as
// [WriteDebits] does.
func WriteTransfers(v Version, id string, created time.Time, from Sender, transfers []Transfer) ([]byte, error) {
	if v != Transfers09 && v != Transfers10 {
		return nil, refuse("version", "Use Transfers09 or Transfers10.", "This version is no message of transfers.")
	}
	if err := checkFile(id, from, len(transfers), false); err != nil {
		return nil, err
	}
	transfers = slices.Clone(transfers)
	slices.SortStableFunc(transfers, func(a, b Transfer) int {
		return cmp.Or(day(a.On, b.On), cmp.Compare(a.EndToEndID, b.EndToEndID))
	})
	seen, m := newIDs(), &transfersMessage{Header: header(id, created, from)}
	var blocks []total
	for i, t := range transfers {
		if err := cmp.Or(t.check(), seen.add(t.EndToEndID)); err != nil {
			return nil, err
		}
		if i == 0 || day(transfers[i-1].On, t.On) != 0 {
			blocks = append(blocks, total{})
			m.Payments = append(m.Payments, transfersFrom(from, blockID(id, len(blocks)), t))
		}
		last := len(blocks) - 1
		blocks[last].add(t.Amount)
		m.Payments[last].Orders = append(m.Payments[last].Orders, t.element())
	}
	for i, t := range blocks {
		m.Payments[i].Count, m.Payments[i].Sum = t.count, t.String()
	}
	all := sum(blocks)
	m.Header.Count, m.Header.Sum = all.count, all.String()
	return render(v, document{Transfers: m})
}

// checkFile refuses what would spoil the whole file. Three characters of the id are left for the number of a block.
func checkFile(id string, from Sender, orders int, debits bool) error {
	if err := checkID("id", id); err != nil {
		return err
	}
	if len(id) > 30 {
		return refuse("id", "Shorten it.", "The id of a file has at most 30 characters.")
	}
	if orders == 0 || orders > maxOrders {
		return refuse("orders", "Write 1 to 10000 orders.", "A file cannot have %d orders.", orders)
	}
	return from.check(debits)
}

func blockID(id string, n int) string { return fmt.Sprintf("%s-%d", id, n) }

// day compares two dates.
func day(a, b time.Time) int { return cmp.Compare(a.Format(time.DateOnly), b.Format(time.DateOnly)) }

// ids are the identifiers that a file has already, without regard to case: they are read back so.
type ids map[string]bool

func newIDs() ids { return ids{} }

func (s ids) add(id string) error {
	if id = strings.ToUpper(id); s[id] {
		return refuse("end_to_end_id", "Give each order an id of its own.", "An id is there twice.")
	}
	s[id] = true
	return nil
}

// total is how many orders there are, and their sum.
type total struct {
	count  int
	micros int64
}

func (t *total) add(a ledger.Amount) { t.count, t.micros = t.count+1, t.micros+a.Micros }

func sum(blocks []total) (all total) {
	for _, t := range blocks {
		all.count, all.micros = all.count+t.count, all.micros+t.micros
	}
	return all
}

// String returns the sum with two decimals.
func (t total) String() string {
	return fmt.Sprintf("%d.%02d", t.micros/ledger.Unit, t.micros%ledger.Unit/(ledger.Unit/100))
}

func euros(a ledger.Amount) amountXML { return amountXML{"EUR", total{1, a.Micros}.String()} }

func header(id string, created time.Time, from Sender) groupHeader {
	return groupHeader{MsgID: id, Created: created.UTC().Format(timeLayout), Name: from.Name}
}

func element(name, town, country string) partyXML {
	if town == "" {
		return partyXML{Name: name}
	}
	return partyXML{name, &addressXML{town, country}}
}

// agent returns the bank of an account; that it is not named has to be said.
func agent(bic string) agentXML {
	if bic == "" {
		return agentXML{Other: new("NOTPROVIDED")}
	}
	return agentXML{BIC: &bic}
}

func (r Remittance) element() *remittanceXML {
	switch {
	case r.Reference != "":
		return &remittanceXML{Reference: &referenceXML{"SCOR", "ISO", bank.PlainReference(r.Reference)}}
	case r.Text != "":
		return &remittanceXML{Text: r.Text}
	}
	return nil
}

func debitsTo(to Sender, id string, first Debit) debitsBlock {
	return debitsBlock{
		ID: id, Method: "DD", Service: "SEPA", Instrument: "CORE", Sequence: string(first.Sequence),
		Date: first.Due.Format(time.DateOnly), Creditor: element(to.Name, to.Town, to.Country), IBAN: string(to.IBAN),
		Bank: agent(to.BIC), Charges: slev, Scheme: to.CreditorID, SchemeName: "SEPA",
	}
}

func (d Debit) element() debitXML {
	m := mandateXML{ID: d.Mandate, Signed: d.Signed.Format(time.DateOnly), Amended: d.Amended}
	if d.Amended {
		m.Former = new("SMNDA") // the same mandate, another account; which one it was is not told
	}
	return debitXML{
		EndToEndID: d.EndToEndID, Amount: euros(d.Amount), Mandate: m, Bank: agent(d.BIC), Debtor: partyXML{Name: d.Name},
		IBAN: string(d.IBAN), Remittance: d.Remittance.element(),
	}
}

func transfersFrom(from Sender, id string, first Transfer) transfersBlock {
	return transfersBlock{
		ID: id, Method: "TRF", Batch: true, Service: "SEPA", Date: first.On.Format(time.DateOnly),
		Debtor: element(from.Name, from.Town, from.Country), IBAN: string(from.IBAN), Bank: agent(from.BIC), Charges: slev,
	}
}

func (t Transfer) element() transferXML {
	out := transferXML{
		EndToEndID: t.EndToEndID, Amount: euros(t.Amount), Creditor: element(t.Name, t.Town, t.Country),
		IBAN: string(t.IBAN), Remittance: t.Remittance.element(),
	}
	if t.BIC != "" {
		out.Bank = &agentXML{BIC: &t.BIC}
	}
	return out
}

// render returns the bytes of a message.
func render(v Version, d document) ([]byte, error) {
	d.XMLName = xml.Name{Space: "urn:iso:std:iso:20022:tech:xsd:" + string(v), Local: "Document"}
	body, err := xml.MarshalIndent(d, "", " ")
	if err != nil {
		return nil, err
	}
	return append([]byte(xml.Header), append(body, '\n')...), nil
}
