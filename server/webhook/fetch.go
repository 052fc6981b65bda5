package webhook

import (
	"context"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"time"

	"tuppence/server/ledger"
)

// fetchTime bounds one fetch from the first byte to the last.
const fetchTime = 15 * time.Second

// Content is what a site has sent for a grant.
type Content struct {
	Type  string // media type, without parameters
	Bytes []byte
}

// Fetch gets what was bought from the site of its vendor, with the token of the grant. It refuses with ErrUnavailable
// what does not come, with what was wrong.
type Fetch func(ctx context.Context, address, token string) (Content, error)

// NewFetcher makes the function that fetches. It dials what webhooks may dial and follows no redirect, since another
// site has no right to the token. Each fetch has a connection of its own and sends no cookie and nothing of the buyer:
// the token has the pairwise id that the vendor knows.
func NewFetcher(t Target) Fetch {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: t.guard()}
	client := &http.Client{
		Timeout: fetchTime,
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				return dialer.DialContext(ctx, network, t.here(address))
			},
			TLSHandshakeTimeout: 5 * time.Second, DisableKeepAlives: true,
			DisableCompression:     true, // a small answer must not become a large one here
			MaxResponseHeaderBytes: 16 << 10, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context, address, token string) (Content, error) {
		if err := t.check(address); err != nil {
			return Content{}, noContent("its address is none that the service calls")
		}
		ctx, cancel := context.WithTimeout(ctx, fetchTime)
		defer cancel()
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
		if err != nil {
			return Content{}, noContent("its address is none that the service calls")
		}
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("Accept", "text/markdown, text/plain, text/html;q=0.9, application/pdf, image/*;q=0.8")
		req.Header.Set("User-Agent", "tuppence-library/1")
		res, err := client.Do(req)
		if err != nil {
			return Content{}, noContent("it does not answer, or not from a public address")
		}
		defer res.Body.Close()
		return received(res)
	}
}

// here is the address that is dialled: names under localhost are this machine (RFC 6761), which not every resolver
// knows. They are called in a demonstration alone.
func (t Target) here(address string) string {
	host, port, err := net.SplitHostPort(address)
	if err == nil && t.AllowLoopback && strings.HasSuffix(strings.ToLower(host), ".localhost") {
		return net.JoinHostPort("localhost", port)
	}
	return address
}

// received reads an answer to its end, or refuses it.
func received(res *http.Response) (Content, error) {
	if res.StatusCode != http.StatusOK {
		return Content{}, noContent("it answers with status " + res.Status[:min(len(res.Status), 3)])
	}
	kind, _, err := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if err != nil || !ledger.Readable(kind) {
		return Content{}, noContent("it sends " + ledger.CleanLine(kind, 40) + ", which the library does not show")
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, ledger.MaxContent+1))
	switch {
	case err != nil:
		return Content{}, noContent("its answer breaks off")
	case len(b) > ledger.MaxContent:
		return Content{}, noContent("it sends more than 1 MiB")
	}
	return Content{Type: kind, Bytes: b}, nil
}

// noContent says what was wrong at the site. Nothing is counted then.
func noContent(why string) error {
	return ledger.Refuse(ledger.ErrUnavailable, "Try again later: nothing was counted.",
		"The vendor's site does not give the content: %s.", why)
}
