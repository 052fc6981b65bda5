package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// sendTime bounds one attempt (Standard Webhooks: 15 seconds).
const sendTime = 15 * time.Second

// SenderOptions are how webhooks leave the service.
type SenderOptions struct {
	Target Target
	Now    func() time.Time
}

// NewSender makes the function that sends one webhook over HTTP. It dials public addresses only, follows no redirect
// and uses no proxy: the address check is made on the address that is really dialled, so that no name can change its
// mind in between.
func NewSender(o SenderOptions) Send {
	// Vendors choose the address, so the connection itself is checked and not the name (server-side request forgery).
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: o.Target.guard()}
	client := &http.Client{
		Timeout: sendTime,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: sendTime,
			MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second, MaxResponseHeaderBytes: 16 << 10, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context, d Delivery) (int, time.Duration, error) {
		req, err := signed(ctx, d)
		if err != nil {
			return 0, 0, err
		}
		res, err := client.Do(req)
		if err != nil {
			return 0, 0, err
		}
		defer res.Body.Close()
		// A short answer is read to its end, so that the connection can be used again.
		if _, err := io.CopyN(io.Discard, res.Body, 4<<10); err != nil && !errors.Is(err, io.EOF) {
			return res.StatusCode, 0, fmt.Errorf("read the answer: %w", err)
		}
		return res.StatusCode, retryAfter(res.Header.Get("Retry-After"), o.Now()), nil
	}
}

// signed is one attempt, signed with each secret: two while a secret is replaced.
func signed(ctx context.Context, d Delivery) (*http.Request, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL, bytes.NewReader(d.Body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "tuppence-webhook/1")
	return req, d.sign(req.Header)
}

// sign sets the headers of Standard Webhooks.
func (d Delivery) sign(h http.Header) error {
	var signatures []string
	for _, secret := range d.Secrets {
		signer, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return err
		}
		signature, err := signer.Sign(d.ID, d.At, d.Body)
		if err != nil {
			return err
		}
		signatures = append(signatures, signature)
	}
	h.Set(standardwebhooks.HeaderWebhookID, d.ID)
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(d.At.Unix(), 10))
	h.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return nil
}

// retryAfter reads seconds or a date; nonsense is nothing.
func retryAfter(v string, now time.Time) time.Duration {
	if n, err := strconv.ParseUint(v, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(v); err == nil {
		return max(0, t.Sub(now))
	}
	return 0
}
