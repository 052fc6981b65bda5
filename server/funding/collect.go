package funding

import (
	"log/slog"
	"time"

	"tuppence/server/ledger"
)

// Collector is a method that takes money out of bank accounts with the permission of their owners. Its orders go to a
// bank in a file, and the bank says in files of its own what came back. It is the only one that is given plain data of
// the vault.
type Collector interface {
	Method
	// Network returns over which network a currency is debited, "" for none.
	Network(c ledger.Currency) string
	// Account checks what a person has typed of an account, and its holder's name, for a network. It refuses with
	// ErrInvalid.
	Account(network, typed, holder string) (Account, error)
	// Text is what a person agrees to before an account is debited.
	Text(network string, a Account, most ledger.Amount) string
	// Asks reports whether the bank is asked for an account before its first debit.
	Asks(network string) bool
	// When returns when what is put into a file now is debited, and until when it can come back as a rule. A question is
	// answered earlier.
	When(network string, now time.Time, asks bool) (due, clears time.Time)
	// Write returns the bytes of a file. The same order gives the same bytes.
	Write(o FileOrder) ([]byte, error)
	// ID returns the id under which a bank knows an order: n counts all of a network.
	ID(network string, n uint64, name string) string
	// Read returns what a file of a bank says. It refuses with ErrInvalid a file as a whole.
	Read(file []byte) (BankNews, error)
}

// Account is a bank account and its holder in plain. It shows itself masked.
type Account struct {
	Holder  string `json:"holder"`
	IBAN    string `json:"iban,omitempty"`
	Routing string `json:"routing,omitempty"`
	Number  string `json:"number,omitempty"`
	Savings bool   `json:"savings,omitempty"`
	Company bool   `json:"company,omitempty"` // of a company that is paid; else of a person

	Country string `json:"country"`
	Last4   string `json:"last4"`
}

// Mask is what may be shown to its owner.
func (a Account) Mask() string { return a.Country + "•• … " + a.Last4 }

// String returns what may be shown.
func (a Account) String() string { return a.Mask() }

// GoString keeps the account out of %#v.
func (a Account) GoString() string { return a.Mask() }

// LogValue keeps the account out of logs.
func (a Account) LogValue() slog.Value { return slog.StringValue(a.Mask()) }

// FileOrder is a file for a bank.
type FileOrder struct {
	Network  string
	ID       string // of the file
	Modifier uint32 // tells files of one day apart, from 0
	Created  time.Time
	Debits   []Debit
}

// Debit is one line of a file: a debit, or a question whether an account is there.
type Debit struct {
	ID        string // [Collector.ID]
	Name      string // sealed name of the deposit or mandate; comes back with it
	Asks      bool
	Amount    ledger.Amount
	Due       time.Time
	Again     bool // it came back before for want of money
	Mandate   ledger.Mandate
	MandateID string // its name
	Account   Account
}

// BankNews is what a file of a bank says.
type BankNews struct {
	Network string
	What    string // the form of the file, for people
	Items   []NewsItem
}

// NewsKind is what an item tells.
type NewsKind string

// Kinds of items.
const (
	NewsReturn NewsKind = "return"   // an order came back
	NewsChange NewsKind = "change"   // another account number
	NewsTaken  NewsKind = "taken"    // the bank has taken the file
	NewsCredit NewsKind = "credit"   // money came
	NewsPerson NewsKind = "person"   // nobody knows what it means but a person
	NewsOurs   NewsKind = "expected" // what the bank was told to do
)

// NewsItem is one piece of news.
type NewsItem struct {
	Kind NewsKind
	Key  string // unique in its network: what comes twice is done once
	ID   string // under which the order was sent; "" if the bank does not say
	Name string // what the bank has copied of [ShortName]; "" if nothing
	File string // the id of our file, where all of its orders are meant
	Code string // of the bank: R01, AM04
	Why  string // in words

	Amount     ledger.Amount // zero: the bank does not say
	References []uint64      // numbers of references of ours that stand in its text: see [ledger.Reference]

	// Of a return: what it does to its mandate, "" for nothing, and to the wallet, and how often the same amount may be
	// tried again.
	Mandate string // an event of [ledger.StepMandate]
	Freeze  bool
	Look    bool // a person has to look at the wallet
	Retries uint32

	// Of a payout: the bank has not carried it out, or the account is not there. Credit says that money came back to us.
	Rejected, NoPayee, Credit bool
	Batch                     string // the id of a block of orders of ours that was booked in one sum

	Corrected Account // of a change: what is not empty; no holder
}

// ShortName is what has room for a name in 15 characters: the last ones of it, in capitals.
func ShortName(name string) string {
	up := []byte(name)
	for i, c := range up {
		if c >= 'a' && c <= 'z' {
			up[i] = c - 'a' + 'A'
		}
	}
	return string(up[max(0, len(up)-15):])
}
