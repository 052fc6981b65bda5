// Package x402 is the wire of x402 version 2 (https://github.com/coinbase/x402): what a site asks a program to pay, how
// the program shows its payment, and what a facilitator answers. The scheme is x402's, the money is ours: in place of a
// signed transfer there is an attestation of the service that money waits. It knows no books and no network.
package x402

import (
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"tuppence/server/ledger"
)

const (
	// Version is the only one that is spoken.
	Version = 2
	// Exact asks for all of a price, UpTo for at most that.
	Exact, UpTo = "exact", "upto"
	// Decimals is the number of digits behind the point of an amount: amounts are micros.
	Decimals = 6
	// MethodExtra, DigestExtra and RepeatExtra are what requirements say of the request beside the standard: its method
	// unless that is GET, the Content-Digest of its body, and whether what was paid may be delivered again.
	MethodExtra, DigestExtra, RepeatExtra = "method", "digest", "repeat"
	// Consume is the type of our payload.
	Consume = "consume"
)

// Headers of HTTP in which the documents travel, in base64.
const (
	RequiredHeader = "PAYMENT-REQUIRED"
	PaymentHeader  = "PAYMENT-SIGNATURE"
	ResponseHeader = "PAYMENT-RESPONSE"
)

// Words of the wire for what has nothing to do with the proof; for the others see [ledger.ProofInvalid].
const (
	NotPaid         = "payment_required"
	Malformed       = "malformed"
	BadRequirements = "invalid_payment_requirements"
	NotDelivered    = "delivery_failed"
)

// Resource is what is paid for.
type Resource struct {
	URL         string `json:"url"`
	Description string `json:"description,omitempty"`
	MIME        string `json:"mimeType,omitempty"`
}

// Requirements are one way to pay.
type Requirements struct {
	Scheme  string         `json:"scheme"`
	Network string         `json:"network"`
	Amount  string         `json:"amount"` // micros
	Asset   string         `json:"asset"`  // currency
	PayTo   string         `json:"payTo"`
	Timeout int            `json:"maxTimeoutSeconds"` // for which the payment may be shown
	Extra   map[string]any `json:"extra"`
}

