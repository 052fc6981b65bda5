package btcpay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tuppence/server/funding"
	"tuppence/server/ledger"
)

// An order is one invoice with all terms that matter, and its link is handed on.
func TestStart(t *testing.T) {
	d := newDouble(t)
	got, err := d.coin(io.Discard).Start(t.Context(), order(ledger.DepositProcessing, ""))
	want := funding.Outcome{State: ledger.DepositRequiresAction, External: "inv1", Link: d.URL + "/i/inv1"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Start: %v\n%s", err, diff)
	}
	const asked = `{"amount":"5.00","currency":"EUR","metadata":{"orderId":"` + name + `"},"checkout":{` +
		`"speedPolicy":"MediumSpeed","expirationMinutes":60,"monitoringMinutes":1440,"paymentTolerance":0},` +
		`"receipt":{"enabled":false}}`
	if diff := cmp.Diff(asked, string(d.Asked)); diff != "" {
		t.Error(diff)
	}
}

// Each currency is ordered with the decimals that its money has.
func TestStartAmounts(t *testing.T) {
	for currency, want := range map[ledger.Currency]string{"EUR": "1250.00", "JPY": "1250", "KWD": "1250.000"} {
		d := newDouble(t)
		o := order(ledger.DepositProcessing, "")
		o.Deposit.Amount = ledger.Amount{Micros: 1250 * ledger.Unit, Currency: currency}
		if got, err := d.coin(io.Discard).Start(t.Context(), o); err != nil || got.State != ledger.DepositRequiresAction {
			t.Errorf("%s: %+v, %v", currency, got, err)
		}
		var q struct{ Amount string }
		if err := json.Unmarshal(d.Asked, &q); err != nil || q.Amount != want {
			t.Errorf("%s is ordered as %q, want %q", currency, q.Amount, want)
		}
	}
}

// A lost answer makes no second invoice: the look-up finds the first, and so does another Start.
func TestLostAnswer(t *testing.T) {
	d := newDouble(t)
	c := d.coin(io.Discard)
	d.After = func(w http.ResponseWriter, r *http.Request, _ any) bool {
		if r.Method == http.MethodPost {
			panic(http.ErrAbortHandler)
		}
		return false
	}
	if got, err := c.Start(t.Context(), order(ledger.DepositProcessing, "")); err == nil {
		t.Fatalf("Start = %+v, want an error", got)
	}
	d.Change(func() { d.After = nil })
	want := funding.Outcome{State: ledger.DepositRequiresAction, External: "inv1", Link: d.URL + "/i/inv1"}
	for what, f := range map[string]func(context.Context, funding.Order) (funding.Outcome, error){
		"Lookup": c.Lookup, "Start": c.Start,
	} {
		got, err := f(t.Context(), order(ledger.DepositErrored, ""))
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", what, err, diff)
		}
	}
	if n := d.Count("POST"); n != 1 {
		t.Errorf("%d invoices were ordered, want 1", n)
	}
}

// An order that never arrived has failed, but not while it may still be on its way.
func TestNeverArrived(t *testing.T) {
	c := newDouble(t).coin(io.Discard)
	o := order(ledger.DepositErrored, "")
	if got, err := c.Lookup(t.Context(), o); err != nil || got.State != ledger.DepositFailed || got.Reason == "" {
		t.Errorf("after an hour: %+v, %v; want failed, with a reason", got, err)
	}
	if got, err := c.Cancel(t.Context(), o); err != nil || got.State != ledger.DepositCanceled {
		t.Errorf("canceled after an hour: %+v, %v", got, err)
	}
	o.Deposit.Created = noon.Add(-time.Minute)
	if got, err := c.Lookup(t.Context(), o); err == nil {
		t.Errorf("after a minute: %+v, want an error", got)
	}
	if got, err := c.Lookup(t.Context(), order(ledger.DepositProcessing, "inv1")); err == nil {
		t.Errorf("an invoice that is gone: %+v, want an error", got)
	}
}

