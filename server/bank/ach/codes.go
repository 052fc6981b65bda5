package ach

import (
	"slices"
	"strings"

	"tuppence/server/bank"

	nacha "github.com/moov-io/ach"
)

// Meanings are what codes of returns and changes do. The last line is that of all others, also of unknown ones.
var Meanings = []bank.Meaning{
	{
		Codes: "R01 R09", Words: "not enough money; may be tried again as RETRY PYMT",
		Fate: bank.Returned, Mandate: bank.Stays, Account: bank.NoAdvance, Retries: 2, Within: 180,
	},
	{
		Codes: "R02 R03 R04", Words: "no such account, or closed",
		Fate: bank.Returned, Mandate: bank.Suspended, Account: bank.Untouched, Rate: bank.Administrative,
	},
	{
		Codes: "R16 R20", Words: "the account cannot be debited",
		Fate: bank.Returned, Mandate: bank.Suspended, Account: bank.Untouched,
	},
	{
		Codes: "R05 R07 R10 R29 R51", Words: "the account's owner did not permit it, or no longer does",
		Fate: bank.Returned, Mandate: bank.Ended, Account: bank.Frozen, Rate: bank.Unauthorised,
	},
	{
		Codes: "R08", Words: "payment stopped; ask what was meant",
		Fate: bank.Returned, Mandate: bank.Suspended, Account: bank.Untouched,
	},
	{
		Codes: "R11", Words: "not as permitted; may be corrected and sent again within 60 days",
		Fate: bank.Returned, Mandate: bank.Stays, Account: bank.Looked,
	},
	{
		Codes: "C01 C02 C03", Words: "another account number",
		Fate: bank.Kept, Mandate: bank.Replaced, Account: bank.Untouched,
	},
	{
		Codes: "R61 R62 R67 R68 R69 R70 R71 R72 R73 R74 R75 R76 R77", Words: "a return of a return",
		Fate: bank.ByPerson, Mandate: bank.Stays, Account: bank.Looked,
	},
	{Words: "a person looks at it", Fate: bank.Returned, Mandate: bank.Suspended, Account: bank.Looked},
}

// otherChange is what a change does that is none of an account or routing number.
var otherChange = bank.Meaning{
	Words: "a person looks at it", Fate: bank.Kept, Mandate: bank.Stays, Account: bank.Looked,
}

// MeaningOf returns what a code does. A code that nobody knows is returned money that a person looks at.
func MeaningOf(code string) bank.Meaning {
	for _, m := range Meanings {
		if slices.Contains(strings.Fields(m.Codes), code) {
			return m
		}
	}
	if strings.HasPrefix(code, "C") {
		return otherChange
	}
	return Meanings[len(Meanings)-1]
}

// Name returns the name that NACHA gives to a code, "" if there is none.
func Name(code string) string {
	if c := nacha.LookupReturnCode(code); c != nil {
		return c.Reason
	}
	if c := nacha.LookupChangeCode(code); c != nil {
		return c.Reason
	}
	return ""
}
