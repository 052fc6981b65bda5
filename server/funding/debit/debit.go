// Package debit takes money out of bank accounts: once by an electronic check, or again and again by automatic debit.
// Its orders go to a bank in files of the ACH network or of SEPA, and what the bank answers is read here.
package debit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"tuppence/server/bank"
	"tuppence/server/bank/ach"
	"tuppence/server/bank/sepa"
	"tuppence/server/funding"
	"tuppence/server/ledger"
)

// Bank is what was agreed with the banks of the house. A network without an agreement is nil.
type Bank struct {
	House string // whom a payer permits
	ACH   *ach.Origin
	SEPA  *sepa.Sender
	// Simulated says that no bank is behind it. Day is how long a banking day is in a demonstration; 0: as the calendars
	// of the networks say.
	Simulated bool
	Day       time.Duration
}

// ParseACH reads the agreement with a bank of the ACH network. It refuses what cannot be written into a file.
func ParseACH(file []byte) (*ach.Origin, error) {
	o := new(ach.Origin)
	if err := strictJSON(file, o); err != nil {
		return nil, err
	}
	probe := ach.Entry{
		Class: ach.WEB, Description: "TOKENS", Effective: ach.AddBankingDays(probeDay, 1), Prenote: true,
		Routing: o.Destination, Account: "1", Name: "A", ID: "1", Trace: o.Trace(1),
	}
	_, err := ach.Write(*o, 'A', probeDay, []ach.Entry{probe})
	return o, err
}

// ParseSEPA reads the agreement with a bank of SEPA.
func ParseSEPA(file []byte) (*sepa.Sender, error) {
	s := new(sepa.Sender)
	if err := strictJSON(file, s); err != nil {
		return nil, err
	}
	probe := sepa.Debit{
		EndToEndID: "PROBE", Amount: ledger.Amount{Micros: ledger.Unit, Currency: "EUR"},
		Due: sepa.AddBankingDays(probeDay, 2), Sequence: sepa.Recurring, Mandate: "PROBE", Signed: probeDay,
		Party: sepa.Party{Name: "A", IBAN: s.IBAN},
	}
	_, err := sepa.WriteDebits(sepa.Debits08, "PROBE", probeDay, *s, []sepa.Debit{probe})
	return s, err
}

// probeDay is any day: a file that is written to try an agreement goes nowhere.
var probeDay = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)

func strictJSON(file []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	if err := d.Decode(v); err != nil {
		return fmt.Errorf("not the JSON of an agreement: %w", err)
	}
	if d.More() {
		return errors.New("there is something behind the agreement")
	}
	return nil
}

// Start leaves the debit to the next file.
func (Bank) Start(context.Context, funding.Order) (funding.Outcome, error) {
	return funding.Outcome{State: ledger.DepositCreated}, nil
}

// Lookup knows nothing new: the files of the bank tell.
func (Bank) Lookup(_ context.Context, o funding.Order) (funding.Outcome, error) {
	return funding.Outcome{State: o.Deposit.State}, nil
}

// Steps tell the payer when the account is debited.
func (Bank) Steps(d ledger.Deposit) []string {
	switch d.State {
	case ledger.DepositCreated:
		return []string{"Your bank account is debited with the next file to the bank. Until then you can cancel it."}
	case ledger.DepositSubmitted, ledger.DepositPendingClears:
		return []string{
			"Your bank account is debited on " + d.Due.UTC().Format(time.DateOnly) + ". Have the money there.",
			"The tokens can be spent from " + d.Clears.UTC().Format("2006-01-02 15:04 MST") + " on, unless the bank returns it.",
		}
	}
	return nil
}

// Asks reports whether an account is asked for before its first debit: the rules of WEB debits want it.
func (Bank) Asks(network string) bool { return network == ledger.NetworkACH }

// Days that pass before nothing more comes back, as a rule, and before a question that was not answered is a yes.
const (
	clearDays = 5
	askDays   = 3
	// noticeDays is how long before a debit its payer knows of it in SEPA: the mandate agrees on that.
	noticeDays = 2
)

// When returns the day of a debit, and the end of the day until which it can come back as a rule.
func (b Bank) When(network string, now time.Time, asks bool) (due, clears time.Time) {
	days := clearDays
	if asks {
		days = askDays
	}
	if b.Day > 0 {
		return now.Add(b.Day), now.Add(b.Day * time.Duration(1+days))
	}
	const day = 24 * time.Hour
	if network == ledger.NetworkSEPA {
		due = sepa.AddBankingDays(now, noticeDays)
		return due, sepa.AddBankingDays(due, days).Add(day)
	}
	due = ach.AddBankingDays(now, 1)
	return due, ach.AddBankingDays(due, days).Add(day)
}

