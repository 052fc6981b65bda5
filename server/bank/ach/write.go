package ach

import (
	"bytes"
	"cmp"
	"slices"
	"time"

	"tuppence/server/ledger"

	nacha "github.com/moov-io/ach"
)

// dateLayout is how NACHA writes a date.
const dateLayout = "060102"

// maxEntries keeps the counters of a file within their digits, and a file within [bank.MaxFile].
const maxEntries = 100_000

// Write returns the file of some entries: batches by class, description, date and direction, in each the entries by
// trace number. The same arguments give the same bytes. The modifier, A to Z, tells files of one day apart. It refuses
// with ErrInvalid, and writes all or nothing.
func Write(o Origin, modifier byte, created time.Time, entries []Entry) ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if modifier < 'A' || modifier > 'Z' {
		return nil, refuse("modifier", "Use A to Z.", "The file id modifier is not a capital.")
	}
	if len(entries) == 0 || len(entries) > maxEntries {
		return nil, refuse("entries", "Write 1 to 100000 entries.", "A file cannot have %d entries.", len(entries))
	}
	entries = slices.Clone(entries)
	slices.SortStableFunc(entries, Entry.compare)
	if err := checkEntries(o, entries); err != nil {
		return nil, err
	}
	return render(newFile(o, modifier, created), o, entries)
}

// compare orders entries by their batch, then by their trace number.
func (e Entry) compare(f Entry) int {
	return cmp.Or(
		cmp.Compare(e.Class, f.Class),
		cmp.Compare(e.Description, f.Description),
		cmp.Compare(e.Effective.Format(dateLayout), f.Effective.Format(dateLayout)),
		cmp.Compare(e.code()%10/5, f.code()%10/5), // credits before debits
		cmp.Compare(e.Trace, f.Trace),
	)
}

// together reports whether two entries stand in one batch.
func (e Entry) together(f Entry) bool {
	e.Trace = f.Trace
	return e.compare(f) == 0
}

// checkEntries refuses the first entry that has a fault, and a trace number or an id of ours that is there twice.
func checkEntries(o Origin, entries []Entry) error {
	seen, total := map[string]bool{}, 0
	for _, e := range entries {
		if err := e.check(o); err != nil {
			return err
		}
		if seen[e.Trace] || seen["id "+e.ID] {
			return refuse("trace", "Give each entry numbers of its own.", "A trace number or an id is there twice.")
		}
		seen[e.Trace], seen["id "+e.ID] = true, true
		cents, _ := e.cents() // checked above
		if total += cents; total > 100*maxCents {
			return refuse("amount", "Write two files.", "The sum of the file has more than twelve digits.")
		}
	}
	return nil
}

func newFile(o Origin, modifier byte, created time.Time) *nacha.File {
	h := nacha.NewFileHeader()
	h.ImmediateDestination, h.ImmediateDestinationName = o.Destination, o.DestinationName
	h.ImmediateOrigin, h.ImmediateOriginName = o.Origin, o.OriginName
	h.FileCreationDate, h.FileCreationTime = created.Format(dateLayout), created.Format("1504")
	h.FileIDModifier = string(modifier)
	return nacha.NewFile().SetHeader(h)
}

// render adds the batches and returns the bytes. An error of the library has values of its fields, so its words stay
// here: what it says about our entries after our own checks is a fault of ours.
func render(f *nacha.File, o Origin, entries []Entry) ([]byte, error) {
	var fault error
	for len(entries) > 0 && fault == nil {
		n := 1
		for n < len(entries) && entries[n].together(entries[0]) {
			n++
		}
		var b nacha.Batcher
		if b, fault = newBatch(o, entries[:n]); fault == nil {
			f.AddBatch(b)
		}
		entries = entries[n:]
	}
	if fault == nil {
		fault = f.Create()
	}
	if fault == nil {
		fault = f.Validate()
	}
	var out bytes.Buffer
	if fault == nil {
		fault = nacha.NewWriter(&out).Write(f)
	}
	if fault != nil {
		return nil, ledger.Invalid("entries", "Look at its entries.", "The file breaks the rules of NACHA:%s.", place(fault))
	}
	return out.Bytes(), nil
}

func newBatch(o Origin, entries []Entry) (nacha.Batcher, error) {
	h := nacha.NewBatchHeader()
	h.ServiceClassCode = nacha.DebitsOnly
	if entries[0].Credit {
		h.ServiceClassCode = nacha.CreditsOnly
	}
	h.StandardEntryClassCode, h.CompanyEntryDescription = string(entries[0].Class), entries[0].Description
	h.CompanyName, h.CompanyIdentification, h.ODFIIdentification = o.Company, o.CompanyID, o.ODFI
	h.EffectiveEntryDate = entries[0].Effective.Format(dateLayout)
	b, err := nacha.NewBatch(h)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		b.AddEntry(e.record())
	}
	return b, b.Create()
}

// record returns the entry as the library has it. It was checked.
func (e Entry) record() *nacha.EntryDetail {
	d := nacha.NewEntryDetail()
	d.TransactionCode = e.code()
	d.Amount, _ = e.cents()
	d.SetRDFI(e.Routing)
	d.DFIAccountNumber, d.IndividualName, d.IdentificationNumber = e.Account, e.Name, e.ID
	d.TraceNumber = e.Trace
	if e.Class == WEB {
		d.SetPaymentType("S")
		if e.Recurring {
			d.SetPaymentType("R")
		}
	}
	return d
}
