package seal

import (
	"crypto/hmac"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tuppence/server/ledger"

	"github.com/gowebpki/jcs"
)

// Terms are what a transaction id seals (claim 29, RFC 8785). Only the id passes through a browser.
type Terms struct {
	ID         string // of the checkout or charge: two equal sales in one millisecond still differ
	Vendor     ledger.VendorID
	Offer      ledger.OfferID
	Version    uint32
	Title      string
	Price      ledger.Amount
	ContentURL string
	Quantity   uint32
	Expires    time.Time
}

// TermsOf are the terms of a checkout.
func (s *Sealer) TermsOf(c ledger.Checkout) Terms {
	return Terms{
		ID: s.Checkout(c.ID), Vendor: c.ID.Vendor, Offer: c.Offer.ID, Version: c.Offer.Version, Title: c.Offer.Title,
		Price: c.Price, ContentURL: c.Offer.ContentURL, Quantity: c.Quantity, Expires: c.Expires,
	}
}

// canonical is the RFC 8785 form: numbers travel as strings, so that no reader rounds them.
func (t Terms) canonical() ([]byte, error) {
	raw, err := json.Marshal(map[string]string{
		"id": t.ID, "vendor": strconv.FormatUint(uint64(t.Vendor), 10),
		"offer": strconv.FormatUint(t.Offer.Number, 10), "version": strconv.FormatUint(uint64(t.Version), 10),
		"title": t.Title, "micros": strconv.FormatInt(t.Price.Micros, 10), "currency": string(t.Price.Currency),
		"content_url": t.ContentURL, "quantity": strconv.FormatUint(uint64(t.Quantity), 10),
		"expires": t.Expires.UTC().Format(time.RFC3339Nano),
	})
	if err != nil {
		return nil, err
	}
	return jcs.Transform(raw)
}

// TxnID seals the terms: txn_ and 36 characters, 48 bits of milliseconds and 128 bits of HMAC-SHA256.
func (s *Sealer) TxnID(at time.Time, t Terms) (string, error) {
	form, err := t.canonical()
	if err != nil {
		return "", fmt.Errorf("seal: terms: %w", err)
	}
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(at.UnixMilli()))
	raw := make([]byte, 0, 22)
	raw = append(raw, ms[2:]...)
	raw = append(raw, s.mac(s.txn, ms[2:], form)[:16]...)
	return "txn_" + alphabet.EncodeToString(raw), nil
}

// TxnOf is the transaction id of a sale. One that came through a browser has that of its checkout. A charge on a link
// passed nobody's hands, so its id is not stored: it is the seal of what the journal says, and the same at any time.
func (s *Sealer) TxnOf(sold ledger.Entry) string {
	sale := sold.Sale
	if sale.TxnID != "" {
		return sale.TxnID
	}
	id, _ := s.TxnID(sold.At, Terms{ // terms are text, and text always has its canonical form
		ID: s.Charge(sold.No), Vendor: sold.Vendor, Offer: sale.Offer, Version: sale.Version, Title: sale.Title,
		Price: sale.Price, ContentURL: sale.ContentURL, Quantity: sale.Quantity,
	})
	return id
}

// CheckTxnID says whether the id seals exactly these terms.
func (s *Sealer) CheckTxnID(id string, t Terms) bool {
	rest, ok := strings.CutPrefix(id, "txn_")
	if !ok || len(rest) != 36 {
		return false
	}
	raw, err := alphabet.DecodeString(rest)
	if err != nil || len(raw) != 22 {
		return false
	}
	form, err := t.canonical()
	return err == nil && hmac.Equal(raw[6:], s.mac(s.txn, raw[:6], form)[:16])
}