// Required is what a site answers with status 402.
type Required struct {
	Version    int            `json:"x402Version"`
	Error      string         `json:"error,omitempty"`
	Resource   Resource       `json:"resource"`
	Accepts    []Requirements `json:"accepts"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

// Payment is what a program shows. What it says of the terms is its word: the attestation and the books have ours.
type Payment struct {
	Version  int          `json:"x402Version"`
	Resource Resource     `json:"resource"`
	Accepted Requirements `json:"accepted"`
	Payload  struct {
		Type        string `json:"type"`
		Attestation string `json:"attestation"`
	} `json:"payload"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

// Presented is a payment in the hands of a seller, who asks a facilitator about it.
type Presented struct {
	Version      int          `json:"x402Version"`
	Payment      Payment      `json:"paymentPayload"`
	Requirements Requirements `json:"paymentRequirements"`
}

// Verified is whether a payment is good.
type Verified struct {
	Valid  bool   `json:"isValid"`
	Reason string `json:"invalidReason,omitempty"`
	Payer  string `json:"payer,omitempty"` // what the vendor calls the buyer
}

// Settled is what became of a payment.
type Settled struct {
	Success     bool          `json:"success"`
	Reason      string        `json:"errorReason,omitempty"`
	Payer       string        `json:"payer,omitempty"`
	Transaction string        `json:"transaction"` // the charge
	Network     string        `json:"network"`
	Amount      string        `json:"amount,omitempty"` // micros that were taken
	Extra       *SettledExtra `json:"extra,omitempty"`
}

// SettledExtra is what this scheme adds.
type SettledExtra struct {
	Status string `json:"status"`
	Txn    string `json:"txn"` // seals the terms
}

// Supported is what a facilitator understands.
type Supported struct {
	Kinds      []Kind              `json:"kinds"`
	Extensions []string            `json:"extensions"`
	Signers    map[string][]string `json:"signers"`
}

// Kind is one way to pay that a facilitator understands.
type Kind struct {
	Version int            `json:"x402Version"`
	Scheme  string         `json:"scheme"`
	Network string         `json:"network"`
	Extra   map[string]any `json:"extra"`
}

// IDExtension names the extension by which a payment has an id of the buyer's choice: here its idempotency key.
const IDExtension = "payment-identifier"

var (
	wholeMicros = regexp.MustCompile(`^[1-9][0-9]{0,17}$`)
	code        = regexp.MustCompile(`^[A-Z]{3}$`)
	paymentID   = regexp.MustCompile(`^[a-zA-Z0-9_-]{16,128}$`)
)

// IsID tells whether a text can be the id of a payment.
func IsID(s string) bool { return paymentID.MatchString(s) }

// Micros reads an amount, which may be 0.
func Micros(s string) (int64, bool) {
	if s == "0" {
		return 0, true
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil && n <= ledger.MaxMicros && wholeMicros.MatchString(s)
}

// text is a text of the extra members, "" if there is none.
func (q Requirements) text(name string) string {
	s, _ := q.Extra[name].(string)
	return s
}

// Repeats tells whether what was paid may be delivered again.
func (q Requirements) Repeats() bool {
	repeats, _ := q.Extra[RepeatExtra].(bool)
	return repeats
}

// Terms are what the requirements ask for at an address, in the books' words. It refuses with ErrInvalid what is not
// of the network, or no amount.
func (q Requirements) Terms(network, address string) (price ledger.Amount, what ledger.Resource, err error) {
	micros, ok := Micros(q.Amount)
	switch {
	case q.Scheme != Exact && q.Scheme != UpTo:
		err = ledger.Invalid("scheme", "Choose exact or upto.", "This service does not know the scheme.")
	case q.Network != network:
		err = ledger.Invalid("network", "Choose the way to pay of the network "+network+".",
			"This way to pay is of another network.")
	case !ok || micros == 0:
		err = ledger.Invalid("amount", `Send whole micros as a text of digits, such as "250000".`,
			"The amount is none, or out of bounds.")
	case !code.MatchString(q.Asset):
		err = ledger.Invalid("asset", "Send the code of a currency, such as EUR.", "The asset is none.")
	}
	if err != nil {
		return price, what, err
	}
	price = ledger.Amount{Micros: micros, Currency: ledger.Currency(q.Asset)}
	what = ledger.Resource{URL: address, Method: q.text(MethodExtra), Digest: q.text(DigestExtra), UpTo: q.Scheme == UpTo}
	if what.Method == "" {
		what.Method = http.MethodGet
	}
	return price, what, what.Check()
}

// Scheme is how x402 calls the kind of price of a resource.
func Scheme(r ledger.Resource) string {
	if r.UpTo {
		return UpTo
	}
	return Exact
}

// maxReference bounds the reference of a network (CAIP-2).
const maxReference = 32

// Network names a service where programs pay, by its host: "tuppence:" and the host in the letters that CAIP-2 allows.
// A longer host is named by its hash. So the limits of a program hold for one service, and what is paid at one is
// nothing at another.
func Network(host string) string {
	host = strings.ToLower(host)
	reference := strings.NewReplacer(".", "_", ":", "__").Replace(host)
	if len(reference) > maxReference {
		sum := sha256.Sum256([]byte(host))
		reference = "__" + base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum[:])[:26]
	}
	return "tuppence:" + reference
}

// maxHeader bounds a document in a header, in bytes.
const maxHeader = 24 << 10

// errHeader says that a header has no document of x402.
var errHeader = errors.New("x402: the header is no document in base64")

// Encode is a document as its header has it.
func Encode(v any) (string, error) {
	raw, err := json.Marshal(v)
	return base64.StdEncoding.EncodeToString(raw), err
}

// Decode reads the document of a header.
func Decode(header string, v any) error {
	if len(header) > maxHeader {
		return errHeader
	}
	raw, err := base64.StdEncoding.DecodeString(header)
	if err != nil || json.Unmarshal(raw, v) != nil {
		return errHeader
	}
	return nil
}