// Of two invoices for one order the oldest counts and the other is withdrawn; what came for it is kept apart.
func TestTwoInvoices(t *testing.T) {
	d := newDouble(t)
	c := d.coin(io.Discard)
	second := d.Add(row{ID: "second", Created: noon.Unix() + 1})
	first := d.Add(row{ID: "first", Created: noon.Unix()})
	got, err := c.Start(t.Context(), order(ledger.DepositProcessing, ""))
	if err != nil || got.External != "first" || got.Link != first.Link || second.Status != statusInvalid {
		t.Fatalf("Start = %+v, %v; the second is %s", got, err, second.Status)
	}
	if d.Count("POST") != 1 || first.Status != statusNew {
		t.Errorf("calls: %q, the first is %s", d.Calls, first.Status)
	}
	d.Change(func() {
		first.Status = statusSettled
		first.Payments = map[string][]payment{"BTC-CHAIN": {{Value: "0.0001", Status: statusSettled}}}
		second.Payments = map[string][]payment{"BTC-CHAIN": {{Value: "0.00004", Status: statusSettled}}}
	})
	got, err = c.Lookup(t.Context(), order(ledger.DepositRequiresAction, "first"))
	want := funding.Outcome{State: ledger.DepositSucceeded, External: "first", Beside: eur(2)}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("Lookup: %v\n%s", err, diff)
	}
	// The one that the deposit names counts, whatever their ages are.
	got, err = c.Lookup(t.Context(), order(ledger.DepositExpired, "second"))
	if got.External != "second" || got.Beside != eur(7) {
		t.Errorf("Lookup of the other: %+v, %v", got, err)
	}
}

// Nothing is credited, and no link is handed on, for an invoice that is not what was ordered.
func TestDisagreement(t *testing.T) {
	for what, v := range map[string]row{
		"amount":   {Amount: "4.99"},
		"currency": {Currency: "USD"},
		"order":    {Order: "dep_other"},
		"store":    {Store: "another"},
		"id":       {ID: "../../x"},
	} {
		for _, status := range []string{statusNew, statusSettled} {
			d := newDouble(t)
			d.Careless = true
			v.Status, v.Created = status, noon.Unix()
			at := d.Add(v)
			if got, err := d.coin(io.Discard).Lookup(t.Context(), order(ledger.DepositErrored, at.ID)); err == nil {
				t.Errorf("another %s, %s: %+v, want an error", what, status, got)
			}
		}
	}
	for _, link := range []string{
		"https://evil.example/i/inv1", "javascript:alert(1)", "/i/inv1", "http://HOST/i/inv1", "https://x@HOST/i/inv1",
		"https://HOST/" + strings.Repeat("i", 500),
	} {
		d := newDouble(t)
		d.Add(row{Link: strings.Replace(link, "HOST", d.Listener.Addr().String(), 1)})
		if got, err := d.coin(io.Discard).Start(t.Context(), order(ledger.DepositProcessing, "")); err == nil {
			t.Errorf("link %s: %+v, want an error", link, got)
		}
	}
}

// A refusal is no answer about an invoice whose link may have been handed on.
func TestRefusalAfterLink(t *testing.T) {
	d := newDouble(t)
	d.Before = func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(http.StatusUnauthorized); return true }
	if got, err := d.coin(io.Discard).Start(t.Context(), order(ledger.DepositErrored, "inv1")); err == nil {
		t.Errorf("Start = %+v, want an error", got)
	}
}

// An answer about another order is none.
func TestAnotherOrder(t *testing.T) {
	d := newDouble(t)
	other := d.Add(row{Order: "dep_other"})
	d.Before = func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			json.NewEncoder(w).Encode(other.Shown(false))
		}
		return r.Method == http.MethodPost
	}
	if got, err := d.coin(io.Discard).Start(t.Context(), order(ledger.DepositProcessing, "")); err == nil {
		t.Errorf("Start = %+v, want an error", got)
	}
}

// A refusal of the order is told in plain words; whatever leaves the outcome open is an error.
func TestRefusals(t *testing.T) {
	for status, refused := range map[int]bool{
		400: true, 401: true, 403: true, 404: true, 422: true,
		301: false, 307: false, 408: false, 425: false, 429: false, 500: false, 502: false, 503: false,
	} {
		d, far := newDouble(t), 0
		elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { far++ }))
		d.Before = func(w http.ResponseWriter, r *http.Request) bool {
			if r.Method == http.MethodPost {
				w.Header().Set("Location", elsewhere.URL)
				http.Error(w, `[{"path":"amount","message":"no"}]`, status)
			}
			return r.Method == http.MethodPost
		}
		got, err := d.coin(io.Discard).Start(t.Context(), order(ledger.DepositProcessing, ""))
		elsewhere.Close()
		if (err == nil) != refused || refused && (got.State != ledger.DepositFailed || got.Reason == "") || far > 0 {
			t.Errorf("status %d: %+v, %v; %d calls elsewhere", status, got, err, far)
		}
	}
}

