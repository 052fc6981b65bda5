package debit

import (
	"bytes"
	"strings"

	"tuppence/server/bank"
	"tuppence/server/bank/ach"
	"tuppence/server/bank/camt"
	"tuppence/server/bank/sepa"
	"tuppence/server/funding"
	"tuppence/server/ledger"
)

// Read returns what a file of a bank says, whichever of the forms it has: returns and changes of the ACH network, an
// answer to a file or a statement of SEPA, or a statement in CSV.
func (b Bank) Read(file []byte) (funding.BankNews, error) {
	if err := bank.Bounded(file); err != nil {
		return funding.BankNews{}, err
	}
	head := bytes.TrimLeft(file, "\xef\xbb\xbf \t\r\n")
	switch {
	case bytes.HasPrefix(head, []byte("101")):
		return readACH(file)
	case bytes.HasPrefix(head, []byte("<")) && bytes.Contains(head[:min(len(head), 4096)], []byte("CstmrPmtStsRpt")):
		return readStatus(file)
	case bytes.HasPrefix(head, []byte("<")):
		return b.readStatements(file)
	}
	return b.readCSV(file)
}

// returned fills an item with what a code means.
func returned(i funding.NewsItem, code string, m bank.Meaning) funding.NewsItem {
	i.Kind, i.Code, i.Why = funding.NewsReturn, code, m.Words
	switch m.Fate {
	case bank.ByPerson:
		i.Kind = funding.NewsPerson
	case bank.Kept:
		i.Kind = funding.NewsPerson
	}
	switch m.Mandate {
	case bank.Suspended:
		i.Mandate = ledger.MandateSuspend
	case bank.Ended:
		i.Mandate = ledger.MandateRefused
	}
	i.Freeze, i.Look, i.Retries = m.Account == bank.Frozen, m.Account == bank.Looked, uint32(m.Retries)
	return i
}

func readACH(file []byte) (funding.BankNews, error) {
	in, err := ach.Read(file)
	if err != nil {
		return funding.BankNews{}, err
	}
	news := funding.BankNews{Network: ledger.NetworkACH, What: "returns and changes (NACHA)"}
	for _, r := range in.Returns {
		i := funding.NewsItem{Key: r.Key(), ID: r.Original, Name: r.ID, Amount: r.Amount, Credit: r.Credit}
		i = returned(i, r.Code, ach.MeaningOf(r.Code))
		if name := ach.Name(r.Code); name != "" {
			i.Why = name
		}
		if r.Credit {
			i = ofPayout(i)
		}
		news.Items = append(news.Items, i)
	}
	for _, c := range in.Changes {
		i := funding.NewsItem{
			Kind: funding.NewsChange, Key: c.Key(), ID: c.Original, Name: c.ID, Code: c.Code, Why: c.Corrected.String(),
			Corrected: funding.Account{Routing: c.Corrected.Routing, Number: c.Corrected.Account},
		}
		if c.Corrected == (ach.Corrected{}) {
			i.Kind, i.Why = funding.NewsPerson, "another change than of the number"
		}
		news.Items = append(news.Items, i)
	}
	for _, u := range in.Unread {
		news.Items = append(news.Items, funding.NewsItem{
			Kind: funding.NewsPerson, ID: ledger.CleanLine(u.Original, 15), Code: ledger.CleanLine(u.Code, 4), Why: u.Why,
		})
	}
	return news, nil
}

