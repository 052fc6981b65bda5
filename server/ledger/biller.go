package ledger

import (
	"strings"
	"time"
)

// A biller is a provider of internet access or a utility that charges tokens on its bill (claim 39). What is charged
// goes to it in files, and its own files say what became of it.

// Methods by which people are charged on a bill.
const (
	MethodISP     = "isp"
	MethodUtility = "utility"
)

// Biller is who charges tokens on its bills, as its operator has set it up.
type Biller struct {
	Name     string // northnet
	Title    string
	Method   string // MethodISP, MethodUtility
	Currency Currency
	Cap      int64  // micros that one of its accounts may be charged in a month
	Cost     uint32 // basis points of a charge that it may keep
	Closed   bool   // nothing new is charged
	Created  time.Time
	Files    uint64  // number of the last file for it
	Upto     EntryNo // charges begun until this entry are in a file
}

// BillerAccountState is how far an account at a biller has come.
type BillerAccountState string

// States of an account at a biller.
const (
	BillerAsked     BillerAccountState = "asked"     // its code is on the next bill
	BillerConfirmed BillerAccountState = "confirmed" // the code was typed
	BillerEnded     BillerAccountState = "ended"     // the biller has refused or reversed a charge
)

var billerAccountStates = machine[BillerAccountState]{
	{BillerAsked, "confirm", BillerConfirmed}, {BillerAsked, "end", BillerEnded}, {BillerConfirmed, "end", BillerEnded},
}

// BillerAccount is the account of a wallet's person at a biller. It belongs to one wallet. Its number is not here: it
// is personal, and sealed beside it.
type BillerAccount struct {
	Biller    string
	Mark      [32]byte // of the number, under a secret: one number has one
	User      UserID
	Last4     string // of the number, what people are shown
	State     BillerAccountState
	Code      [32]byte // the hash of the code that the next bill tells
	Created   time.Time
	Confirmed time.Time
	Month     int64 // in UTC, months since year 0, that Charged counts
	Charged   int64
}

// Live returns whether the account belongs to its wallet.
func (a BillerAccount) Live() bool { return a.State == BillerAsked || a.State == BillerConfirmed }

// OnBill is what a deposit knows of the bill that it is on.
type OnBill struct {
	Biller string
	Mark   [32]byte // of the account
	Last4  string
	First  bool // it asks for the account
}

// BillerFile is a file of charges for a biller. It was made once, and is sent again byte by byte.
type BillerFile struct {
	Biller string
	Number uint64
	Lines  uint32
	Sum    Amount
	Hash   [32]byte // SHA-256 of its bytes
	Sealed [32]byte // SHA-256 of its bytes as they are stored
	Upto   EntryNo
	At     time.Time
}

// AtBiller is what an entry has changed about a biller, each as it is after it.
type AtBiller struct {
	Biller  *Biller
	Account *BillerAccount
	File    *BillerFile
}

const (
	maxBillerTitle = 60
	maxBillerName  = 20
	// maxBillerAccount bounds the number of an account at a biller, in characters.
	maxBillerAccount = 30
	// billerCodeLife is how long a claim without its code keeps an account from other wallets: two bills.
	billerCodeLife = 70 * day
	// maxBillerCost is the most that a biller may keep, in basis points.
	maxBillerCost = 5000
)

// FirstCharge is what asking for an account is charged: most billers take nothing smaller.
func (b Biller) FirstCharge() Amount { return Amount{max(Unit, b.Currency.minor()), b.Currency} }

// Sent returns whether a charge is in a file already.
func (b Biller) Sent(d Deposit) bool { return d.No <= b.Upto }

// Takes returns whether a biller may pass so much on for a charge: all of it, or all but what it may keep.
func (b Biller) Takes(charge, remitted Amount) bool {
	if charge.Currency != remitted.Currency || remitted.Micros > charge.Micros {
		return false
	}
	most, err := mulDiv(charge.Micros, int64(b.Cost), 10_000)
	if err != nil {
		return false
	}
	unit := charge.Currency.minor()
	return charge.Micros-remitted.Micros <= (most+unit-1)/unit*unit && remitted.Micros > 0
}

// BillerFacts is what decisions about billers need to know.
type BillerFacts struct {
	No      EntryNo
	Policy  Policy
	Biller  Biller        // as it is; the zero value: new
	User    User          // JoinBiller
	Account BillerAccount // the wallet's at the biller, the zero value: none
	Taken   BillerAccount // JoinBiller: whose the number is now, the zero value: nobody's
}