// An answer that is no answer is an error.
func TestOddAnswers(t *testing.T) {
	for what, body := range map[string]string{
		"empty": "", "no JSON": "<html>", "an object": "{}", "endless": "[]" + strings.Repeat(" ", 2<<20),
		"exponent":     `[{"amount":"1e999999999"}]`,
		"long number":  `[{"amount":"` + strings.Repeat("9", 41) + `"}]`,
		"not a number": `[{"amount":"1.2.3"}]`,
	} {
		d := newDouble(t)
		d.Before = func(w http.ResponseWriter, _ *http.Request) bool { io.WriteString(w, body); return true }
		if got, err := d.coin(io.Discard).Lookup(t.Context(), order(ledger.DepositErrored, "")); err == nil {
			t.Errorf("%s: %+v, want an error", what, got)
		}
	}
}

// Withdrawing works while nobody has paid. What was paid at the same moment is not lost.
func TestCancel(t *testing.T) {
	full := map[string][]payment{"BTC-CHAIN": {{Value: "0.0001", Status: statusSettled}}}
	for what, tt := range map[string]struct {
		at     row
		racing func(v *row) // what happens just before the mark
		want   ledger.DepositState
		beside ledger.Amount
		marks  int
	}{
		"new":     {want: ledger.DepositCanceled, marks: 1},
		"in part": {at: row{Payments: full}, want: ledger.DepositCanceled, beside: eur(5), marks: 1},
		"seen":    {at: row{Status: statusProcessing}, want: ledger.DepositProcessing},
		"paid":    {at: row{Status: statusSettled, Payments: full}, want: ledger.DepositSucceeded},
		"expired": {at: row{Status: statusExpired}, want: ledger.DepositExpired},
		"withdrawn already": {
			at: row{Status: statusInvalid, Additional: marking}, want: ledger.DepositCanceled,
		},
		"paid at that moment": {
			racing: func(v *row) { v.Status, v.Payments = statusSettled, full }, want: ledger.DepositSucceeded, marks: 1,
		},
		// BTCPay takes the mark while a payment is on its way: it comes beside the deposit.
		"seen at that moment": {
			racing: func(v *row) { v.Status, v.Payments = statusProcessing, full },
			want:   ledger.DepositCanceled, beside: eur(5), marks: 1,
		},
		"expired at that moment": {
			racing: func(v *row) { v.Status = statusExpired }, want: ledger.DepositCanceled, marks: 1,
		},
	} {
		t.Run(what, func(t *testing.T) {
			d := newDouble(t)
			v := d.Add(tt.at)
			d.Before = func(_ http.ResponseWriter, r *http.Request) bool {
				if r.Method == http.MethodPost && tt.racing != nil {
					tt.racing(v)
				}
				return false
			}
			got, err := d.coin(io.Discard).Cancel(t.Context(), order(ledger.DepositRequiresAction, "inv1"))
			if err != nil || got.State != tt.want || got.Beside != tt.beside || d.Count("POST") != tt.marks {
				t.Errorf("Cancel = %+v, %v, %d marks; want %s, %v, %d", got, err, d.Count("POST"), tt.want, tt.beside, tt.marks)
			}
		})
	}
}

// A deposit that is over stays as it is, also when somebody withdraws it once more.
func TestCancelOver(t *testing.T) {
	d := newDouble(t)
	d.Add(row{Status: statusInvalid, Additional: marking})
	for _, state := range []ledger.DepositState{ledger.DepositFailed, ledger.DepositExpired, ledger.DepositSucceeded} {
		got, err := d.coin(io.Discard).Cancel(t.Context(), order(state, "inv1"))
		if err != nil || got.State != state {
			t.Errorf("%s: %+v, %v", state, got, err)
		}
	}
}

// An invoice that could not be withdrawn can still be paid, so the deposit waits on; a lost answer is asked for.
func TestCancelFails(t *testing.T) {
	d := newDouble(t)
	c := d.coin(io.Discard)
	d.Add(row{})
	fail := func(w http.ResponseWriter, r *http.Request) bool {
		if r.Method == http.MethodPost {
			w.WriteHeader(http.StatusForbidden)
		}
		return r.Method == http.MethodPost
	}
	d.Before = fail
	if got, err := c.Cancel(t.Context(), order(ledger.DepositRequiresAction, "inv1")); err == nil {
		t.Errorf("refused: %+v, want an error", got)
	}
	d.Change(func() {
		d.Before = nil
		d.After = func(_ http.ResponseWriter, r *http.Request, _ any) bool {
			if r.Method == http.MethodPost {
				panic(http.ErrAbortHandler)
			}
			return false
		}
	})
	got, err := c.Cancel(t.Context(), order(ledger.DepositRequiresAction, "inv1"))
	if err != nil || got.State != ledger.DepositCanceled {
		t.Errorf("answer lost: %+v, %v", got, err)
	}
}

