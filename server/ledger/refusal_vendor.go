package ledger

import (
	"errors"
	"time"
)

// VendorRefusal is the face of a refusal for a vendor. The person behind the wallet reads the [Refusal] itself, with
// its figures; a vendor reads which kind it is, and how the buyer can be asked. No field takes a fact of the buyer:
// what is there, what is spent, which limit was met and until when are nobody's business but the holder's.
type VendorRefusal struct {
	Is      error         // the kind: one of the sentinels that are [ToVendors]
	Detail  string        // what was wrong; the same words for every buyer
	Remedy  string        // what to do about it
	Param   string        // the field of the vendor's own request at fault, if one is
	Bound   string        // ErrGrantOver: which bound of the vendor's own offer has ended the grant
	Approve string        // code of the request that waits in the buyer's wallet, "" if none does
	Txn     string        // and its transaction id
	Retry   time.Duration // when to try again
}

// sayings are the kinds of refusals that follow from facts of a wallet, each with the only words that a vendor reads of
// it. All other kinds follow from the vendor's own request and things, and keep their words.
var sayings = []struct {
	is             error
	detail, remedy string
}{
	{ErrLimit, "The buyer's wallet does not allow this purchase as things stand.", askBuyer},
	{ErrFunds, "There are not enough tokens in the buyer's wallet.", "The buyer adds tokens in the wallet."},
	{ErrWindow, "The buyer's purchase window is closed.", askBuyer},
	{ErrApproval, "The buyer has to approve this purchase.", askBuyer},
	{
		ErrNotLinked, "The buyer has not allowed this vendor to charge without asking.",
		"Ask the buyer with a checkout of mode link.",
	},
}

const askBuyer = "The buyer decides in the wallet; then the same request sells."

// ForVendor returns the vendor's face of an error, and whether the error is a refusal at all. What staff or the buyer
// have done about a wallet or a vendor is told as the more common kind that it looks like: a frozen wallet as one that
// has to be asked, a vendor that is blocked as one that is not linked.
func ForVendor(err error) (VendorRefusal, bool) {
	var no *Refusal
	if !errors.As(err, &no) {
		return VendorRefusal{}, false
	}
	face := VendorRefusal{Is: no.Is, Approve: no.Approve, Txn: no.Txn, Retry: no.Retry}
	if no.disguise != nil {
		face.Is = no.disguise
	}
	for _, s := range sayings {
		if errors.Is(face.Is, s.is) {
			face.Detail, face.Remedy = s.detail, s.remedy
			return face, true
		}
	}
	face.Detail, face.Remedy, face.Param = no.Detail, no.Remedy, no.Param
	if errors.Is(no.Is, ErrGrantOver) {
		face.Bound = no.Limit
	}
	return face, true
}

// BuyerCanHelp reports whether it helps to put a refused charge before the buyer: the wallet then says what stands in
// the way, and a yes sells.
func BuyerCanHelp(err error) bool {
	face, is := ForVendor(err)
	return is && (errors.Is(face.Is, ErrApproval) || errors.Is(face.Is, ErrWindow) || errors.Is(face.Is, ErrLimit))
}

// ToVendors returns the kinds of refusals that a vendor can read. The others are for people: a vendor has joined
// nothing, confirms nothing, and is not told that a wallet is frozen.
func ToVendors() (all []error) {
	for _, p := range problems {
		if !errors.Is(p.is, ErrFrozen) && !errors.Is(p.is, ErrNotJoined) && !errors.Is(p.is, ErrConfirm) {
			all = append(all, p.is)
		}
	}
	return all
}
