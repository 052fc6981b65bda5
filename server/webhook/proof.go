package webhook

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"tuppence/server/ledger"
)

const (
	// ProofPath is where a site says whose it is (RFC 8615).
	ProofPath = "/.well-known/tuppence-verify.txt"
	// ProofLabel comes before the host in the name of the TXT record that says the same.
	ProofLabel = "_tuppence."
	// maxProof is the largest file that is read, in bytes.
	maxProof = 4 << 10
	// proofTime bounds a look.
	proofTime = 10 * time.Second
)

// Prove looks whether a site has a token, in its file or in the DNS. It refuses with ErrOrigin, with what was there.
type Prove func(ctx context.Context, origin, token string) error

// NewProver makes the function that looks. It dials what webhooks may dial, and follows no redirect: what another site
// says proves nothing. lookUp reads TXT records.
func NewProver(t Target, lookUp func(ctx context.Context, name string) ([]string, error)) Prove {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: t.guard()}
	client := &http.Client{
		Timeout: proofTime,
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: 5 * time.Second, DisableKeepAlives: true,
			MaxResponseHeaderBytes: 16 << 10, ForceAttemptHTTP2: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context, origin, token string) error {
		ctx, cancel := context.WithTimeout(ctx, proofTime)
		defer cancel()
		found := inFile(ctx, client, origin, token)
		if found == "" || inDNS(ctx, lookUp, origin, token) {
			return nil
		}
		return ledger.Refuse(ledger.ErrOrigin,
			"Put the token into "+origin+ProofPath+", or into a TXT record, and ask again.",
			"There is no proof at the site: %s.", found)
	}
}

// inFile says what is wrong with the file of a site, "" if it has the token in a line of its own.
func inFile(ctx context.Context, client *http.Client, origin, token string) (wrong string) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, origin+ProofPath, nil)
	if err != nil {
		return "its address is none"
	}
	req.Header.Set("User-Agent", "tuppence-verify/1")
	res, err := client.Do(req)
	if err != nil {
		return "it does not answer"
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return "it answers with status " + res.Status[:min(len(res.Status), 3)]
	}
	b, err := io.ReadAll(io.LimitReader(res.Body, maxProof))
	if err != nil {
		return "its answer breaks off"
	}
	for line := range strings.SplitSeq(string(b), "\n") {
		if strings.TrimSpace(line) == token {
			return ""
		}
	}
	return "its file does not have the token"
}

// inDNS tells whether a TXT record of the site's name has the token.
func inDNS(
	ctx context.Context, lookUp func(context.Context, string) ([]string, error), origin, token string,
) bool {
	u, err := url.Parse(origin)
	if err != nil || lookUp == nil {
		return false
	}
	all, err := lookUp(ctx, ProofLabel+u.Hostname())
	if err != nil {
		return false
	}
	for _, text := range all {
		if strings.TrimSpace(text) == token {
			return true
		}
	}
	return false
}
