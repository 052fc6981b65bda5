package books

import (
	"cmp"
	"strconv"
	"time"

	"tuppence/server/ledger"
)

// hledgerSheet is a journal of hledger: plain text, strict, with an assertion behind every posting.
type hledgerSheet struct{}

func (hledgerSheet) head(b []byte) []byte {
	return append(b, `; Debits are positive. Dates are days of UTC; at: is the stamp, cause: the entry that is continued.
decimal-mark .
account Assets  ; type:A
account Liabilities  ; type:L
account Equity  ; type:E
account Income  ; type:R
account Expenses  ; type:X
`...)
}

func (hledgerSheet) currency(b []byte, _ string, c ledger.Currency) []byte {
	return append(append(append(b, "\ncommodity 1000.000000 "...), c...), '\n')
}

func (hledgerSheet) account(b []byte, _ string, a ledger.Account) []byte {
	return append(appendName(append(b, "\naccount "...), a), '\n')
}

func (hledgerSheet) entry(b []byte, e heading) []byte {
	b = append(append(append(b, '\n'), e.day...), " * "...)
	if e.no != 0 {
		b = append(strconv.AppendUint(append(b, '('), uint64(e.no), 10), ") "...)
	}
	b = append(b, e.words...)
	if e.no != 0 {
		b = e.at.AppendFormat(append(b, "  ; at:"...), time.RFC3339Nano)
	}
	if e.cause != 0 {
		b = strconv.AppendUint(append(b, ", cause:"...), uint64(e.cause), 10)
	}
	return append(b, '\n')
}

func (hledgerSheet) posting(b []byte, _ heading, p posted) []byte { return asserted(b, p, " = ") }

// asserted is a posting with the balance after it.
func asserted(b []byte, p posted, equals string) []byte {
	b = appendName(append(b, "    "...), p.Account)
	b = appendAmount(append(b, "  "...), p.Micros, p.Account.Currency)
	return append(appendAmount(append(b, equals...), p.balance, p.Account.Currency), '\n')
}

// balances is an entry of nothing; "=*" is with all accounts below.
func (s hledgerSheet) balances(b []byte, e heading, all []posted) []byte {
	if len(all) == 0 {
		return b
	}
	b = s.entry(b, e)
	for _, p := range all {
		b = asserted(b, p, " =* ")
	}
	return b
}

func (hledgerSheet) tail(b []byte, done Exported) []byte {
	return appendCount(append(b, "\n; end: "...), done)
}

// appendCount appends how much there is, so that a reader of a file knows that it is whole.
func appendCount(b []byte, done Exported) []byte {
	b = strconv.AppendUint(b, done.Entries, 10)
	b = strconv.AppendUint(append(b, " entries, "...), done.Postings, 10)
	return append(b, " postings\n"...)
}

// appendAmount appends 0.250000 EUR.
func appendAmount(b []byte, micros int64, c ledger.Currency) []byte {
	return append(append(ledger.AppendMicros(b, micros), ' '), c...)
}

// beancountSheet is a ledger of beancount. It has no assertions of postings, so each day ends with those of classes and
// the file with those of accounts. "~ 0" is needed: without it a balance may be wrong by a micro.
type beancountSheet struct{}

func (beancountSheet) head(b []byte) []byte {
	return append(b, `; Debits are positive. Dates are days of UTC; at is the stamp, cause the entry that is continued.
option "inferred_tolerance_default" "*:0"
`...)
}

func (beancountSheet) currency(b []byte, day string, c ledger.Currency) []byte {
	return append(append(append(append(append(b, '\n'), day...), " commodity "...), c...), '\n')
}

func (beancountSheet) account(b []byte, day string, a ledger.Account) []byte {
	return append(appendName(append(append(append(b, '\n'), day...), " open "...), a), '\n')
}

func (beancountSheet) entry(b []byte, e heading) []byte {
	b = append(append(append(b, '\n'), e.day...), " * "...)
	b = append(strconv.AppendQuote(b, e.words), '\n')
	if e.no != 0 {
		b = strconv.AppendUint(append(b, "  entry: \""...), uint64(e.no), 10)
		b = append(e.at.AppendFormat(append(b, "\"\n  at: \""...), time.RFC3339Nano), "\"\n"...)
	}
	if e.cause != 0 {
		b = append(strconv.AppendUint(append(b, "  cause: \""...), uint64(e.cause), 10), "\"\n"...)
	}
	return b
}

func (beancountSheet) posting(b []byte, _ heading, p posted) []byte {
	b = append(appendName(append(b, "  "...), p.Account), "  "...)
	return append(appendAmount(b, p.Micros, p.Account.Currency), '\n')
}

// balances hold at the beginning of the following day.
func (beancountSheet) balances(b []byte, e heading, all []posted) []byte {
	b = append(b, '\n')
	for _, p := range all {
		b = appendName(append(append(b, e.next...), " balance "...), p.Account)
		b = append(ledger.AppendMicros(append(b, "  "...), p.balance), " ~ 0 "...)
		b = append(append(b, p.Account.Currency...), '\n')
	}
	return b
}

func (beancountSheet) tail(b []byte, done Exported) []byte {
	return appendCount(append(b, "\n; end: "...), done)
}

// csvSheet is RFC 4180 with a line for each posting. Its words and names are ours and need no quotes.
type csvSheet struct{}

func (csvSheet) head(b []byte) []byte {
	return append(b, "entry,date,at,kind,cause,class,name,account,currency,amount,balance\r\n"...)
}

func (csvSheet) currency(b []byte, _ string, _ ledger.Currency) []byte { return b }
func (csvSheet) account(b []byte, _ string, _ ledger.Account) []byte   { return b }
func (csvSheet) entry(b []byte, _ heading) []byte                      { return b }
func (csvSheet) balances(b []byte, _ heading, _ []posted) []byte       { return b }
func (csvSheet) tail(b []byte, _ Exported) []byte                      { return b }

func (csvSheet) posting(b []byte, e heading, p posted) []byte {
	b = append(append(appendNumber(b, e.no), e.day...), ',')
	if e.no != 0 {
		b = e.at.AppendFormat(b, time.RFC3339Nano)
	}
	b = append(append(append(b, ','), e.words...), ',')
	b = appendNumber(appendNumber(b, e.cause), p.Account.Class)
	b = append(append(b, cmp.Or(p.Account.Class.Name(), "earned before")...), ',')
	b = append(append(b, p.Account.Sub()...), ',')
	b = append(append(b, p.Account.Currency...), ',')
	b = append(ledger.AppendMicros(b, p.Micros), ',')
	return append(ledger.AppendMicros(b, p.balance), "\r\n"...)
}

// appendNumber appends a number and a comma, no number for 0.
func appendNumber[N ~uint64 | ~uint16](b []byte, n N) []byte {
	if n != 0 {
		b = strconv.AppendUint(b, uint64(n), 10)
	}
	return append(b, ',')
}
