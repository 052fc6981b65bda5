package ledger

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A purchase order (claim 39) is a promise to pay on an invoice. The service lends the tokens up to a limit that its
// operator has set for the wallet, and another person accepts each order.

// PurchaseOrder is what a buyer has ordered.
type PurchaseOrder struct {
	Number string    // the buyer's own, unique for its wallet
	Until  time.Time // it may be accepted until then
	Signer string    // the member's key that signed it; "" for an order on paper
	Hash   [32]byte  // SHA-256 of the text that was signed, or of the scan of the paper
	Due    time.Time // of the invoice; zero until there is one
}

// OrderCredit is what a wallet may owe for purchase orders in one currency.
type OrderCredit struct {
	Currency    Currency
	Limit, Used int64  // micros; what was written off stays used
	By          string // the key of staff that set the limit
}

const (
	// invoiceLife is until when an invoice is to be paid.
	invoiceLife = 30 * day
	// maxOrderLife is how far ahead an order may be valid.
	maxOrderLife = 90 * day
	// maxOrderNumber bounds the number of an order, in characters.
	maxOrderNumber = 35
)

// untilPaid is the end of a risk that ends with a payment and not by itself. All lots of lent money are one.
var untilPaid = time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)

// UntilPaid returns whether an instant means no day, but when an invoice is paid.
func UntilPaid(t time.Time) bool { return t.Equal(untilPaid) }

// creditIn returns the credit of a wallet in a currency; none is the zero value.
func (u User) creditIn(c Currency) OrderCredit {
	if i := slices.IndexFunc(u.Credit, func(o OrderCredit) bool { return o.Currency == c }); i >= 0 {
		return u.Credit[i]
	}
	return OrderCredit{Currency: c}
}

// withCredit returns the user with another credit in its currency.
func (u User) withCredit(c OrderCredit) User {
	u.Credit = slices.Clone(u.Credit)
	if i := slices.IndexFunc(u.Credit, func(o OrderCredit) bool { return o.Currency == c.Currency }); i >= 0 {
		u.Credit[i] = c
	} else {
		u.Credit = append(u.Credit, c)
	}
	return u
}

// LenderIn returns the key of staff that set the credit limit in a currency, "" if nobody has.
func (u User) LenderIn(c Currency) string { return u.creditIn(c).By }

// lends refuses an order above what is left of the credit.
func (u User) lends(a Amount) error {
	credit := u.creditIn(a.Currency)
	if a.Micros <= 0 || a.Micros > MaxMicros {
		return Invalid("amount", "Order more than nothing.", "The amount is out of bounds.")
	}
	if left := credit.Limit - credit.Used; a.Micros > left {
		no := Refuse(ErrLimit, "Pay the invoices that are open, or ask the service for a higher limit.",
			"Purchase orders of this wallet may owe %s, and %s of it is used.",
			Amount{credit.Limit, a.Currency}, Amount{credit.Used, a.Currency})
		no.Limit = "credit"
		return no
	}
	return nil
}

// submitOrder makes a new deposit one of an order.
func (d *Deposit) submitOrder(r DepositOrder) {
	d.State, d.Order, d.Expires, d.Fee = DepositSubmitted, r.Order, r.Order.Until, 0
	d.External = strconv.FormatUint(uint64(d.ID.User), 10) + "/" + r.Order.Number
	if r.Order.Signer == "" { // who typed it from paper is its first person
		d.Receiver = r.Actor.Key
	}
}

// credit returns the user after a step: an order that is accepted uses credit, one that is paid frees it. It refuses
// with ErrLimit, and with ErrState an order after its day and an invoice before its day.
func (f DepositFacts) credit(to DepositState, now time.Time) (User, error) {
	u, d := f.User, f.Deposit
	if !d.Is(DepositOnOrder) {
		return u, nil
	}
	credit := u.creditIn(d.Amount.Currency)
	switch to {
	case DepositAccepted:
		if u.Status != UserActive {
			return u, refuseFrozen()
		}
		if now.After(d.Order.Until) {
			return u, RefuseState("order", "not valid after "+stamp(d.Order.Until.UTC()))
		}
		if err := u.lends(d.Amount); err != nil {
			return u, err
		}
		credit.Used += d.Amount.Micros
	case DepositPaid:
		credit.Used = max(credit.Used-d.Amount.Micros, 0)
	case DepositOverdue:
		if now.Before(d.Order.Due) {
			return u, RefuseState("invoice", "not due before "+stamp(d.Order.Due.UTC()))
		}
		return u, nil
	default:
		return u, nil
	}
	return u.withCredit(credit), nil
}

// mayDecideOrder is what binds staff who decide about an order: who has set the limit or typed the order does not
// accept it; who has accepted it does not write it off nor, above the policy's bound, say that it was paid.
func (f DepositFacts) mayDecideOrder(ev DepositEvent, own error, now time.Time) (Staff, error) {
	st, d := f.Staff, f.Deposit
	if own != nil {
		return st, own
	}
	second := func(who Staff, did string) error {
		if who.Fingerprint == "" || !SamePerson(st, who) {
			return nil
		}
		return Refuse(ErrNotAllowed, "It waits on the desk for a second person.",
			"Another person than the one who %s has to do this.", did)
	}
	switch above := d.Amount.Micros > f.Policy.In(d.Amount.Currency).Risk.TwoPersons; {
	case ev.To == DepositAccepted:
		if err := second(f.Lender, "has set the credit limit"); err != nil {
			return st, err
		}
		if err := second(f.Receiver, "has typed the order"); err != nil {
			return st, err
		}
		return st.moves(d.Amount, f.Policy, now)
	case ev.To == DepositWrittenOff, ev.To == DepositPaid && above:
		return st, second(f.Receiver, "has accepted the order")
	}
	return st, nil
}

