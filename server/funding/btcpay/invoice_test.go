package btcpay

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/funding"
	"tuppence/server/ledger"
)

func eur(units int64) ledger.Amount {
	return ledger.Amount{Micros: units * ledger.Unit, Currency: "EUR"}
}

// btc is what came in bitcoin, confirmed.
func btc(values ...string) map[string][]payment {
	var all []payment
	for _, v := range values {
		all = append(all, payment{Value: v, Status: statusSettled})
	}
	return map[string][]payment{"BTC-CHAIN": all}
}

// unconfirmed is what came in bitcoin and may still go away.
func unconfirmed(value string, confirmed ...string) map[string][]payment {
	m := btc(confirmed...)
	m["BTC-CHAIN"] = append(m["BTC-CHAIN"], payment{Value: value, Status: statusProcessing})
	return m
}

// States of a deposit, short.
const (
	unknown, waits, seen  = ledger.DepositErrored, ledger.DepositRequiresAction, ledger.DepositProcessing
	paid, settled, taken  = ledger.DepositSucceeded, ledger.DepositSettled, ledger.DepositChargedBack
	late, failed, nothing = ledger.DepositExpired, ledger.DepositFailed, ledger.DepositCanceled
	tooMuch               = "PaidOver"
)

// Payments of other kinds.
var (
	withFee  = map[string][]payment{"BTC-CHAIN": {{Value: "0.000125", Fee: ".000005", Status: statusSettled}}}
	twoCoins = map[string][]payment{
		"BTC-CHAIN": {{Value: "0.00006", Status: statusSettled}}, "LTC-CHAIN": {{Value: "0.05", Status: statusSettled}},
	}
	replaced = map[string][]payment{
		"BTC-CHAIN": {{Value: "0.0001", Status: statusInvalid}, {Value: "0.0001", Status: statusSettled}},
	}
)

// states are what every status of an invoice means, and what came beside the order. Ordered are 5 EUR; a bitcoin is
// 50 000 EUR, so 0.0001 are 5 EUR.
var states = []struct {
	name               string
	status, additional string
	came               map[string][]payment
	given, want        ledger.DepositState
	beside             int64 // cents
	reason             string
}{
	{"new", statusNew, "", nil, unknown, waits, 0, ""},
	{"in part", statusNew, paidPartial, btc("0.00004"), waits, waits, 0, ""},
	{"new again", statusNew, "", nil, seen, waits, 0, ""},
	{"seen", statusProcessing, "", unconfirmed("0.0001"), waits, seen, 0, ""},
	{"seen, too much", statusProcessing, tooMuch, unconfirmed("0.0002"), waits, seen, 0, ""},

	{"confirmed", statusSettled, "", btc("0.0001"), seen, paid, 0, ""},
	{"at once", statusSettled, "", btc("0.0001"), waits, paid, 0, ""},
	{"after a lost answer", statusSettled, "", btc("0.0001"), unknown, paid, 0, ""},
	{"in two parts", statusSettled, "", btc("0.00004", "0.00006"), waits, paid, 0, ""},
	{"replaced payment", statusSettled, "", replaced, seen, paid, 0, ""},

	{"too much", statusSettled, tooMuch, btc("0.00012"), seen, paid, 100, ""},
	{"rest not confirmed", statusSettled, tooMuch, unconfirmed("0.00002", "0.0001"), seen, paid, 0, ""},
	{"rest confirmed", statusSettled, tooMuch, btc("0.0001", "0.00002"), paid, paid, 100, ""},
	{"paid again", statusSettled, "", btc("0.0001", "0.0001"), settled, settled, 500, ""},
	{"rounded down", statusSettled, tooMuch, btc("0.00010259"), seen, paid, 12, ""},
	{"less than a cent", statusSettled, tooMuch, btc("0.00010019"), seen, paid, 0, ""},
	{"with the shop's fee", statusSettled, tooMuch, withFee, seen, paid, 100, ""},
	{"in two coins", statusSettled, tooMuch, twoCoins, seen, paid, 100, ""},

	{"by hand", statusSettled, marking, nil, waits, waits, 0, ""},
	{"by hand, seen", statusSettled, marking, btc("0.0001"), seen, seen, 0, ""},
	{"by hand, expired", statusSettled, marking, btc("0.0001"), late, late, 500, ""},

	{"expired", statusExpired, "", nil, waits, late, 0, "Nothing came"},
	{"too little", statusExpired, paidPartial, btc("0.00006"), waits, late, 300, "Too little"},
	{"too late", statusExpired, paidLate, btc("0.0001"), waits, late, 500, "too late"},
	{"not confirmed", statusExpired, paidLate, unconfirmed("0.0001"), waits, late, 0, "too late"},
	{"confirmed now", statusExpired, paidLate, btc("0.0001"), late, late, 500, ""},

	{"never confirmed", statusInvalid, "", unconfirmed("0.0001"), seen, failed, 0, "did not confirm"},
	{"confirmed later", statusInvalid, "", btc("0.0001"), failed, failed, 500, ""},
	{"withdrawn", statusInvalid, marking, btc("0.00002"), waits, failed, 100, "withdrawn"},
	{"paid after that", statusInvalid, marking, btc("0.0001"), nothing, nothing, 500, ""},
	{"after success", statusInvalid, marking, btc("0.0001"), paid, paid, 0, ""},
	{"taken back", statusSettled, "", btc("0.0001"), taken, taken, 0, ""},
}

