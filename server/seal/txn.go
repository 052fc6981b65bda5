package seal

import (
	"crypto/hmac"
	"encoding/binary"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"tuppence/server/ledger"
)

// Terms are what a transaction id seals (claim 29). Only the id passes through a browser.
type Terms struct {
	ID         string // of the checkout or charge: two equal sales in one millisecond still differ
	Vendor     ledger.VendorID
	Offer      ledger.OfferID
	Version    uint32 // of the offer
	Title      string
	Price      ledger.Amount // of all pieces
	ContentURL string
	Quantity   uint32    // pieces
	Expires    time.Time // zero: of a charge on a link, which waits for no answer
}

// TermsOf are the terms of a checkout.
func (s *Sealer) TermsOf(c ledger.Checkout) Terms {
	return Terms{
		ID: s.Checkout(c.ID), Vendor: c.ID.Vendor, Offer: c.Offer.ID, Version: c.Offer.Version, Title: c.Offer.Title,
		Price: c.Price, ContentURL: c.Offer.ContentURL, Quantity: c.Quantity, Expires: c.Expires,
	}
}

// A transaction id is txn_ and 36 characters: 48 bits of milliseconds and 128 bits of HMAC-SHA256.
const (
	txnPrefix  = "txn_"
	txnSize    = txnTime + txnMAC
	txnTime    = 6
	txnMAC     = 16
	txnLetters = 36
)

// TxnID seals the terms at an instant (claim 29): 40 characters, from which nobody learns the terms.
func (s *Sealer) TxnID(at time.Time, t Terms) string {
	raw := make([]byte, 0, txnSize)
	raw = binary.BigEndian.AppendUint64(raw, uint64(at.UnixMilli())<<16)[:txnTime]
	raw = append(raw, s.txnMAC(raw, t)...)
	return txnPrefix + alphabet.EncodeToString(raw)
}

func (s *Sealer) txnMAC(ms []byte, t Terms) []byte {
	var room [512]byte // enough for most terms
	return s.mac(s.txn, ms, t.appendCanonical(room[:0]))[:txnMAC]
}

// TxnOf is the transaction id of a sale. One that came through a browser has that of its checkout. A charge on a link
// passed through no browser, so its id is not stored: it is the seal of what the journal says, the same at any time.
func (s *Sealer) TxnOf(sold ledger.Entry) string {
	sale := sold.Sale
	if sale.TxnID != "" {
		return sale.TxnID
	}
	return s.TxnID(sold.At, Terms{
		ID: s.Charge(sold.No), Vendor: sold.Vendor, Offer: sale.Offer, Version: sale.Version, Title: sale.Title,
		Price: sale.Price, ContentURL: what(sale), Quantity: sale.Quantity,
	})
}

// what is what a sale is of: the address of its content, or the request that a program pays for.
func what(sale *ledger.Sale) string {
	r := sale.Resource
	if r == nil {
		return sale.ContentURL
	}
	return strings.Join([]string{r.Method, r.URL, r.Digest, strconv.FormatBool(r.UpTo)}, "\n")
}

// CheckTxnID says whether the id seals exactly these terms.
func (s *Sealer) CheckTxnID(id string, t Terms) bool {
	rest, ok := strings.CutPrefix(id, txnPrefix)
	if !ok || len(rest) != txnLetters {
		return false
	}
	raw, err := alphabet.DecodeString(rest)
	return err == nil && len(raw) == txnSize && hmac.Equal(raw[txnTime:], s.txnMAC(raw[:txnTime], t))
}

// appendCanonical appends the terms as RFC 8785 writes an object: its names in order, no blanks. Numbers travel as
// strings, so that no reader rounds them. It is spelt out because each charge needs it: a general writer took a third
// of all allocations of a request.
func (t Terms) appendCanonical(b []byte) []byte {
	b = appendText(append(b, `{"content_url":`...), t.ContentURL)
	b = appendText(append(b, `,"currency":`...), string(t.Price.Currency))
	b = t.Expires.UTC().AppendFormat(append(b, `,"expires":"`...), time.RFC3339Nano)
	b = appendText(append(b, `","id":`...), t.ID)
	b = strconv.AppendInt(append(b, `,"micros":"`...), t.Price.Micros, 10)
	b = strconv.AppendUint(append(b, `","offer":"`...), t.Offer.Number, 10)
	b = strconv.AppendUint(append(b, `","quantity":"`...), uint64(t.Quantity), 10)
	b = appendText(append(b, `","title":`...), t.Title)
	b = strconv.AppendUint(append(b, `,"vendor":"`...), uint64(t.Vendor), 10)
	b = strconv.AppendUint(append(b, `","version":"`...), uint64(t.Version), 10)
	return append(b, `"}`...)
}

// appendText appends a string as RFC 8785 section 3.2.2.2 writes it. What is not UTF-8 becomes U+FFFD, as in package
// encoding/json.
func appendText(b []byte, text string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r >= 0x20:
			b = utf8.AppendRune(b, r)
		case r >= '\b' && r <= '\r' && r != '\v':
			b = append(b, '\\', "btn\x00fr"[r-'\b'])
		default:
			b = append(b, '\\', 'u', '0', '0', hex[r>>4], hex[r&0xf])
		}
	}
	return append(b, '"')
}
