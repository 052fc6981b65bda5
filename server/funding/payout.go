package funding

import (
	"time"

	"tuppence/server/ledger"
)

// PayoutBatch is the frozen rows of one file, in their order. It knows nothing of what is paid: settlements of vendors,
// and whatever else leaves for a bank account.
type PayoutBatch struct {
	Name     string // of the file, without its ending; a bank calls it so
	Modifier uint32 // tells files of one day and network apart, from 0
	Created  time.Time
	Total    ledger.Amount
	Rows     []PayoutRow
}

// PayoutRow is one payout of a file.
type PayoutRow struct {
	ID      string // its name, unique for ever
	To      string // what the operator calls the account
	Payee   string // who is paid, for people
	Amount  ledger.Amount
	Order   string  // the id under which a bank knows it: [PayoutWay.Order]
	Account Account // of the vault; empty where no bank account is needed
}

// PayoutWay is a way in which payouts leave. The same batch gives the same bytes.
type PayoutWay interface {
	// Way is its name in the terms. For one that pays to bank accounts it is the name of their network, too.
	Way() string
	// Ending is that of the names of its files, with the point.
	Ending() string
	// Currency is the only one that it pays in; "" for all.
	Currency() ledger.Currency
	// Banks tells whether it pays to bank accounts of the vault.
	Banks() bool
	// Write returns the bytes of a file.
	Write(b PayoutBatch) ([]byte, error)
	// Order returns the id under which a bank knows a row: n counts all of a network.
	Order(n uint64, name string) string
}

// AccountChecker is a way that can check an account as it was typed.
type AccountChecker interface {
	PayoutWay
	// PayeeAccount checks what was typed of an account and its holder's name. It refuses with ErrInvalid.
	PayeeAccount(typed, holder string) (Account, error)
}
