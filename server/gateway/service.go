package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"

	"tuppence/server/x402"
)

const (
	// keysFor is for how long the keys of the service are believed.
	keysFor = 5 * time.Minute
	// keysAgain is for how long old ones serve where new ones could not be had.
	keysAgain = 10 * time.Second
	// tries is how often money is taken before it is given up: what is taken twice is taken once.
	tries = 3
	// maxAnswer bounds an answer of the service, in bytes.
	maxAnswer = 64 << 10
)

// Service is the service that keeps the money, as the gateway calls it.
type Service struct {
	URL    string // without a slash at the end
	Key    string // of the API, with the scope charges:write
	PayTo  string // the vendor of the key
	Client *http.Client
	keys   *keySet
}

// NewService is a service at an address.
func NewService(url, key, payTo string, client *http.Client) Service {
	return Service{URL: url, Key: key, PayTo: payTo, Client: client, keys: &keySet{}}
}

// errService says that nothing is known of what the service has done.
type errService struct{ err error }

func (e errService) Error() string { return "the service: " + e.err.Error() }
func (e errService) Unwrap() error { return e.err }

// Verify asks whether a payment is good.
func (s Service) Verify(ctx context.Context, p x402.Presented) (v x402.Verified, err error) {
	return v, s.call(ctx, "/x402/verify", p, &v)
}

// Settle takes micros for a payment; 0 gives all back. It is tried again while nothing is known.
func (s Service) Settle(ctx context.Context, p x402.Presented, micros int64) (out x402.Settled, err error) {
	p.Requirements.Amount = strconv.FormatInt(micros, 10)
	for n := 1; ; n++ {
		if err = s.call(ctx, "/x402/settle", p, &out); err == nil || n == tries || ctx.Err() != nil {
			return out, err
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond << n):
		}
	}
}

// call posts a document and reads the answer.
func (s Service) call(ctx context.Context, path string, in, out any) error {
	raw, err := json.Marshal(in)
	if err != nil {
		return errService{err}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL+path, bytes.NewReader(raw))
	if err != nil {
		return errService{err}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+s.Key)
	return s.read(r, out)
}

func (s Service) read(r *http.Request, out any) error {
	answer, err := s.Client.Do(r)
	if err != nil {
		return errService{err}
	}
	defer answer.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s: %.300s", r.URL.Path, answer.Status, raw)
	}
	if err == nil {
		err = json.Unmarshal(raw, out)
	}
	if err != nil {
		return errService{err}
	}
	return nil
}

// keySet are the public keys of the service, for a while.
type keySet struct {
	mu    sync.Mutex // guards all below; held while the first ones are fetched
	keys  jose.JSONWebKeySet
	until time.Time
}

// Keys are the public keys that the service signs with. Old ones serve while new ones are fetched by one request, and
// where they cannot be had: a service that hangs holds up nobody else.
func (s Service) Keys(ctx context.Context, now time.Time) (jose.JSONWebKeySet, error) {
	k := s.keys
	k.mu.Lock()
	defer k.mu.Unlock()
	old := k.keys
	if now.Before(k.until) {
		return old, nil
	}
	if len(old.Keys) == 0 {
		fresh, err := s.fetchKeys(ctx)
		if err == nil {
			k.keys, k.until = fresh, now.Add(keysFor)
		}
		return fresh, err
	}
	k.until = now.Add(keysAgain) // for all others
	k.mu.Unlock()
	fresh, err := s.fetchKeys(ctx)
	k.mu.Lock()
	if err != nil {
		return old, nil
	}
	k.keys, k.until = fresh, now.Add(keysFor)
	return fresh, nil
}

// fetchKeys asks the service for its keys.
func (s Service) fetchKeys(ctx context.Context) (fresh jose.JSONWebKeySet, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/.well-known/jwks.json", nil)
	if err != nil {
		return fresh, errService{err}
	}
	return fresh, s.read(r, &fresh)
}

// Vendor is the id of the vendor of a key, which needs the scope vendor:read for that.
func (s Service) Vendor(ctx context.Context) (id string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/v1/vendor", nil)
	if err != nil {
		return "", errService{err}
	}
	r.Header.Set("Authorization", "Bearer "+s.Key)
	var v struct {
		ID string `json:"id"`
	}
	err = s.read(r, &v)
	return v.ID, err
}