// BillerOutcome is what they change.
type BillerOutcome struct {
	Entry   Entry
	Biller  Biller
	Account BillerAccount
	File    BillerFile
}

// SetBiller opens a biller or changes it. Method and currency stay. It refuses with ErrInvalid.
func SetBiller(b Biller, a Actor, f BillerFacts, now time.Time) (out BillerOutcome, err error) {
	if b.Name == "" || len(b.Name) > maxBillerName || !only(b.Name, lowerAlnum+"-") {
		return out, Invalid("name", "Use letters, digits and hyphens such as northnet.", "%q is no name for a biller.",
			CleanLine(b.Name, 40))
	}
	if b.Method != MethodISP && b.Method != MethodUtility {
		return out, Invalid("kind", "Say isp or utility.", "There is no kind of biller %q.", CleanLine(b.Method, 20))
	}
	if err := checkHeld(b.Currency, f.Policy.Currencies); err != nil {
		return out, err
	}
	had := f.Biller
	switch {
	case had.Name != "" && (had.Method != b.Method || had.Currency != b.Currency):
		return out, Invalid("currency", "Open another one under another name.", "A biller keeps its kind and its currency.")
	case b.Cap < b.FirstCharge().Micros || b.Cap > MaxMicros:
		return out, Invalid("cap", "Type what an account may be charged in a month, such as 50.00.",
			"The cap is out of bounds.")
	case b.Cost > maxBillerCost:
		return out, Invalid("cost", "Type a part such as 8 %.", "A biller keeps %d %% at most.", maxBillerCost/100)
	}
	title, err := typedLine("title", b.Title, maxBillerTitle)
	if err != nil {
		return out, err
	}
	e := entry(f.No, now, KindBiller, a)
	b.Title = title
	if b.Title == "" {
		b.Title = b.Name
	}
	b.Created, b.Files, b.Upto = had.Created, had.Files, had.Upto
	if b.Created.IsZero() {
		b.Created = e.At
	}
	e.Biller = &AtBiller{Biller: &b}
	return BillerOutcome{Entry: e, Biller: b}, nil
}

// ReadBillerAccount brings the number of an account at a biller into its one form. It refuses with ErrInvalid.
func ReadBillerAccount(typed string) (number string, err error) {
	number = strings.ToUpper(strings.NewReplacer(" ", "", "\t", "").Replace(typed))
	if err := RefuseCard(number); err != nil {
		return "", err
	}
	if len(number) < 4 || len(number) > maxBillerAccount || !only(number, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-./") {
		return "", Invalid("account", "Copy it from a bill: 4 to 30 letters and digits.",
			"This is no number of an account.")
	}
	return number, nil
}

// Last4 is what people are shown of a number.
func Last4(number string) string {
	if len(number) <= 8 { // of a short one less
		return number[len(number)-2:]
	}
	return number[len(number)-4:]
}

// JoinBiller asks for an account at a biller: the code that proves it is on the next bill. It refuses with ErrFrozen,
// with ErrState a biller that takes nothing and a wallet that has an account there, and with ErrNotAllowed a number
// that belongs to another wallet.
func JoinBiller(a BillerAccount, act Actor, f BillerFacts, now time.Time) (out BillerOutcome, err error) {
	switch {
	case f.User.Status != UserActive:
		return out, refuseFrozen()
	case f.Biller.Name == "" || f.Biller.Closed:
		return out, RefuseState("biller", "not taking new charges")
	case f.Account.Live():
		return out, Refuse(ErrState, "Type: biller list", "This wallet has an account at %s already.", f.Biller.Title)
	case f.Taken.Live() && f.Taken.User != f.User.ID &&
		(f.Taken.State == BillerConfirmed || now.Before(f.Taken.Created.Add(billerCodeLife))):
		return out, Refuse(ErrNotAllowed, "Compare it with your bill. If it is right, tell the service.",
			"This account cannot be added.")
	}
	e := entry(f.No, now, KindBillerAccount, act)
	a.Biller, a.User, a.State = f.Biller.Name, f.User.ID, BillerAsked
	a.Created, a.Confirmed, a.Month, a.Charged = e.At, time.Time{}, f.Account.Month, 0
	if f.Account.Mark == a.Mark { // what was charged this month was charged
		a.Charged = f.Account.Charged
	}
	e.User, e.Wallet = f.User.ID, f.Biller.Currency
	e.Change = &Change{Name: f.Biller.Title, New: "asked, account …" + a.Last4, Currency: f.Biller.Currency}
	e.Biller = &AtBiller{Account: &a}
	return BillerOutcome{Entry: e, Biller: f.Biller, Account: a}, nil
}

