package billfile

import (
	"time"

	"tuppence/server/ledger"
)

// Simulate plays a biller for demonstrations and tests: it reads the bytes of a file for a biller and returns those of
// its two files, the one that says what is accepted, and the one that comes after the bills were paid. What happens
// depends on the last two digits of the amount:
//
//	….13  rejected at receipt
//	….16  accepted, and reversed later
//	….17  accepted; another amount is remitted, which is kept apart
//	….18  accepted; remitted under a reference with one wrong digit, which is kept apart
//	else  accepted and remitted
func Simulate(file []byte, c ledger.Currency, day time.Time) (first, second []byte, err error) {
	all, err := ReadCharges(file)
	if err != nil {
		return nil, nil, err
	}
	var soon, later []Answer
	for _, charge := range all {
		a := Answer{Kind: Accepted, Reference: charge.Reference, Amount: charge.Amount, Day: day}
		b := Answer{Kind: Remitted, Reference: charge.Reference, Amount: charge.Amount, Day: day}
		switch charge.Amount.Micros % ledger.Unit / (ledger.Unit / 100) {
		case 13:
			a.Kind, a.Reason = Rejected, "The account is not known."
			soon = append(soon, a)
			continue
		case 16:
			b.Kind, b.Reason = Reversed, "The customer has contested it."
		case 17:
			b.Amount.Micros -= ledger.Unit / 2
		case 18:
			digits := []byte(b.Reference)
			digits[len(digits)-1] = '0' + (digits[len(digits)-1]-'0'+1)%10
			b.Reference = string(digits)
		}
		soon, later = append(soon, a), append(later, b)
	}
	if first, err = WriteAnswers(soon, c, day); err != nil {
		return nil, nil, err
	}
	second, err = WriteAnswers(later, c, day)
	return first, second, err
}
