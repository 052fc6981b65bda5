package btcpay

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"testing"
	"time"

	"tuppence/server/funding"
	"tuppence/server/funding/btcpay/btcpaytest"
	"tuppence/server/ledger"
)

const (
	store   = btcpaytest.Store
	key     = btcpaytest.Key
	name    = btcpaytest.Order
	address = btcpaytest.Address
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

type (
	payment = btcpaytest.Payment
	row     = btcpaytest.Invoice
)

// double is a BTCPay Server at noon.
type double struct {
	*btcpaytest.Double
	t *testing.T
}

func newDouble(t *testing.T) *double {
	t.Helper()
	return &double{btcpaytest.New(t, func() time.Time { return noon }, httptest.NewTLSServer), t}
}

// coin is the method at this server.
func (d *double) coin(log io.Writer) *Coin {
	d.t.Helper()
	c, err := New(Options{
		URL: d.URL, Store: store, Key: key, WebhookSecrets: []string{"old secret", "new secret"}, Client: d.Client(),
		Now: func() time.Time { return noon }, Log: slog.New(slog.NewTextHandler(log, nil)),
	})
	if err != nil {
		d.t.Fatal(err)
	}
	return c
}

// order is a deposit as the service hands it over, an hour old.
func order(state ledger.DepositState, external string) funding.Order {
	return funding.Order{Name: name, Deposit: ledger.Deposit{
		Kind: ledger.DepositOnline, Method: "ecurrency", State: state, External: external,
		Amount: ledger.Amount{Micros: 5 * ledger.Unit, Currency: "EUR"}, Created: noon.Add(-time.Hour),
	}}
}