// Account reads what was typed of an account: an IBAN, or a routing number and an account number.
func (b Bank) Account(network, typed, holder string) (a funding.Account, err error) {
	a.Holder = strings.TrimSpace(holder)
	switch network {
	case ledger.NetworkSEPA:
		iban, err := bank.ParseIBAN(typed)
		if err != nil {
			return a, err
		}
		if !iban.SEPA() {
			return a, ledger.Invalid("account", "Use an account in a country of SEPA.", "This account cannot be debited.")
		}
		a.IBAN, a.Country, a.Last4 = string(iban), string(iban[:2]), bank.Last4(string(iban))
	default:
		words := strings.Fields(typed)
		if len(words) == 3 && (words[2] == "savings" || words[2] == "checking") {
			a.Savings, words = words[2] == "savings", words[:2]
		}
		if len(words) != 2 || len(words[1]) < 4 || len(words[1]) > 17 || strings.Trim(words[1], "0123456789") != "" {
			return a, ledger.Invalid("account", "Type the routing number, the account number, and savings if it is one.",
				"This is not a bank account in the USA.")
		}
		if err := bank.CheckRouting(words[0]); err != nil {
			return a, err
		}
		a.Routing, a.Number, a.Country, a.Last4 = words[0], words[1], "US", bank.Last4(words[1])
	}
	if name := bank.Latin(a.Holder, maxName(network)); !bank.IsLatin(name) || strings.Count(name, ".")*2 > len(name) {
		return a, ledger.Invalid("holder", "Write the name as it stands on the account, in Latin letters.",
			"The holder's name is missing, or banks cannot read it.")
	}
	return a, nil
}

// maxName is how long a holder's name can be.
func maxName(network string) int {
	if network == ledger.NetworkSEPA {
		return 70
	}
	return 22
}

// Text is what a payer agrees to.
func (b Bank) Text(network string, a funding.Account, most ledger.Amount) string {
	if network == ledger.NetworkSEPA {
		return "SEPA direct debit mandate, creditor identifier " + b.SEPA.CreditorID + ".\n" +
			"I permit " + b.House + " to debit my account " + a.Mask() + " each time that I add funds here, by up to " +
			most.String() + ", and my bank to carry these debits out. I am told of each debit two days before it.\n" +
			"I can have a debit back from my bank within eight weeks, by the terms agreed with it.\n" +
			"I can revoke this at any time here, with: mandate revoke"
	}
	return "I authorize " + b.House + " to debit my account " + a.Mask() +
		" by ACH each time that I add funds here, once or by automatic debit, by up to " + most.String() + ".\n" +
		"The bank is first asked for the account, with an entry of no money.\n" +
		"A debit that comes back for want of money may be presented again twice, for the same amount.\n" +
		"This holds until I revoke it here, with: mandate revoke. Debits that are with the bank by then are carried out."
}

// ID returns the trace number of the ACH network, or the end-to-end id of SEPA.
func (b Bank) ID(network string, n uint64, name string) string {
	if network == ledger.NetworkSEPA {
		return sepa.EndToEndID(name)
	}
	return b.ACH.Trace(n)
}

// Write returns a file.
func (b Bank) write(o funding.FileOrder, recurring bool) ([]byte, error) {
	switch {
	case o.Network == ledger.NetworkSEPA && b.SEPA != nil:
		return b.writeSEPA(o)
	case o.Network == ledger.NetworkACH && b.ACH != nil:
		return b.writeACH(o, recurring)
	}
	return nil, ledger.Invalid("method", "Set it up first.", "There is no agreement with a bank of this network.")
}

func (b Bank) writeACH(o funding.FileOrder, recurring bool) ([]byte, error) {
	if o.Modifier > 'Z'-'A' {
		return nil, ledger.Refuse(ledger.ErrLimit, "Wait for the next day.", "A day has 26 files of one bank.")
	}
	all := make([]ach.Entry, 0, len(o.Debits))
	for _, d := range o.Debits {
		e := ach.Entry{
			Class: ach.WEB, Description: "TOKENS", Effective: bankingDay(ach.IsBankingDay, d.Due), Amount: d.Amount,
			Prenote: d.Asks, Recurring: recurring, Savings: d.Account.Savings, Routing: d.Account.Routing,
			Account: d.Account.Number, Name: bank.Latin(d.Account.Holder, maxName(o.Network)), ID: funding.ShortName(d.Name),
			Trace: d.ID,
		}
		if d.Again {
			e.Description = "RETRY PYMT"
		}
		if d.Asks {
			e.Amount = ledger.Amount{Currency: "USD"}
		}
		all = append(all, e)
	}
	return ach.Write(*b.ACH, byte('A'+o.Modifier), o.Created, all)
}

func (b Bank) writeSEPA(o funding.FileOrder) ([]byte, error) {
	all := make([]sepa.Debit, 0, len(o.Debits))
	for _, d := range o.Debits {
		all = append(all, sepa.Debit{
			EndToEndID: d.ID, Amount: d.Amount, Due: bankingDay(sepa.IsBankingDay, d.Due), Sequence: sepa.Recurring,
			Mandate: sepa.EndToEndID(d.MandateID), Signed: d.Mandate.Agreed,
			Party:      sepa.Party{Name: bank.Latin(d.Account.Holder, maxName(o.Network)), IBAN: bank.IBAN(d.Account.IBAN)},
			Remittance: sepa.Remittance{Text: "Tokens " + bank.Latin(b.House, 70)},
		})
	}
	return sepa.WriteDebits(sepa.Debits08, o.ID, o.Created, *b.SEPA, all)
}

// bankingDay is the day itself or the next one on which a network settles: days of a demonstration are short.
func bankingDay(is func(time.Time) bool, t time.Time) time.Time {
	for !is(t) {
		t = t.AddDate(0, 0, 1)
	}
	return t
}
