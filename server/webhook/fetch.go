package webhook

import (
	"context"
	"io"
	"mime"
	"net"
	"net/http"
	"regexp"
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

// Fetcher gets what was bought from the site of its vendor. It dials what webhooks may dial and follows no redirect,
// since another site has no right to the token. Each call has a connection of its own and sends no cookie and nothing
// of the buyer: the token has the pairwise id that the vendor knows.
type Fetcher struct {
	target Target
	client *http.Client
}

// NewFetcher makes one that calls what a target allows.
func NewFetcher(t Target) *Fetcher {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: t.guard()}
	return &Fetcher{t, &http.Client{
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
	}}
}

// Content gets content with the token of a grant. It refuses with ErrUnavailable what does not come, with what was
// wrong.
func (f *Fetcher) Content(ctx context.Context, address, token string) (Content, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	res, err := f.call(ctx, address, token)
	if err != nil {
		return Content{}, err
	}
	defer res.Body.Close()
	return received(res)
}

// call asks for an address; token "" asks as a stranger.
func (f *Fetcher) call(ctx context.Context, address, token string) (*http.Response, error) {
	if err := f.target.check(address); err != nil {
		return nil, noContent("its address is none that the service calls")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, noContent("its address is none that the service calls")
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	req.Header.Set("Accept", "text/markdown, text/plain, text/html;q=0.9, application/pdf, image/*;q=0.8")
	req.Header.Set("User-Agent", "tuppence-library/1")
	res, err := f.client.Do(req)
	if err != nil {
		return nil, noContent("it does not answer, or not from a public address")
	}
	return res, nil
}

// Payment returns where a page says that it is paid: the targets of its links of the relation "payment" (RFC 8288). Of
// the page nothing is read but its head.
func (f *Fetcher) Payment(ctx context.Context, address string) (targets []string, err error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTime)
	defer cancel()
	res, err := f.call(ctx, address, "")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	for _, value := range res.Header.Values("Link") {
		for _, link := range paymentLink.FindAllStringSubmatch(value, -1) {
			targets = append(targets, link[1])
		}
	}
	return targets, nil
}

// paymentLink is a link in a header whose relations have "payment" among them. Targets have no > in them.
var paymentLink = regexp.MustCompile(
	`<([^<>]+)>\s*(?:;[^,<>]*)?;\s*rel=(?:payment\b|"(?:[^"]*\s)?payment(?:\s[^"]*)?")`)

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
