package ledger

import (
	"encoding/base64"
	"strings"
	"time"
)

// Resource is what a program pays for by HTTP: one request at an address, under the terms that its seller has shown
// with status 402 (RFC 9110 section 15.5.3). It is pinned in the sale, so what was agreed to and what is asked for
// later can be compared to the letter.
type Resource struct {
	URL    string // absolute; mcp://tool/NAME for a tool
	Method string // of HTTP
	Digest string // Content-Digest of the body (RFC 9530), "" for a request without one
	// UpTo says that the price is the most that may be taken; else it is all or nothing.
	UpTo bool
	// Until is the end of the time in which the proof of payment may be shown. The hold ends later, since the work may
	// take long: see [ResourceGrace].
	Until time.Time
}

// What is wrong with a proof of payment that a program shows. The words are those of the wire.
const (
	ProofInvalid        = "attestation_invalid" // not ours, cut or forged
	ProofWrongPayee     = "wrong_payee"         // it is another vendor's, or the key is
	ProofTermsChanged   = "terms_changed"       // another address, price or currency
	ProofRequestChanged = "request_changed"     // another method or body
	ProofLate           = "attestation_expired" // the time in which it could be shown is over
	ProofVoided         = "hold_voided"
	ProofExpired        = "hold_expired"
	ProofSettled        = "already_settled"
	ProofConflict       = "settle_conflict" // settled before, with another amount
	ProofAmount         = "amount_mismatch" // more than is held, or a part of what is all or nothing
	ProofSuspended      = "payee_suspended"
)

const (
	// ResourceGrace is for how long a seller may still take the money after the proof was last shown.
	ResourceGrace = 10 * time.Minute
	// MaxResourceLife bounds for how long a proof of payment may be shown.
	MaxResourceLife = 5 * time.Minute
	// ToolScheme is the scheme of tools, which are on no site.
	ToolScheme = "mcp://"

	maxResourceURL = 2000
	maxMethod      = 20
	digestPrefix   = "sha-256=:"
)

// Check refuses with ErrInvalid what is no resource.
func (r Resource) Check() error {
	other := func(c rune) bool { return c < 'A' || c > 'Z' }
	strange := func(c rune) bool { return c <= ' ' || c > '~' }
	switch {
	case r.URL == "" || len(r.URL) > maxResourceURL || strings.ContainsFunc(r.URL, strange):
		return Invalid("resource", "Send the address of the request as it was asked for, at most 2000 characters.",
			"The address of the resource is missing, too long, or has characters that must be escaped.")
	case r.Method == "" || len(r.Method) > maxMethod || strings.ContainsFunc(r.Method, other):
		return Invalid("method", "Send a method of HTTP in capitals, such as GET.", "The method is none.")
	case r.Digest != "" && !isDigest(r.Digest):
		return Invalid("digest", "Send sha-256=:…: as RFC 9530 has it.", "The digest of the body is none.")
	}
	return nil
}

func isDigest(s string) bool {
	s, is := strings.CutPrefix(s, digestPrefix)
	sum, err := base64.StdEncoding.DecodeString(strings.TrimSuffix(s, ":"))
	return is && strings.HasSuffix(s, ":") && err == nil && len(sum) == 32
}

// IsTool tells whether the resource is a tool and at no site.
func (r Resource) IsTool() bool { return strings.HasPrefix(r.URL, ToolScheme) }

// Request is the method and the address.
func (r Resource) Request() string { return r.Method + " " + r.URL }

// Title is what a person reads of a resource: the address without what is the same in all.
func (r Resource) Title() string {
	title := r.URL
	if !r.IsTool() {
		_, title, _ = strings.Cut(r.URL, "://")
	}
	if r.Method != "GET" {
		title = r.Method + " " + title
	}
	return CleanLine(title, maxTitle)
}

// Same tells whether the request is the same, and where: nothing is compared that the clock decides.
func (r Resource) Same(o Resource) bool {
	return r.URL == o.URL && r.UpTo == o.UpTo
}

// SameRequest tells whether method and body are the same.
func (r Resource) SameRequest(o Resource) bool { return r.Method == o.Method && r.Digest == o.Digest }
