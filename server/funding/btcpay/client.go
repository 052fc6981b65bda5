package btcpay

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"tuppence/server/funding"
	"tuppence/server/ledger"
)

const (
	callFor   = 10 * time.Second // Start makes two calls
	maxAnswer = 1 << 20          // bytes of an answer
)

// client speaks to the API. It calls the operator's own address and no other: no stranger has a say in it, and
// redirects are refused.
type client struct {
	http       *http.Client
	base       *url.URL
	store, key string
	hide       *strings.Replacer // takes the key out of what is told of an answer
}

func newClient(o Options) (client, error) {
	base, err := url.Parse(strings.TrimSuffix(o.URL, "/"))
	switch {
	case err != nil || base.Host == "" || base.User != nil || base.RawQuery != "" || base.Fragment != "":
		return client{}, errors.New("btcpay: the URL has to be like https://pay.example")
	case base.Scheme != "https" && (base.Scheme != "http" || !thisMachine(base.Hostname())):
		return client{}, errors.New("btcpay: the URL has to begin with https")
	case !plain(o.Store):
		return client{}, errors.New("btcpay: the id of the store is missing, or has more than letters and digits")
	case !plain(o.Key):
		return client{}, errors.New("btcpay: the API key is missing, or has more than letters and digits")
	}
	h := http.Client{}
	if o.Client != nil {
		h = *o.Client
	}
	h.Timeout = cmp.Or(h.Timeout, callFor)
	h.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return client{&h, base, o.Store, o.Key, strings.NewReplacer(o.Key, "[key]")}, nil
}

// plain tells whether a text is as BTCPay makes its ids and keys: it can stand in a path and in a header.
func plain(s string) bool {
	return s != "" && len(s) <= 100 && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
}

func thisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// refusal is an answer that says for sure that nothing was done.
type refusal struct {
	status int
	words  string // the server's, cleaned and without the key
}

func (r *refusal) Error() string { return fmt.Sprintf("btcpay: status %d: %s", r.status, r.words) }

// call sends a request and reads the answer into out. The error is a [*refusal] if BTCPay has done nothing; after any
// other it may have.
func (c client) call(ctx context.Context, method string, at *url.URL, in, out any) error {
	var body io.Reader
	if in != nil {
		text, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(text)
	}
	r, err := http.NewRequestWithContext(ctx, method, at.String(), body)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "token "+c.key)
	r.Header.Set("Accept", "application/json")
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	a, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("btcpay: %w", err)
	}
	defer a.Body.Close()
	text, err := io.ReadAll(io.LimitReader(a.Body, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("btcpay: status %d: %w", a.StatusCode, err)
	case refuses(a.StatusCode):
		return &refusal{a.StatusCode, ledger.CleanLine(c.hide.Replace(string(text)), 200)}
	case a.StatusCode != http.StatusOK:
		return fmt.Errorf("btcpay: status %d", a.StatusCode)
	case len(text) > maxAnswer:
		return errors.New("btcpay: the answer is too long")
	}
	if err := json.Unmarshal(text, out); err != nil {
		return errors.New("btcpay: the answer is not as it is documented") // its words could hold an address of a payer
	}
	return nil
}

// refuses tells whether a status means that nothing was done, and that trying again would change nothing.
func refuses(status int) bool {
	switch status {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return false
	}
	return status >= 400 && status < 500
}

// invoices are those of an order, the one that counts first: the one that the deposit names, or else the oldest.
func (c client) invoices(ctx context.Context, o funding.Order) ([]invoice, error) {
	at := c.base.JoinPath("api/v1/stores", c.store, "invoices")
	at.RawQuery = url.Values{"orderId": {o.Name}, "includePaymentMethods": {"true"}}.Encode()
	var all []invoice
	if err := c.call(ctx, http.MethodGet, at, nil, &all); err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(v invoice) bool { return !c.belongs(v, o) })
	slices.SortFunc(all, func(a, b invoice) int {
		return cmp.Or(cmp.Compare(a.Created, b.Created), strings.Compare(a.ID, b.ID))
	})
	if named := o.Deposit.External; named != "" {
		i := slices.IndexFunc(all, func(v invoice) bool { return v.ID == named })
		if i < 0 {
			return nil, fmt.Errorf("btcpay: invoice %s is not listed: archived?", named)
		}
		all[0], all[i] = all[i], all[0]
	}
	return all, nil
}

// belongs tells whether an invoice was made for this order, in this store.
func (c client) belongs(v invoice, o funding.Order) bool {
	return plain(v.ID) && v.Store == c.store && v.Metadata.Order == o.Name
}

// request is a new invoice. The amount is a text, since a number of JSON would be read as a float.
type request struct {
	Amount   string            `json:"amount"`
	Currency ledger.Currency   `json:"currency"`
	Metadata map[string]string `json:"metadata"`
	Checkout checkout          `json:"checkout"`
	Receipt  map[string]bool   `json:"receipt"`
}

// checkout are the terms of an invoice.
type checkout struct {
	Speed      string `json:"speedPolicy"`
	Expiration int    `json:"expirationMinutes"`
	Monitoring int    `json:"monitoringMinutes"`
	Tolerance  int    `json:"paymentTolerance"` // percent that may be missing
}

// create has an invoice made.
func (c client) create(ctx context.Context, o funding.Order) ([]invoice, error) {
	q := request{
		Amount: o.Deposit.Amount.Number(), Currency: o.Deposit.Amount.Currency,
		Metadata: map[string]string{"orderId": o.Name},
		Checkout: checkout{"MediumSpeed", int(life.Minutes()), int(watched.Minutes()), 0}, // one confirmation
		Receipt:  map[string]bool{"enabled": false},                                       // it would be a public page
	}
	var v invoice
	if err := c.call(ctx, http.MethodPost, c.base.JoinPath("api/v1/stores", c.store, "invoices"), q, &v); err != nil {
		return nil, err
	}
	if !c.belongs(v, o) {
		return nil, errors.New("btcpay: the new invoice is not the one that was ordered")
	}
	return []invoice{v}, nil
}

// invalidate makes an invoice invalid: nobody is to pay it.
func (c client) invalidate(ctx context.Context, v invoice) error {
	at := c.base.JoinPath("api/v1/invoices", v.ID, "status")
	return c.call(ctx, http.MethodPost, at, map[string]string{"status": statusInvalid}, &invoice{})
}

// link is where an invoice is paid. Payers are sent nowhere but to the operator's own server.
func (c client) link(v invoice) (string, error) {
	u, err := url.Parse(v.Link)
	if err != nil || len(v.Link) > 500 || u.Scheme != c.base.Scheme || u.Host != c.base.Host || u.User != nil {
		return "", fmt.Errorf("btcpay: invoice %s has no link to %s: is the URL in the settings the one that payers see?",
			v.ID, c.base)
	}
	return v.Link, nil
}
