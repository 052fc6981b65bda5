package checkout

import (
	"context"
	"net/netip"

	"tuppence/server"
	"tuppence/server/view"
)

// maxReading is how many requests of browsers read the books at a time. The others wait for their turn, and what
// vendors sell is not behind them: 5,000 browsers on one page cost two seconds of a core.
const maxReading = 4

// turns is all that pages know of the service. Each read waits for its turn. Nothing is written to a browser meanwhile:
// one that does not read would keep the turn.
type turns struct {
	svc  *server.Server
	room chan struct{}
}

func newTurns(svc *server.Server) turns { return turns{svc, make(chan struct{}, maxReading)} }

// inTurn reads when there is room. It returns the error of ctx where that ends before.
func inTurn[T any](ctx context.Context, room chan struct{}, read func() (T, error)) (none T, err error) {
	select {
	case room <- struct{}{}:
		defer func() { <-room }()
		return read()
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// ArriveStatic is [server.Server.ArriveStatic] in turn.
func (t turns) ArriveStatic(ctx context.Context, q view.StaticArrival) (string, error) {
	return inTurn(ctx, t.room, func() (string, error) { return t.svc.ArriveStatic(ctx, q) })
}

// CheckoutPage is [server.Server.CheckoutPage] in turn.
func (t turns) CheckoutPage(ctx context.Context, txn, cookie string) (view.CheckoutPage, error) {
	return inTurn(ctx, t.room, func() (view.CheckoutPage, error) { return t.svc.CheckoutPage(ctx, txn, cookie) })
}

// Arrive is [server.Server.Arrive] in turn.
func (t turns) Arrive(ctx context.Context, q view.Arrival) (view.Arrived, error) {
	return inTurn(ctx, t.room, func() (view.Arrived, error) { return t.svc.Arrive(ctx, q) })
}

// WatchCheckout is [server.Server.WatchCheckout] in turn; only its read is, and not what it waits for.
func (t turns) WatchCheckout(ctx context.Context, txn, cookie string) (<-chan view.Wake, error) {
	return inTurn(ctx, t.room, func() (<-chan view.Wake, error) { return t.svc.WatchCheckout(ctx, txn, cookie) })
}

// CheckoutReturn is [server.Server.CheckoutReturn] in turn.
func (t turns) CheckoutReturn(ctx context.Context, txn, cookie string) (view.Return, error) {
	return inTurn(ctx, t.room, func() (view.Return, error) { return t.svc.CheckoutReturn(ctx, txn, cookie) })
}

// Inviting is [server.Server.Inviting] in turn.
func (t turns) Inviting(ctx context.Context, code string) (view.Inviting, error) {
	return inTurn(ctx, t.room, func() (view.Inviting, error) { return t.svc.Inviting(ctx, code) })
}

// PhonePage is [server.Server.PhonePage] in turn.
func (t turns) PhonePage(ctx context.Context, from netip.Addr, code string) (string, error) {
	return inTurn(ctx, t.room, func() (string, error) { return t.svc.PhonePage(ctx, from, code) })
}

// House is [server.Server.House] in turn.
func (t turns) House(ctx context.Context) (view.House, error) {
	return inTurn(ctx, t.room, func() (view.House, error) { return t.svc.House(ctx) })
}

// PayLink is [server.Server.PayLink] in turn.
func (t turns) PayLink(ctx context.Context, name string) (string, error) {
	return inTurn(ctx, t.room, func() (string, error) { return t.svc.PayLink(ctx, name) })
}