// ConfirmBiller takes the code that a bill has told. It refuses with ErrNotFound another code, and with ErrState an
// account that waits for none.
func ConfirmBiller(code [32]byte, act Actor, f BillerFacts, now time.Time) (out BillerOutcome, err error) {
	a := f.Account
	to, can := billerAccountStates.next(a.State, "confirm")
	switch {
	case !can:
		return out, RefuseState("account", "not waiting for a code")
	case code != a.Code:
		return out, Refuse(ErrNotFound, "Compare it with the bill: eight letters such as WDJB-MJHT.", "This is not the code.")
	}
	return f.accountStep(a, to, act, now), nil
}

// accountStep is an account in another state.
func (f BillerFacts) accountStep(a BillerAccount, to BillerAccountState, act Actor, now time.Time) BillerOutcome {
	e := entry(f.No, now, KindBillerAccount, act)
	old := string(a.State)
	a.State = to
	if to == BillerConfirmed {
		a.Confirmed = e.At
	}
	e.User, e.Wallet = a.User, f.Biller.Currency
	e.Change = &Change{Name: f.Biller.Title, Old: old, New: string(to), Currency: f.Biller.Currency}
	e.Biller = &AtBiller{Account: &a}
	return BillerOutcome{Entry: e, Biller: f.Biller, Account: a}
}

// monthOf is the month of an instant in UTC.
func monthOf(t time.Time) int64 { return int64(t.UTC().Year())*12 + int64(t.UTC().Month()) - 1 }

// charge counts a new charge. It refuses with ErrState an account that is not confirmed, and with ErrLimit more than a
// month may have.
func (a BillerAccount) charge(x Amount, first bool, b Biller, now time.Time) (BillerAccount, error) {
	if b.Closed {
		return a, RefuseState("biller", "not taking new charges")
	}
	if !first && a.State != BillerConfirmed {
		return a, Refuse(ErrState, "Wait for the bill with its code, then type: biller confirm BILLER CODE",
			"Your account at %s is not confirmed yet.", b.Title)
	}
	month := monthOf(now)
	if a.Month != month {
		a.Month, a.Charged = month, 0
	}
	if a.Charged+x.Micros > b.Cap {
		t := now.UTC()
		next := time.Date(t.Year(), t.Month()+1, 1, 0, 0, 0, 0, time.UTC)
		no := Refuse(ErrLimit, "Add less, or wait until "+stamp(next)+".",
			"%s can be charged on this bill in a month; %s of it are charged.", Amount{b.Cap, b.Currency},
			Amount{a.Charged, b.Currency})
		no.Limit, no.ResetsAt = "biller_month", next
		return a, no
	}
	a.Charged += x.Micros
	return a, nil
}

// afterStep returns the account after a step of a charge: one that is not made counts no more, and a biller that
// refuses the first or takes one back has ended it.
func (a BillerAccount) afterStep(d Deposit, to DepositState) BillerAccount {
	if a.Mark != d.Bill.Mark { // the wallet has another account by now
		return a
	}
	switch to {
	case DepositFailed, DepositCanceled:
		if a.Month == monthOf(d.Created) {
			a.Charged = max(a.Charged-d.Amount.Micros, 0)
		}
		if d.Bill.First && a.State == BillerAsked {
			a.State = BillerEnded
		}
	case DepositBillerReversed:
		if a.Live() {
			a.State = BillerEnded
		}
	}
	return a
}

// FreezeFile makes the charges that wait one file for the biller. Its bytes are made by the caller.
func FreezeFile(file BillerFile, act Actor, f BillerFacts, now time.Time) BillerOutcome {
	e := entry(f.No, now, KindBiller, act)
	b := f.Biller
	b.Files++
	b.Upto = file.Upto
	file.Biller, file.Number, file.At = b.Name, b.Files, e.At
	e.Biller = &AtBiller{Biller: &b, File: &file}
	return BillerOutcome{Entry: e, Biller: b, File: file}
}

// EndBillerAccount ends a claim to an account that was never proved.
func EndBillerAccount(act Actor, f BillerFacts, now time.Time) BillerOutcome {
	return f.accountStep(f.Account, BillerEnded, act, now)
}
