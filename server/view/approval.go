package view

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"tuppence/server/ledger"
)

// Terms are what a request says of itself: the same for the buyer, for any browser and for the vendor. No field here is
// about a wallet.
type Terms struct {
	Code   string              `json:"code"` // WDJB-MJHT
	Mode   ledger.CheckoutMode `json:"mode"` // charge, hold, link
	Status State               `json:"status"`
	Vendor string              `json:"vendor"`
	Site   string              `json:"site"` // verified origin, "" if there is none
	Title  string              `json:"title"`
	What   string              `json:"description"`
	Bounds Bounds              `json:"bounds"`
	Price  ledger.Amount       `json:"price"`
	Ask    *Limits             `json:"ask"` // mode link: what the vendor proposes
}

// Approval is a request that waits for an answer: its terms, and what they mean for the wallet of the buyer who looks
// at them.
type Approval struct {
	Terms
	From      ledger.Currency `json:"account"`
	Before    ledger.Amount   `json:"available_before"`
	After     ledger.Amount   `json:"available_after"`
	DaySpent  ledger.Amount   `json:"day_spent"`
	DayMax    *ledger.Amount  `json:"day_max"` // nil: no bound
	Purchases uint64          `json:"earlier_purchases"`
	Record    *VendorRecord   `json:"vendor_disputes,omitempty"` // nil: too few to say anything
	Expires   Time            `json:"expires"`
	// Match is the number that the buyer's page must show; "": no browser has opened a page of this request. It is found
	// among [Approval.Numbers] and printed nowhere: who is told the number, agrees without a look at the page.
	Match string `json:"-"`
	// Refused says why approving would fail as things stand, with the remedy; "" if it would not.
	Refused string `json:"would_fail"`
}

// NoMatch is what is seen of a request whose page no browser has opened: see [Answer].
const NoMatch = "none"

// Numbers are those among which a person finds the one of the own page: that of the request and two others, in their
// order; none for a request without a page. They follow from the request, so they are the same each time and
// everywhere: what stays when they are asked for again tells nothing.
func (a Approval) Numbers() []string {
	if a.Match == "" {
		return nil
	}
	all := []string{a.Match}
	for i := 0; len(all) < 3; i++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %s %d", a.Code, a.Match, i))
		if decoy := strconv.Itoa(10 + int(sum[0])%90); !slices.Contains(all, decoy) {
			all = append(all, decoy)
		}
	}
	slices.Sort(all)
	return all
}

// Open tells whether the request can still be answered.
func (a Terms) Open() bool { return a.Status == State(ledger.CheckoutOpen) }

// CheckoutCode brings a code that a person typed into the form that is shown: WDJB-MJHT.
func CheckoutCode(typed string) string {
	text := strings.ToUpper(strings.TrimSpace(typed))
	if len(text) == 8 && !strings.Contains(text, "-") {
		return text[:4] + "-" + text[4:]
	}
	return text
}

// Bounds end what is bought; the first that is reached ends it. 0 and zero are no bound (claim 44).
type Bounds struct {
	Views   uint32 `json:"views"`
	Hours   uint32 `json:"hours"` // after the first use
	Days    uint32 `json:"days"`
	Expires Time   `json:"expires_at"`
}

// BoundsOf shows the bounds of an offer.
func BoundsOf(b ledger.Bounds) Bounds { return Bounds{b.Views, b.Hours, b.Days, At(b.Expires)} }

// Receipt is what the buyer keeps.
type Receipt struct {
	ID     string        `json:"id"` // charge
	Status State         `json:"status"`
	Vendor string        `json:"vendor"`
	Title  string        `json:"title"`
	Amount ledger.Amount `json:"amount"`
	After  ledger.Amount `json:"available_after"`
	Lines  List[Line]    `json:"lines"`
	Grant  *Grant        `json:"grant"`
	Link   string        `json:"link"`
	At     Time          `json:"at"`
	Again  bool          `json:"again"` // it had been answered before
}

// CheckoutPage is what a browser may see of a request. The service does not know whose browser this is, so there is
// nothing of a wallet in it. Vendor is its title for people. Code and Match are empty unless the page belongs to the
// browser that asks.
type CheckoutPage struct {
	Terms
	Expires  Time
	Quantity uint32 // pieces of a sale
	Holder   Holder
	Cookie   string // HolderNone yet: what the browser has to bring back to open the page
	Match    string // two digits, which the terminal shows as well
	Waits    bool   // in the terminals of the wallet that knows this browser
	Why      string // why it has to ask there; "" where that goes without saying
	Here     bool   // what is sold opens in the wallet, and nowhere else
}

// Arrival is a browser that comes with a request, and what it brings.
type Arrival struct {
	Txn                 string // of the request
	Page, Login, Device string // what it has kept: of this page, its login id, its device id
	From                string // the other site that has sent it, "" if it does not say
	Visit               bool   // a person is there: nothing is fetched in advance or for a part of another page
	Again               bool   // it was here a moment ago
}

// StaticArrival is a browser that has followed a static link, or has sent its form.
type StaticArrival struct {
	Offer, Sealed string // of the address
	From          string // the other site that has sent it, "" if it does not say
	Addr          netip.Addr
	Quantity      uint32 // 0: one
	ClientRef     string // what the form has attached
}

// StaticLink is an address that sells an offer from a page without a server (claims 41, 43).
type StaticLink struct {
	URL     string `json:"url" doc:"For a link, or as the action of a form with method post."`
	OfferID string `json:"offer_id"`
	Version uint32 `json:"version" doc:"It sells this version alone."`
	Expires Time   `json:"expires_at"`
}

// Arrived is what a browser gets.
type Arrived struct {
	Page  CheckoutPage
	To    string // where it goes on, because everything was allowed; "" for the page
	Login string // to keep in place of what it had, until LoginUntil; "" for nothing
	Again bool   // it has to come back with that

	LoginUntil Time
}

// Return is where a browser goes after an answer.
type Return struct {
	To string
	Kept
}

// Kept is what a browser keeps after a yes to a vendor that may sell without a question; "" for nothing.
type Kept struct {
	Login, Device     string
	LoginUntil, Until Time
}

// Holder is to which browser the page of a request belongs.
type Holder uint8

// Holders of a page.
const (
	// HolderAny is that of a request which leads back to no browser: one that waits for one wallet only, or that was
	// over before a browser opened its page.
	HolderAny  Holder = iota
	HolderNone        // yet: the page belongs to the browser that brings back a cookie of it first
	HolderThis
	HolderOther
)
