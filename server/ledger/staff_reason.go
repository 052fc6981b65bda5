package ledger

import (
	"slices"
)

// StaffReasons are the codes by which staff say why they look or act. There is one list for all acts: who counts them
// counts the same things everywhere.
var StaffReasons = []string{
	"call", "dispute", "deposit", "refund", "vendor", "fraud", "mistake", "goodwill", "review", "practice",
}

// StaffReason is why a member of staff looks or acts: a code of [StaffReasons] and free words.
type StaffReason struct{ Code, Words string }

// Check returns the reason with its words cleaned. It refuses with ErrInvalid a code that is none of the list.
func (r StaffReason) Check() (StaffReason, error) {
	if !slices.Contains(StaffReasons, r.Code) {
		return r, Invalid("reason", "Say "+orList(StaffReasons)+".", "%q is no reason of the list.", CleanLine(r.Code, 20))
	}
	words, err := typedText("reason", r.Words, maxReason)
	r.Words = words
	return r, err
}