func readStatus(file []byte) (funding.BankNews, error) {
	r, err := sepa.ReadStatus(file)
	if err != nil {
		return funding.BankNews{}, err
	}
	news := funding.BankNews{Network: ledger.NetworkSEPA, What: "an answer of the bank (pain.002)"}
	whole := funding.NewsItem{Key: "pain.002 " + r.ID + " " + r.File, File: r.File, Code: string(r.Status)}
	switch {
	case r.Status == sepa.Rejected:
		whole = returned(whole, first(r.Reason), sepa.MeaningOf(first(r.Reason)))
		whole.Mandate, whole.Freeze, whole.Retries, whole.Look = "", false, 0, true // the file is at fault, not the payers
		whole.Rejected = true
	case r.Status != "" && r.Status != "PDNG":
		whole.Kind, whole.Why = funding.NewsTaken, "the bank has taken the file"
	default:
		whole.Kind, whole.Why = funding.NewsPerson, "what it says of the file decides nothing"
	}
	orders := 0
	for _, b := range r.Blocks {
		for _, o := range b.Orders {
			orders++
			if status, reason := r.Of(b.ID, o.EndToEndID); status == sepa.Rejected {
				i := funding.NewsItem{Key: whole.Key + " " + o.EndToEndID, ID: o.EndToEndID, Rejected: true}
				i = returned(i, first(reason), sepa.MeaningOf(first(reason)))
				news.Items = append(news.Items, ofPayout(i))
			}
		}
		if b.Status == sepa.Rejected && len(b.Orders) == 0 {
			news.Items = append(news.Items, funding.NewsItem{
				Kind: funding.NewsPerson, Code: first(b.Reason), Why: "the bank refuses a block of orders",
			})
		}
	}
	if whole.Kind != funding.NewsPerson || orders == 0 {
		news.Items = append(news.Items, whole)
	}
	return news, nil
}

func first(all []string) string {
	if len(all) == 0 {
		return ""
	}
	return ledger.CleanLine(all[0], 35)
}

// options are what the readers of statements have to know.
func (b Bank) options() camt.Options {
	if b.SEPA == nil {
		return camt.Options{}
	}
	return camt.Options{Own: []bank.IBAN{b.SEPA.IBAN}}
}

func (b Bank) readStatements(file []byte) (funding.BankNews, error) {
	all, err := camt.Read(file, b.options())
	news := funding.BankNews{Network: ledger.NetworkSEPA, What: "a statement (camt)"}
	for _, s := range all {
		if s.Kind != camt.Interim { // what is told there comes again when the day is over
			news.Items = append(news.Items, items(s)...)
		}
	}
	return news, err
}

// readCSV reads the form of CSV that the file has.
func (b Bank) readCSV(file []byte) (funding.BankNews, error) {
	profile := camt.Generic
	if head, _, _ := bytes.Cut(file, []byte("\n")); bytes.Contains(head, []byte(camt.CSVCAMT.Own)) {
		profile = camt.CSVCAMT
	}
	s, err := camt.ReadCSV(file, profile, b.options())
	news := funding.BankNews{Network: ledger.NetworkSEPA, What: "a statement (CSV, " + profile.Name + ")"}
	news.Items = items(s)
	return news, err
}

// items are the movements of a statement. Of the words of a payer only references of ours are taken.
func items(s camt.Statement) (all []funding.NewsItem) {
	for _, l := range s.Lines {
		i := funding.NewsItem{Key: l.Key, ID: l.EndToEndID, Amount: l.Amount, Why: l.Date.Format("2006-01-02")}
		switch {
		case !l.Credit && (l.Reversal || l.Reason != ""):
			i = returned(i, ledger.CleanLine(l.Reason, 4), sepa.MeaningOf(l.Reason))
			if l.EndToEndID == "" {
				i.Kind, i.Why = funding.NewsPerson, "money went back, and the bank does not say of what"
			}
		case l.Credit && l.EndToEndID != "" && (l.Reversal || l.Reason != ""): // of a payout, if one has this id
			i = returned(i, ledger.CleanLine(l.Reason, 4), sepa.MeaningOf(l.Reason))
			i.Credit, i.References = true, bank.References(l.Texts...)
			i = ofPayout(i)
		case l.Reversal:
			i.Kind, i.Why = funding.NewsPerson, "a movement of before was taken back"
		case !l.Credit:
			i.Kind = funding.NewsOurs
			if l.EndToEndID == "" {
				i.Batch = l.Batch
			}
		case strings.HasPrefix(l.Batch, FilePrefix): // what our debits have brought, in one sum
			i.Kind = funding.NewsOurs
		default:
			i.Kind, i.References = funding.NewsCredit, bank.References(l.Texts...)
		}
		all = append(all, i)
	}
	for _, u := range s.Unread {
		all = append(all, funding.NewsItem{
			Kind: funding.NewsPerson, ID: ledger.CleanID(u.BankRef, 35), Amount: u.Amount, Why: u.Why,
		})
	}
	return all
}

// FilePrefix begins the ids of our files.
const FilePrefix = "TPC"
