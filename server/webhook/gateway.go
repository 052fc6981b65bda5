package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"tuppence/server/ledger"
)

// What a gateway says of a payout. Every other answer means that the outcome is not known.
const (
	GatewayAccepted = "accepted" // it has it, and tells later
	GatewayPaid     = "paid"
	GatewayFailed   = "failed"   // nothing has left, and nothing will
	GatewayReturned = "returned" // it has left and came back
)

// maxGatewayAnswer bounds what is read of an answer, in bytes.
const maxGatewayAnswer = 16 << 10

// ErrGatewayUnsigned says that a call is not signed with the gateway's secret, or is too old.
var ErrGatewayUnsigned = errors.New("webhook: a call of the gateway is not signed as it should be")

// ErrGatewaySilent says that a call had no whole answer: whatever is called next is likely to have none either.
var ErrGatewaySilent = errors.New("the gateway does not answer")

// Gateway is the operator's own program that carries payouts out: it is told of each by POST, and asked by GET at
// URL/NAME. The name of the payout is the idempotency key. Calls in both directions are signed by the rules of Standard
// Webhooks, with one secret.
type Gateway struct {
	url    string
	secret string
	signer *standardwebhooks.Webhook
	client *http.Client
	now    func() time.Time
}

// GatewayAnswer is what a gateway says.
type GatewayAnswer struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Reason string `json:"reason"`
	// Unknown says that it does not know the payout: it was never taken.
	Unknown bool `json:"-"`
}

// NewGateway makes the caller of a gateway. An address has to be one of the public internet over https, or one of this
// machine. local says that nothing else than this machine is called: in a demonstration.
func NewGateway(raw, secret string, local bool, now func() time.Time) (*Gateway, error) {
	raw = strings.TrimSuffix(raw, "/")
	u, err := url.Parse(raw)
	if err != nil {
		return nil, errors.New("the address is not complete")
	}
	here := thisMachine(u.Hostname())
	switch {
	case local && !here:
		return nil, errors.New("a demo moves no real money: the gateway has to be on this machine")
	case u.RawQuery != "" || u.User != nil:
		return nil, errors.New("the address must not have a query or a password in it")
	}
	t := Target{AllowLoopback: here}
	if here {
		if u.Scheme != "http" && u.Scheme != "https" || u.Fragment != "" {
			return nil, errors.New("the address has to be like http://127.0.0.1:9000/payouts")
		}
	} else if err := t.check(raw); err != nil {
		if r, ok := errors.AsType[*ledger.Refusal](err); ok {
			err = errors.New(r.Detail)
		}
		return nil, err
	}
	signer, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		return nil, errors.New("the secret has to be like whsec_ and base64 of 24 to 64 bytes")
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: t.guard()}
	return &Gateway{raw, secret, signer, &http.Client{
		Timeout: sendTime,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: sendTime,
			MaxResponseHeaderBytes: 16 << 10, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, now}, nil
}

func thisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.IsLoopback()
}

// Pay tells the gateway of a payout. It may be told again at any time: the name is the same.
func (g *Gateway) Pay(ctx context.Context, id string, body []byte) (GatewayAnswer, error) {
	return g.call(ctx, http.MethodPost, g.url, id, body)
}

// Status asks the gateway what became of a payout.
func (g *Gateway) Status(ctx context.Context, id string) (GatewayAnswer, error) {
	return g.call(ctx, http.MethodGet, g.url+"/"+id, id, nil)
}

// call makes one call. After an error nobody knows what the gateway has done.
func (g *Gateway) call(ctx context.Context, method, at, id string, body []byte) (a GatewayAnswer, err error) {
	req, err := http.NewRequestWithContext(ctx, method, at, bytes.NewReader(body))
	if err != nil {
		return a, errors.New("the address of the gateway cannot be called")
	}
	now := g.now()
	signature, err := g.signer.Sign(id, now, body)
	if err != nil {
		return a, err
	}
	h := req.Header
	h.Set("Content-Type", "application/json")
	h.Set("User-Agent", "tuppence-payout/1")
	h.Set("Idempotency-Key", id)
	h.Set(standardwebhooks.HeaderWebhookID, id)
	h.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	h.Set(standardwebhooks.HeaderWebhookSignature, signature)
	res, err := g.client.Do(req)
	if err != nil {
		return a, ErrGatewaySilent // the error has its address
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, maxGatewayAnswer))
	switch {
	case method == http.MethodGet && res.StatusCode == http.StatusNotFound:
		return GatewayAnswer{Unknown: true}, nil
	case err != nil:
		return a, fmt.Errorf("%w: its answer broke off", ErrGatewaySilent)
	case res.StatusCode < 200 || res.StatusCode > 299:
		return a, fmt.Errorf("the gateway answers with status %d", res.StatusCode)
	}
	return readGateway(raw, id)
}

// readGateway reads an answer about a payout. One about another payout, or with another status, says nothing.
func readGateway(raw []byte, id string) (a GatewayAnswer, err error) {
	if err := json.Unmarshal(raw, &a); err != nil {
		return a, errors.New("the answer of the gateway is no JSON object")
	}
	switch {
	case a.ID != id:
		return a, errors.New("the gateway answers about another payout")
	case a.Status == GatewayAccepted, a.Status == GatewayPaid, a.Status == GatewayFailed, a.Status == GatewayReturned:
		a.Reason = ledger.CleanLine(a.Reason, 140)
		return a, nil
	}
	return a, errors.New("the gateway answers with a status that nobody knows")
}

// Receive reads a call of the gateway and returns which payout it has news of. What it says of the payout is not
// believed: the gateway is asked.
func (g *Gateway) Receive(header http.Header, body []byte) (id string, err error) {
	if g.signer.Verify(body, header) != nil {
		return "", ErrGatewayUnsigned
	}
	var news struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(body, &news); err != nil || news.ID == "" {
		return "", ledger.Invalid("id", "Send the name of the payout as id.", "The call names no payout.")
	}
	return news.ID, nil
}
