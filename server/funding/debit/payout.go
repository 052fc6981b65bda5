package debit

import (
	"slices"
	"strings"

	"tuppence/server/bank"
	"tuppence/server/bank/ach"
	"tuppence/server/bank/sepa"
	"tuppence/server/funding"
	"tuppence/server/ledger"
)

// Payouts returns the ways in which payouts leave by the banks with which there is an agreement.
func (b Bank) Payouts() (all []funding.PayoutWay) {
	if b.SEPA != nil {
		all = append(all, Transfers{b})
	}
	if b.ACH != nil {
		all = append(all, Credits{b})
	}
	return all
}

// Transfers pays in euro by a file of SEPA credit transfers (pain.001).
type Transfers struct{ Bank }

// Way is sepa.
func (Transfers) Way() string { return ledger.WaySEPA }

// Ending is that of XML.
func (Transfers) Ending() string { return ".xml" }

// Currency is the euro.
func (Transfers) Currency() ledger.Currency { return "EUR" }

// Banks is true.
func (Transfers) Banks() bool { return true }

// Order is the end-to-end id.
func (Transfers) Order(_ uint64, name string) string { return sepa.EndToEndID(name) }

// PayeeAccount reads an IBAN.
func (t Transfers) PayeeAccount(typed, holder string) (funding.Account, error) {
	return t.Account(ledger.NetworkSEPA, typed, holder)
}

// Write returns a pain.001.001.09: one block, carried out on the day of the file or the next banking day.
func (t Transfers) Write(b funding.PayoutBatch) ([]byte, error) {
	on := bankingDay(sepa.IsBankingDay, b.Created)
	all := make([]sepa.Transfer, 0, len(b.Rows))
	for _, r := range b.Rows {
		all = append(all, sepa.Transfer{
			EndToEndID: r.Order, Amount: r.Amount, On: on,
			Party: sepa.Party{
				Name: bank.Latin(r.Account.Holder, maxName(ledger.NetworkSEPA)), IBAN: bank.IBAN(r.Account.IBAN),
			},
			Remittance: sepa.Remittance{Text: bank.Latin(t.House, 70) + " payout " + r.Order},
		})
	}
	return sepa.WriteTransfers(sepa.Transfers09, b.Name, b.Created, *t.SEPA, all)
}

// Credits pays in US dollars by a file of credits (NACHA): CCD to companies, PPD to persons.
type Credits struct{ Bank }

// Way is ach.
func (Credits) Way() string { return ledger.WayACH }

// Ending is what banks expect.
func (Credits) Ending() string { return ".ach" }

// Currency is the US dollar.
func (Credits) Currency() ledger.Currency { return "USD" }

// Banks is true.
func (Credits) Banks() bool { return true }

// Order is the trace number.
func (c Credits) Order(n uint64, _ string) string { return c.ACH.Trace(n) }

// PayeeAccount reads a routing number and an account number.
func (c Credits) PayeeAccount(typed, holder string) (funding.Account, error) {
	return c.Account(ledger.NetworkACH, typed, holder)
}

// Write returns the file, to settle on the next banking day.
func (c Credits) Write(b funding.PayoutBatch) ([]byte, error) {
	if b.Modifier > 'Z'-'A' {
		return nil, ledger.Refuse(ledger.ErrLimit, "Wait for the next day.", "A day has 26 files of one bank.")
	}
	effective := ach.AddBankingDays(b.Created, 1)
	all := make([]ach.Entry, 0, len(b.Rows))
	for _, r := range b.Rows {
		class := ach.PPD
		if r.Account.Company {
			class = ach.CCD
		}
		all = append(all, ach.Entry{
			Class: class, Credit: true, Description: "PAYOUT", Effective: effective, Amount: r.Amount,
			Savings: r.Account.Savings, Routing: r.Account.Routing, Account: r.Account.Number,
			Name: bank.Latin(r.Account.Holder, maxName(ledger.NetworkACH)), ID: funding.ShortName(r.ID), Trace: r.Order,
		})
	}
	return ach.Write(*c.ACH, byte('A'+b.Modifier), b.Created, all)
}

// Codes with which a payout comes back, beside those that say nothing more than that it did.
const (
	// neverLeft are those of a bank that has not carried a payout out: R-codes of the operator of the ACH network.
	neverLeft = "R13 R18 R19 R25 R26 R27 R28 R30 R32 R34 R35 R36"
	// noPayee are those of an account to which nothing can be paid.
	noPayee = "R02 R03 R04 R13 R16 R20 R28 AC01 AC03 AC04 AC06 AC13 AG01 BE05 RC01"
)

// ofPayout adds to an item what its code means for a payout.
func ofPayout(i funding.NewsItem) funding.NewsItem {
	i.Rejected = i.Rejected || slices.Contains(strings.Fields(neverLeft), i.Code)
	i.NoPayee = slices.Contains(strings.Fields(noPayee), i.Code)
	return i
}
