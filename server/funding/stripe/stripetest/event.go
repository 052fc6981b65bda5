package stripetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"testing"
	"time"

	api "github.com/stripe/stripe-go/v85"
	"github.com/stripe/stripe-go/v85/webhook"
)

// Event is an event as Stripe sends it, signed at a time by a secret.
func Event(
	t testing.TB, at time.Time, secret, kind string, about Object, changes ...Object,
) (header http.Header, body []byte) {
	t.Helper()
	e := Published(t, "event", Object{
		"id": "evt_1", "type": kind, "api_version": api.APIVersion, "data": Object{"object": about},
	})
	for _, c := range changes {
		maps.Copy(e, c)
	}
	body, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	signed := webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: secret, Timestamp: at})
	return http.Header{"Stripe-Signature": {signed.Header}}, body
}

// hook is where events are sent.
type hook struct {
	to, secret string
	sent       int
	last       func() (http.Header, []byte) // the last event, signed anew
}

// Call says where events are sent from now on, and by which secret they are signed.
func (d *Double) Call(to, secret string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.hook.to, d.hook.secret = to, secret
}

// Tell sends an event about an object, and returns what it was answered with. Nobody may hold the lock: the service
// asks back before it answers.
func (d *Double) Tell(kind string, about Object) (answered string) {
	d.mu.Lock()
	d.hook.sent++
	id, secret := "evt_"+strconv.Itoa(d.hook.sent), d.hook.secret
	about = unexpanded(about, nil)
	live := about["livemode"]
	d.hook.last = func() (http.Header, []byte) {
		return Event(d.t, d.Now(), secret, kind, about, Object{"id": id, "livemode": live})
	}
	d.mu.Unlock()
	return d.Again()
}

// Again sends the last event once more.
func (d *Double) Again() (answered string) {
	d.mu.Lock()
	to, last := d.hook.to, d.hook.last
	d.mu.Unlock()
	header, body := last()
	q, err := http.NewRequestWithContext(d.t.Context(), http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return err.Error()
	}
	q.Header = header
	a, err := http.DefaultClient.Do(q)
	if err != nil {
		return fmt.Sprintf("nothing: %v", err)
	}
	_ = a.Body.Close()
	return a.Status
}
