package webhook

import (
	"encoding/base64"
	"slices"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

const (
	// Overlap is for how long an old secret signs beside a new one, unless the vendor says otherwise.
	Overlap = 24 * time.Hour
	// MaxOverlap bounds what a vendor may ask for.
	MaxOverlap = 7 * 24 * time.Hour
	// maxSecrets bounds the secrets that sign at once: each is a signature in the header of every attempt.
	maxSecrets = 3
)

// Rotating makes the step that gives an endpoint a new secret, which is shown this once. The old ones sign beside it
// for the overlap at most, and with an overlap of zero not once more: that is for a secret that has leaked. It refuses
// with ErrNotFound, with ErrInvalid an overlap out of bounds, and with ErrState while two old ones sign.
func (o *Outbox) Rotating(by Owner, number uint64, overlap time.Duration) (step Step[view.Endpoint], err error) {
	if overlap < 0 || overlap > MaxOverlap {
		return step, ledger.Invalid(
			"overlap_seconds", "Ask for 0 to 604800 seconds, which are 7 days.", "The overlap is out of bounds.",
		)
	}
	secret, sealed, err := o.secret()
	if err != nil {
		return step, err
	}
	at := o.Now()
	return Step[view.Endpoint]{Done: func() {}, Do: func(tx books.Tx) (made view.Endpoint, err error) {
		v, i, err := endpointOf(tx.Reader, by, number)
		if err != nil {
			return made, err
		}
		v.Hooks = slices.Clone(v.Hooks)
		e := &v.Hooks[i]
		if err := rotate(e, sealed, at, overlap); err != nil {
			return made, err
		}
		h, err := tx.Health(by.Vendor, number)
		if err != nil {
			return made, err
		}
		made = o.show(by, v, *e, h)
		made.Secret = secret
		return made, putEndpoints(tx, v, by.Actor, *e, ledger.Change{New: "new secret"}, at)
	}}, nil
}

// rotate puts a new secret before those that still sign, none of which signs longer than the overlap.
func rotate(e *ledger.Endpoint, sealed []byte, at time.Time, overlap time.Duration) error {
	old := signing(*e, at)
	if overlap == 0 {
		old = nil
	}
	if len(old) >= maxSecrets {
		return ledger.Refuse(
			ledger.ErrState, "Wait until "+oldUntil(*e, at).Format(time.RFC3339)+", or ask for an overlap of 0.",
			"Two old secrets are still signing.",
		)
	}
	ends := make([]time.Time, len(old))
	for i := range old {
		if ends[i] = at.Add(overlap); i > 0 && e.Ends[i-1].Before(ends[i]) {
			ends[i] = e.Ends[i-1]
		}
	}
	e.Secrets, e.Ends = append([][]byte{sealed}, old...), ends
	return nil
}

// signing are the secrets that sign at an instant, sealed: the newest, and those before it that have not ended. An end
// is never after that of a newer one, so they are the first ones.
func signing(e ledger.Endpoint, at time.Time) [][]byte {
	n := min(1, len(e.Secrets))
	for n < len(e.Secrets) && n <= len(e.Ends) && at.Before(e.Ends[n-1]) {
		n++
	}
	return e.Secrets[:n]
}

// secretsOf are the secrets that sign for an endpoint, newest first.
func (o *Outbox) secretsOf(e ledger.Endpoint, at time.Time) (all []string, err error) {
	for _, sealed := range signing(e, at) {
		secret, err := o.Seal.Open(sealed, secretPurpose)
		if err != nil {
			return nil, err
		}
		all = append(all, string(secret))
	}
	return all, nil
}

// oldUntil is when the last old secret stops signing; zero if none signs.
func oldUntil(e ledger.Endpoint, at time.Time) time.Time {
	if len(signing(e, at)) < 2 {
		return time.Time{}
	}
	return e.Ends[0]
}

// secret makes a secret in the form of Standard Webhooks, and its sealed form. The books keep the sealed form only.
func (o *Outbox) secret() (secret string, sealed []byte, err error) {
	raw, err := o.Seal.Random(24)
	if err != nil {
		return "", nil, err
	}
	secret = "whsec_" + base64.StdEncoding.EncodeToString(raw)
	sealed, err = o.Seal.Seal([]byte(secret), secretPurpose)
	return secret, sealed, err
}
