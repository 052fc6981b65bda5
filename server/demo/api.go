package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"
)

// What the contract says, as far as this vendor needs it.

// money is an amount: a decimal text, since a number would be read as a float.
type money struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

func (m money) String() string { return m.Amount + " " + m.Currency }

// list is a page; Next is where the following one begins, "" behind the last.
type list[T any] struct {
	Data []T    `json:"data"`
	Next string `json:"next_cursor"`
}

// offer is what is sold. Metadata is ours: the service keeps it and does not read it, so we find our articles again.
type offer struct {
	ID          string            `json:"id,omitempty"`
	Title       string            `json:"title"`
	Description string            `json:"description,omitempty"`
	Price       money             `json:"price"`
	Kind        string            `json:"kind,omitempty"`
	ContentURL  string            `json:"content_url,omitempty"`
	Views       int               `json:"views,omitempty"`
	Hours       int               `json:"hours,omitempty"`
	Days        int               `json:"days,omitempty"`
	Royalties   []royalty         `json:"royalties,omitempty"`
	MIME        string            `json:"mime_type,omitempty"`
	Metadata    map[string]string `json:"metadata,omitempty"`
}

// staticLink is an address that sells an offer.
type staticLink struct {
	URL string `json:"url"`
}

// endpoint takes our webhooks. The secret is shown when it is made, and then never again.
type endpoint struct {
	ID     string `json:"id"`
	URL    string `json:"url"`
	Secret string `json:"secret"`
}

// checkout is a request to the reader: the browser is sent to URL.
type checkout struct {
	ID     string `json:"id"`
	URL    string `json:"url"`
	Mode   string `json:"mode"`
	Status string `json:"status"`
}

// charge is a sale. Wallet is what the service calls the reader here and nowhere else.
type charge struct {
	ID       string    `json:"id"`
	Status   string    `json:"status"`
	Disputed bool      `json:"disputed"`
	Amount   money     `json:"amount"`
	Refunded money     `json:"refunded"`
	Wallet   string    `json:"wallet"`
	GrantID  string    `json:"grant_id"`
	Created  time.Time `json:"created"`
	Offer    struct {
		ID    string `json:"id"`
		Title string `json:"title"`
	} `json:"offer"`
}

// grant is the right to read: Total readings, 0 for as many as the reader likes.
type grant struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Total  int    `json:"views_total"`
	Used   int    `json:"views_used"`
}

// redeemed is what the code of a browser turns into: a sale with its grant, a permission, or both.
type redeemed struct {
	Charge *charge `json:"charge"`
	Grant  *grant  `json:"grant"`
	Link   *struct {
		ID string `json:"id"`
	} `json:"link"`
}

// problem is a refusal of the service (RFC 9457).
type problem struct {
	Status     int    `json:"status"`
	Code       string `json:"code"`
	Title      string `json:"title"`
	Detail     string `json:"detail"`
	Remedy     string `json:"remedy"`
	ApproveURL string `json:"approve_url"`
}

// Error is for our log; readers see the fields on a page.
func (p *problem) Error() string {
	return fmt.Sprintf("%d %s: %s %s", p.Status, p.Code, p.Detail, p.Remedy)
}

// api calls the service: three kinds of headers, and JSON both ways.
type api struct {
	base, key string
	client    *http.Client
}

// get reads. It needs no idempotency key: reading twice is reading once.
func (a api) get(ctx context.Context, path string, out any) error {
	return a.call(ctx, http.MethodGet, path, "", nil, out)
}

// post sends once, and once more with the same idempotency key if no answer came: that can never act twice.
func (a api) post(ctx context.Context, path, key string, in, out any) error {
	err := a.call(ctx, http.MethodPost, path, key, in, out)
	var refused *problem
	if err != nil && key != "" && ctx.Err() == nil && (!errors.As(err, &refused) || refused.Status >= 500) {
		err = a.call(ctx, http.MethodPost, path, key, in, out)
	}
	return err
}

// call makes one request. A refusal comes back as a *problem; any other error says that nothing is known.
func (a api) call(ctx context.Context, method, path, key string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	// The host is the service that the options name, and paths are ours.
	req, err := http.NewRequestWithContext(ctx, method, a.base+path, body) //nolint:gosec // see above
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+a.key)
	req.Header.Set("Tuppence-Version", "2026-11-23") // of the contract that we were written for
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	res, err := a.client.Do(req) //nolint:gosec // see above
	if err != nil {
		return err
	}
	defer res.Body.Close()
	// No answer is larger than a page of sales; a larger one would not be of the service.
	raw, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		// A proxy in between may answer without a problem document.
		refused := &problem{Status: res.StatusCode, Code: "unreadable", Detail: http.StatusText(res.StatusCode)}
		if err := json.Unmarshal(raw, refused); err != nil {
			return fmt.Errorf("%s %s: %d: %w", method, path, res.StatusCode, err)
		}
		return refused
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(raw, out)
}

// parseEvent reads a webhook (Standard Webhooks): its type, and the name of what it is about.
func parseEvent(body []byte) event {
	var e struct {
		Type string         `json:"type"`
		At   time.Time      `json:"timestamp"`
		Data map[string]any `json:"data"`
	}
	if err := json.Unmarshal(body, &e); err != nil {
		return event{Type: "unreadable"}
	}
	about, _ := e.Data["id"].(string)
	return event{Type: e.Type, About: about, At: e.At}
}