// Every status means one state, and what came beside the order is neither credited nor lost.
func TestStates(t *testing.T) {
	for _, tt := range states {
		t.Run(tt.name, func(t *testing.T) {
			d := newDouble(t)
			v := d.Add(row{Status: tt.status, Additional: tt.additional, Payments: tt.came})
			got, err := d.coin(t.Output()).Lookup(t.Context(), order(tt.given, v.ID))
			want := funding.Outcome{State: tt.want, External: v.ID, Reason: got.Reason}
			if tt.status == statusNew {
				want.Link = v.Link
			}
			if tt.beside > 0 {
				want.Beside = ledger.Amount{Micros: tt.beside * ledger.Unit / 100, Currency: "EUR"}
			}
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("Lookup: %v\n%s", err, diff)
			}
			if !strings.Contains(got.Reason, tt.reason) || (got.Reason != "") != (tt.reason != "") {
				t.Errorf("reason %q, want %q", got.Reason, tt.reason)
			}
		})
	}
}

// What nobody has heard of is an error: it may be anything.
func TestUnknownStatus(t *testing.T) {
	if got, err := (invoice{Status: "Frozen"}).outcome(ledger.DepositProcessing); err == nil {
		t.Errorf("outcome = %+v, want an error", got)
	}
}

// A person has to look at what a person has done at the shop, so it is told.
func TestHandworkIsTold(t *testing.T) {
	for want, tt := range map[string]struct {
		v     row
		given ledger.DepositState
	}{
		"settled by hand": {row{Status: statusSettled, Additional: marking}, ledger.DepositProcessing},
		"invalid after":   {row{Status: statusInvalid, Additional: marking}, ledger.DepositSucceeded},
	} {
		var log bytes.Buffer
		d := newDouble(t)
		d.Add(tt.v)
		if _, err := d.coin(&log).Lookup(t.Context(), order(tt.given, "inv1")); err != nil ||
			!strings.Contains(log.String(), want) || !strings.Contains(log.String(), name) {
			t.Errorf("%v; the log lacks %q:\n%s", err, want, &log)
		}
	}
}

// Currencies with other decimals, and coins whose smallest part is worth more than a cent.
func TestBesideInOtherCurrencies(t *testing.T) {
	for _, tt := range []struct {
		name, currency, ordered, rate, came string
		micros                              int64 // that were ordered
		beside                              string
	}{
		{"no decimals", "JPY", "500", "8000000", "0.00007", 500e6, "60 JPY"},
		{"part of a yen", "JPY", "500", "8000000", "0.0000626", 500e6, "0.00"},
		{"three decimals", "KWD", "5.000", "25003.5", "0.0002001", 5e6, "0.003 KWD"},
		{"smallest part", "IDR", "1000", "1600000000", "0.00000063", 1000e6, "0.00"},
		{"one part more", "IDR", "1000", "1600000000", "0.00000064", 1000e6, "24.00 IDR"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d := newDouble(t)
			d.Add(row{
				Status: statusSettled, Currency: tt.currency, Amount: tt.ordered, Payments: btc(tt.came),
				Rates: map[string]string{"BTC-CHAIN": tt.rate},
			})
			o := order(ledger.DepositProcessing, "inv1")
			o.Deposit.Amount = ledger.Amount{Micros: tt.micros, Currency: ledger.Currency(tt.currency)}
			got, err := d.coin(t.Output()).Lookup(t.Context(), o)
			if err != nil || got.State != ledger.DepositSucceeded || got.Beside.String() != tt.beside {
				t.Errorf("Lookup = %+v, %v; want %s beside", got, err, tt.beside)
			}
		})
	}
}

// More than the books can hold is an error, not a wrong number.
func TestBesideIsBounded(t *testing.T) {
	d := newDouble(t)
	d.Add(row{Status: statusExpired, Additional: paidLate, Payments: btc("99999999999999999")})
	if got, err := d.coin(t.Output()).Lookup(t.Context(), order(ledger.DepositProcessing, "inv1")); err == nil {
		t.Errorf("Lookup = %+v, want an error", got)
	}
}
