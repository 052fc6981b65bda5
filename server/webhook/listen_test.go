package webhook

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/store"
)

const listenSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// listens starts a listener and returns what it is told, once it is told the secret. Each line waits until it is read.
func (f *fixture) listens(ctx context.Context, by Owner, key string, may func(books.Reader) error) (
	told <-chan view.Heard, ended <-chan error,
) {
	f.t.Helper()
	lines, done := make(chan view.Heard), make(chan error, 1)
	l := &Listener{Vendor: by.Vendor, Key: key, Secret: listenSecret, May: may, Tell: func(h view.Heard) error {
		select {
		case lines <- h:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
	go func() { done <- f.Listen(ctx, l) }()
	select {
	case h := <-lines:
		is(f.t, "the first line", h.Secret, listenSecret)
	case err := <-done:
		f.t.Fatal(err)
	}
	return lines, done
}

func anybody(books.Reader) error { return nil }

// verified checks a line as the server of a vendor does, and returns its event.
func verified(t *testing.T, h view.Heard) (w view.Webhook) {
	t.Helper()
	signer, err := standardwebhooks.NewWebhook(listenSecret)
	if err != nil {
		t.Fatal(err)
	}
	headers := http.Header{}
	for name, value := range h.Headers {
		headers.Set(name, value)
	}
	if err := signer.VerifyIgnoringTimestamp([]byte(h.Payload), headers); err != nil {
		t.Errorf("%+v: %v", h, err)
	}
	if err := json.Unmarshal([]byte(h.Payload), &w); err != nil || w.Type != h.Type || headers.Get("webhook-id") != h.ID {
		t.Errorf("%+v: %v", h, err)
	}
	return w
}

// Who listens hears what happens at its own vendor from then on, in order, signed; when it goes, nothing is left.
func TestListen(t *testing.T) {
	f := newFixture(t, store.NewMemory())
	mine, other := f.vendor("news"), f.vendor("games")
	f.happens(mine, 3) // before it listens
	ctx, end := context.WithCancel(f.ctx)
	told, ended := f.listens(ctx, mine, "SHA256:nora", anybody)
	f.Deliver(f.ctx)
	f.happens(other, 2)
	first := f.happened(mine, ledger.KindLink, 1)
	second := f.happened(mine, ledger.KindLink, 2)
	f.Deliver(f.ctx)
	for n, no := range []ledger.EntryNo{first, second} {
		h := <-told
		w := verified(t, h)
		is(t, "id", h.ID, f.eventID(no, 0))
		is(t, "type", h.Type, "link.created")
		is(t, "sequence", w.Sequence, uint64(n+1))
		is(t, "a test", w.Test, false)
	}
	end()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	is(t, "who listens", len(f.listening.all), 0)
	is(t, "endpoints", len(f.endpointsOf(mine)), 0)
}

func (f *fixture) endpointsOf(by Owner) []view.Endpoint {
	f.t.Helper()
	all, err := f.Endpoints(f.ctx, by)
	if err != nil {
		f.t.Fatal(err)
	}
	return all
}

// A listener that does not read holds nobody up: what it has no room for is passed over, and it is told how much.
func TestSlowListener(t *testing.T) {
	f := newFixture(t, store.NewMemory())
	mine := f.vendor("news")
	ctx, end := context.WithCancel(f.ctx)
	defer end()
	told, _ := f.listens(ctx, mine, "SHA256:nora", anybody)
	const more = 50
	for range listenRoom + 1 + more { // one is on its way to the reader
		f.happened(mine, ledger.KindLink, 1)
	}
	f.Deliver(f.ctx)
	heard, lost := uint64(0), uint64(0)
	for heard+lost < listenRoom+1+more {
		if h := <-told; h.Dropped > 0 {
			lost += h.Dropped
		} else {
			verified(t, h)
			heard++
		}
	}
	if lost < more-1 || heard < listenRoom {
		t.Errorf("heard %d, %d were passed over, want about %d and %d", heard, lost, listenRoom, more)
	}
	f.happened(mine, ledger.KindLink, 2)
	f.Deliver(f.ctx)
	if h := <-told; h.Dropped > 0 || h.Type != "link.created" {
		t.Errorf("after a rest: %+v", h)
	}
}

// A key that may listen no more hears nothing of the next event; there is an end to how many listen.
func TestListenersAreBounded(t *testing.T) {
	f := newFixture(t, store.NewMemory())
	mine := f.vendor("news")
	var removed atomic.Bool
	told, ended := f.listens(f.ctx, mine, "SHA256:nora", func(books.Reader) error {
		if removed.Load() {
			return ledger.RefuseNoTeam()
		}
		return nil
	})
	for range listenersOfOne - 1 {
		f.listens(f.ctx, mine, "SHA256:nora", anybody)
	}
	err := f.Listen(f.ctx, &Listener{Vendor: mine.Vendor, May: anybody})
	if !errors.Is(err, ledger.ErrState) {
		t.Errorf("one more: %v", err)
	}
	removed.Store(true)
	f.happened(mine, ledger.KindLink, 1)
	f.Deliver(f.ctx)
	select {
	case h := <-told:
		t.Errorf("a key that was removed hears %+v", h)
	case err := <-ended:
		if !errors.Is(err, ledger.ErrNotAllowed) {
			t.Error(err)
		}
	}
}

// A sample of each event looks like a real one and says that it is a test. The key alone hears it that asked for it,
// however many others listen.
func TestTrigger(t *testing.T) {
	f := newFixture(t, store.NewMemory())
	mine := f.vendor("news")
	told, _ := f.listens(f.ctx, mine, "SHA256:nora", anybody)
	others, _ := f.listens(f.ctx, mine, "SHA256:finn", anybody)
	for _, name := range EventTypes() {
		id, n, err := f.Trigger(mine.Vendor, "SHA256:nora", name)
		if err != nil || n != 1 || !strings.HasPrefix(id, "evt_test_") {
			t.Errorf("%s: %s, %d, %v", name, id, n, err)
		}
		h := <-told
		w := verified(t, h)
		if h.ID != id || !w.Test || h.Type != name || reflect.DeepEqual(w.Data, view.WebhookData{}) {
			t.Errorf("%s: %+v", name, h)
		}
		if _, _, err := f.openEvent(id); err == nil {
			t.Errorf("the sample %s is the name of an event", id)
		}
	}
	select {
	case h := <-others:
		t.Errorf("another key hears %+v", h)
	default:
	}
	if _, _, err := f.Trigger(mine.Vendor, "SHA256:nora", "charge.lost"); !errors.Is(err, ledger.ErrInvalid) {
		t.Errorf("an unknown event: %v", err)
	}
}

// A sample for an endpoint is signed with its own secret and sent once; the books stay as they are.
func TestTry(t *testing.T) {
	f := newFixture(t, store.NewMemory())
	mine := f.vendor("news")
	e, err := f.Create(f.ctx, mine, Settings{URL: new("https://news.example/hook")})
	if err != nil {
		t.Fatal(err)
	}
	var sent Delivery
	f.Send = func(_ context.Context, d Delivery) (int, time.Duration, error) {
		sent = d
		return 418, 0, nil
	}
	before := f.head()
	id, status, err := f.Try(f.ctx, mine, f.number(e), "charge.succeeded")
	if err != nil || status != 418 {
		t.Fatalf("%d, %v", status, err)
	}
	if len(sent.Secrets) != 1 || sent.Secrets[0] != e.Secret || !strings.Contains(string(sent.Body), `"test":true`) {
		t.Errorf("sent %s with %v", sent.Body, sent.Secrets)
	}
	if health := f.endpoint(mine); health.Failure != nil || health.Success != nil {
		t.Errorf("it is judged by a sample: %+v", health)
	}
	if f.head() != before || !strings.HasPrefix(id, "evt_test_") {
		t.Errorf("%s, and the books have changed", id)
	}
	if _, _, err := f.Try(f.ctx, mine, 99, "charge.succeeded"); !errors.Is(err, ledger.ErrNotFound) {
		t.Errorf("no endpoint: %v", err)
	}
}

// head is the number of the newest entry.
func (f *fixture) head() (no ledger.EntryNo) {
	f.t.Helper()
	err := f.View(f.ctx, func(r books.Reader) (err error) {
		no, _, err = r.Head()
		return err
	})
	if err != nil {
		f.t.Fatal(err)
	}
	return no
}
