package commandtest

import (
	"context"
	"slices"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Heard is what a listener is told: the secret, an event, and that some were passed over.
func Heard() []view.Heard {
	at := ago(0)
	return []view.Heard{
		{Secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
		{
			ID: "evt_5bn2x", Type: "charge.succeeded", At: &at, Payload: "{\"type\":\"charge.succeeded\"}",
			Headers: map[string]string{"webhook-id": "evt_5bn2x", "webhook-signature": "v1,3kX8"},
		},
		{Dropped: 12},
	}
}

// ShopListen tells what the test has put there; then its key may listen no more.
func (s *Service) ShopListen(_ context.Context, _ view.Caller, tell func(view.Heard) error) error {
	all, err := call(s, "ShopListen", func() ([]view.Heard, error) { return slices.Clone(s.Data.Shop.Heard), nil })
	for _, h := range all {
		if err := tell(h); err != nil {
			return err
		}
	}
	if err == nil {
		err = ledger.RefuseNoTeam()
	}
	return err
}

// ShopWatch returns a channel that every change wakes.
func (s *Service) ShopWatch(context.Context, view.Caller) (<-chan view.Wake, error) {
	return call(s, "ShopWatch", func() (<-chan view.Wake, error) {
		c := make(chan view.Wake, 1)
		s.watchers = append(s.watchers, c)
		return c, nil
	})
}

// ShopTrigger tells of a sample.
func (s *Service) ShopTrigger(_ context.Context, _ view.Caller, event, hook string) (view.Trigger, error) {
	return call(s, "ShopTrigger", func() (view.Trigger, error) {
		s.Data.Got = event + hook
		t := view.Trigger{ID: "evt_test_9f2c", Type: event, Told: 1}
		if hook != "" {
			t.Told, t.Hook, t.Status = 0, hook, 204
		}
		return t, nil
	})
}