// No key, no secret and nothing of the payer stands in an error, a log or an outcome, whatever the server says.
func TestNothingLeaks(t *testing.T) {
	var log bytes.Buffer
	d := newDouble(t)
	c := d.coin(&log)
	say := func(o funding.Outcome, err error) {
		if err != nil {
			log.WriteString(err.Error())
		}
		text, err := json.Marshal(o)
		log.Write(text)
		if err != nil {
			t.Error(err)
		}
	}
	d.Add(row{Status: statusSettled, Additional: marking, Payments: map[string][]payment{
		"BTC-CHAIN": {{Value: "0.0001", Status: statusSettled}},
	}})
	d.Add(row{})
	say(c.Lookup(t.Context(), order(ledger.DepositProcessing, "")))
	for _, status := range []int{200, 302, 401, 500} {
		d.Change(func() {
			d.Before = func(w http.ResponseWriter, r *http.Request) bool {
				w.WriteHeader(status)
				io.WriteString(w, `{"message":"`+r.Header.Get("Authorization")+` is no key"}`)
				return true
			}
		})
		for _, f := range []func(context.Context, funding.Order) (funding.Outcome, error){c.Start, c.Lookup, c.Cancel} {
			say(f(t.Context(), order(ledger.DepositProcessing, "")))
		}
	}
	d.Close()
	say(c.Start(t.Context(), order(ledger.DepositProcessing, "")))
	if !strings.Contains(log.String(), "[key] is no key") {
		t.Errorf("the words of the server are not logged:\n%s", &log)
	}
	for _, secret := range []string{key, "old secret", "new secret", address, "Ann Payer"} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%q leaks:\n%s", secret, &log)
		}
	}
}

// Settings that are refused are not repeated in the error.
func TestOptionsLeak(t *testing.T) {
	for _, o := range []Options{
		{URL: "https://user:" + key + "@pay.example", Store: store, Key: key, Now: time.Now},
		{URL: "https://pay.example\n" + key, Store: store, Key: key, Now: time.Now},
		{URL: "https://pay.example", Store: store, Key: key + "\n", Now: time.Now},
		{URL: "https://pay.example", Store: store, Key: key, WebhookSecrets: []string{"new secret", " "}, Now: time.Now},
	} {
		if _, err := New(o); err == nil || strings.Contains(err.Error(), key) || strings.Contains(err.Error(), "new secret") {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// Settings that cannot work are refused.
func TestOptions(t *testing.T) {
	good := Options{URL: "https://pay.example/btc", Store: store, Key: key, Now: time.Now}
	if _, err := New(good); err != nil {
		t.Error(err)
	}
	for what, change := range map[string]func(o *Options){
		"plain http": func(o *Options) { o.URL = "http://pay.example" },
		"no host":    func(o *Options) { o.URL = "https://" },
		"no scheme":  func(o *Options) { o.URL = "pay.example" },
		"a query":    func(o *Options) { o.URL += "?a=b" },
		"no store":   func(o *Options) { o.Store = "" },
		"odd store":  func(o *Options) { o.Store = "../x" },
		"no key":     func(o *Options) { o.Key = "" },
		"no secret":  func(o *Options) { o.WebhookSecrets = []string{""} },
		"no clock":   func(o *Options) { o.Now = nil },
	} {
		o := good
		change(&o)
		if _, err := New(o); err == nil {
			t.Errorf("%s is taken", what)
		}
	}
	good.URL = "http://127.0.0.1:23000"
	if _, err := New(good); err != nil {
		t.Error(err)
	}
}

// A server that does not answer in time leaves the outcome open.
func TestHangingServer(t *testing.T) {
	d := newDouble(t)
	ctx, cancel := context.WithCancel(t.Context())
	d.Before = func(_ http.ResponseWriter, r *http.Request) bool { cancel(); <-r.Context().Done(); return true }
	if got, err := d.coin(io.Discard).Start(ctx, order(ledger.DepositProcessing, "")); !errors.Is(err, context.Canceled) {
		t.Errorf("Start = %+v, %v", got, err)
	}
}

// The payer is told what to do in the states that wait, and nothing in others.
func TestSteps(t *testing.T) {
	var c Coin
	for state, want := range map[ledger.DepositState]string{
		ledger.DepositRequiresAction: "link", ledger.DepositProcessing: "Seen, not confirmed yet",
		ledger.DepositErrored: "nothing is lost", ledger.DepositSucceeded: "", ledger.DepositExpired: "",
	} {
		steps := c.Steps(ledger.Deposit{State: state})
		if (len(steps) == 1) != (want != "") || !strings.Contains(strings.Join(steps, ""), want) {
			t.Errorf("%s: %q", state, steps)
		}
	}
	if i := c.Info(); i.Name != "ecurrency" || i.Kind != ledger.DepositOnline || i.Simulated || i.Life != life {
		t.Errorf("Info = %+v", i)
	}
}
