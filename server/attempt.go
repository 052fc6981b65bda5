package server

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
)

// Delivery is one attempt to bring one event to one endpoint (Standard Webhooks 1.0.0).
type Delivery struct {
	ID      string // the same in every attempt
	URL     string
	Secrets []string // whsec_…, newest first
	Body    []byte
	At      time.Time
}

// retries is how long to wait before each further attempt; after the last one the delivery is given up.
var retries = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// attempted is how an attempt went.
type attempted struct {
	d      books.Delivery // as it is stored now
	silent bool           // nothing came back
	err    error          // the books could not be read or written: the delivery is where it was
}

// send makes one attempt and stores how it went.
func (s *Server) send(ctx context.Context, d books.Delivery) (attempted, error) {
	at := s.clock()
	out, live, err := s.attempt(ctx, d, at)
	if err != nil {
		return attempted{d: d}, err
	}
	if !live { // the endpoint is gone
		d.Failed, d.Error = true, "the endpoint was removed"
		return attempted{d: d}, s.update(ctx, func(tx books.Tx) error { return tx.PutDelivery(d) })
	}
	status, wait, sendErr := s.deliver(ctx, out)
	if ctx.Err() != nil {
		return attempted{d: d}, nil //nolint:nilerr // we are stopping: the attempt is made again
	}
	was := d
	d.Attempt++
	d.Status, d.Error = uint32(max(status, 0)), ""
	if sendErr != nil {
		d.Error = ledger.CleanLine(sendErr.Error(), 200)
	}
	switch {
	case status >= 200 && status < 300:
		d.Done = s.clock()
	case status == http.StatusGone, int(d.Attempt) > len(retries):
		d.Failed = true
	default:
		later, err := s.jitter(max(retries[d.Attempt-1], min(wait, 24*time.Hour)))
		if err != nil {
			return attempted{d: was}, err
		}
		d.Due = s.clock().Add(later)
	}
	err = s.update(ctx, func(tx books.Tx) error {
		if d.Failed {
			if err := s.disableHook(tx, d, at); err != nil {
				return err
			}
		}
		return tx.PutDelivery(d)
	})
	if err != nil {
		return attempted{d: was}, err
	}
	return attempted{d: d, silent: status == 0}, nil
}

// jitter adds up to a tenth, so that what failed together does not come back together.
func (s *Server) jitter(d time.Duration) (time.Duration, error) {
	raw, err := s.seal.Random(1)
	if err != nil {
		return 0, err
	}
	return d + d*time.Duration(raw[0])/2560, nil
}

// disableHook stops sending to an endpoint that said "gone" or never answered.
func (s *Server) disableHook(tx books.Tx, d books.Delivery, at time.Time) error {
	v, found, err := tx.Vendor(d.Vendor)
	if err != nil || !found {
		return err
	}
	i := slices.IndexFunc(v.Hooks, func(h ledger.Endpoint) bool { return h.Number == d.Endpoint })
	if i < 0 || !v.Hooks[i].Disabled.IsZero() {
		return nil
	}
	v.Hooks = slices.Clone(v.Hooks)
	v.Hooks[i].Disabled = at
	_, err = tx.Append(ledger.Entry{
		At: at, Kind: ledger.KindHook, Actor: theHouse, Vendor: v.ID,
		Change: &ledger.Change{Name: "webhook " + ledger.CleanLine(v.Hooks[i].URL, 180), Old: "live", New: "disabled: it does not take events"},
	})
	if err != nil {
		return err
	}
	return tx.PutVendor(v)
}

// attempt puts a delivery together. live is false if its endpoint is gone.
func (s *Server) attempt(ctx context.Context, d books.Delivery, at time.Time) (out Delivery, live bool, err error) {
	err = s.view(ctx, func(r books.Reader) error {
		live = false
		v, _, err := r.Vendor(d.Vendor)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(v.Hooks, func(h ledger.Endpoint) bool { return h.Number == d.Endpoint && h.Disabled.IsZero() })
		rec, found, err := r.Entry(d.Event)
		if err != nil || !found || i < 0 {
			return err
		}
		live = true
		out = Delivery{ID: s.eventID(d), URL: v.Hooks[i].URL, At: at}
		for _, sealed := range v.Hooks[i].Secrets {
			secret, err := s.seal.Open(sealed, "webhook")
			if err != nil {
				return err
			}
			out.Secrets = append(out.Secrets, string(secret))
		}
		data, err := s.eventData(r, d.Type, rec)
		if err != nil {
			return err
		}
		out.Body, err = json.Marshal(map[string]any{"type": d.Type, "timestamp": rec.At.Format(time.RFC3339Nano), "data": data})
		return err
	})
	return out, live, err
}
