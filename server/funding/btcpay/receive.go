package btcpay

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"tuppence/server/funding"
)

// maxEvent bounds what BTCPay sends, in bytes. Real ones have a few hundred.
const maxEvent = 64 << 10

// event is what is read of a call. It says which invoice to look up, and nothing else of it is believed.
type event struct {
	Delivery string `json:"deliveryId"`
	Original string `json:"originalDeliveryId"` // a repetition is a delivery of its own, and names the first one
	Store    string `json:"storeId"`
	Invoice  string `json:"invoiceId"`
	Metadata struct {
		Order string `json:"orderId"`
	} `json:"metadata"`
}

// Receive reads a call of BTCPay. There is no time in its signature: an old call that somebody sends again is known by
// its ID, and leads to a look-up at most. [funding.Found] may name an order that is none of ours, if the store has
// others.
func (c *Coin) Receive(_ context.Context, header http.Header, body []byte) (funding.News, error) {
	if len(body) > maxEvent || !c.signed(header.Get("BTCPay-Sig"), body) {
		return funding.News{}, funding.ErrUnsigned
	}
	var e event
	if err := json.Unmarshal(body, &e); err != nil {
		return funding.News{}, errors.New("btcpay: a call that is not as it is documented")
	}
	news := funding.News{ID: e.Original}
	if news.ID == "" {
		news.ID = e.Delivery
	}
	switch {
	case news.ID == "":
		return funding.News{}, errors.New("btcpay: a call without an id")
	case e.Store == c.store && plain(e.Invoice):
		news.About = []funding.Found{{Deposit: e.Metadata.Order, External: e.Invoice}}
	}
	return news, nil
}

// signed tells whether one of the secrets has made the signature, over the bytes as they came.
func (c *Coin) signed(signature string, body []byte) bool {
	digits, ok := strings.CutPrefix(signature, "sha256=")
	sent, err := hex.DecodeString(digits)
	if !ok || err != nil {
		return false
	}
	for _, secret := range c.secrets {
		m := hmac.New(sha256.New, []byte(secret))
		m.Write(body)
		if hmac.Equal(sent, m.Sum(nil)) {
			return true
		}
	}
	return false
}