// OrderLimitRequest sets what a wallet may owe for purchase orders.
type OrderLimitRequest struct {
	Limit Amount
	Actor Actor
}

// OrderLimitFacts is what the decision needs to know.
type OrderLimitFacts struct {
	No     EntryNo
	User   User
	Staff  Staff // who acts
	Policy Policy
}

// OrderLimitOutcome is the wallet after it.
type OrderLimitOutcome struct {
	Entry Entry
	User  User
}

// DecideOrderLimit sets what a wallet may owe for purchase orders, 0 for nothing more. What is owed already stays owed.
// It refuses with ErrNotAllowed staff who act on their own wallet, and with ErrInvalid.
func DecideOrderLimit(r OrderLimitRequest, f OrderLimitFacts, now time.Time) (out OrderLimitOutcome, err error) {
	c := r.Limit.Currency
	if err := f.Staff.RefuseOwnWallet(f.User); err != nil {
		return out, err
	}
	if err := checkHeld(c, f.Policy.Currencies); err != nil {
		return out, err
	}
	if r.Limit.Micros < 0 || r.Limit.Micros > MaxMicros {
		return out, Invalid("amount", "Type what the wallet may owe, such as 500.00.", "The amount is out of bounds.")
	}
	had := f.User.creditIn(c)
	e := entry(f.No, now, KindOrderLimit, r.Actor)
	e.User, e.Wallet = f.User.ID, c
	e.Change = &Change{
		Name: "credit", Old: Amount{had.Limit, c}.String(), New: r.Limit.String(), Currency: c,
		Number: uint64(r.Limit.Micros),
	}
	had.Limit, had.By = r.Limit.Micros, r.Actor.Key
	return OrderLimitOutcome{e, f.User.withCredit(had)}, nil
}

// orderFirst is the first line of the text of an order.
const orderFirst = "PURCHASE-ORDER 1"

// OrderText is what a buyer signs: lines in one order, each ended by a line feed. One order has one text.
type OrderText struct {
	Number  string
	House   string // host name of the service
	Account string // handle of the wallet
	Amount  Amount
	Until   time.Time // a day, in UTC
}

// String is the text.
func (o OrderText) String() string {
	return orderFirst + "\nnumber: " + o.Number + "\nhouse: " + o.House + "\naccount: " + o.Account + "\namount: " +
		o.Amount.String() + "\nvalid-until: " + o.Until.Format(time.DateOnly) + "\n"
}

// ParseOrderText reads the text of an order. It refuses with ErrInvalid whatever is not letter by letter what
// [OrderText.String] writes, so that nobody can have signed something that reads in two ways.
func ParseOrderText(text string) (o OrderText, err error) {
	no := func(detail string, args ...any) (OrderText, error) {
		return OrderText{}, Invalid("order", "Take the text that this prints: po template NUMBER AMOUNT CURRENCY.",
			detail, args...)
	}
	if len(text) > 1000 {
		return no("The text of an order is shorter.")
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 7 || lines[0] != orderFirst || lines[6] != "" {
		return no("The order has not the six lines of a %s.", orderFirst)
	}
	var values [5]string
	for i, name := range []string{"number", "house", "account", "amount", "valid-until"} {
		value, ok := strings.CutPrefix(lines[i+1], name+": ")
		if !ok {
			return no("Line %d does not begin with %q.", i+2, name+":")
		}
		values[i] = value
	}
	o.Number, o.House, o.Account = values[0], values[1], values[2]
	if err := checkOrderNumber(o.Number); err != nil {
		return OrderText{}, err
	}
	number, code, _ := strings.Cut(values[3], " ")
	if o.Amount.Currency, err = ParseCurrency(code); err != nil {
		return no("The amount is not written like 120.00 EUR.")
	}
	if o.Amount, err = ReadAmount(number, o.Amount.Currency); err != nil {
		return no("The amount is not written like 120.00 EUR.")
	}
	if o.Until, err = time.Parse(time.DateOnly, values[4]); err != nil {
		return no("The day is not written like 2026-12-31.")
	}
	if o.String() != text {
		return no("The order is not written as the template is.")
	}
	return o, nil
}

// checkOrderNumber refuses what is no number of an order.
func checkOrderNumber(number string) error {
	if number == "" || len(number) > maxOrderNumber || !only(number, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"+lowerAlnum+"-./") {
		return Invalid("number", "Use letters, digits and - . / such as PO-2026-17.",
			"A purchase order has a number of at most %d characters.", maxOrderNumber)
	}
	return RefuseCard(number)
}

// NewOrder checks an order against the day, and returns what is kept of it. It refuses with ErrInvalid.
func NewOrder(o OrderText, signer string, hash [32]byte, now time.Time) (PurchaseOrder, error) {
	if err := checkOrderNumber(o.Number); err != nil {
		return PurchaseOrder{}, err
	}
	until := o.Until.UTC().Truncate(day).Add(day - time.Second) // all of the day
	switch {
	case now.After(until):
		return PurchaseOrder{}, Invalid("valid-until", "Write an order that is valid today.", "The order was valid until %s.",
			until.Format(time.DateOnly))
	case until.After(now.Add(maxOrderLife + day)):
		return PurchaseOrder{}, Invalid("valid-until", "Write a day within 90 days.",
			"An order is valid for 90 days at most.")
	}
	return PurchaseOrder{Number: o.Number, Until: until, Signer: signer, Hash: hash}, nil
}
