package checkout

import (
	"context"
	"errors"
	"net/http"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// maxWatch is how long one page may wait; its browser connects again by itself.
const maxWatch = 20 * time.Minute

// events tells a waiting page when the request was answered or has expired (server-sent events, HTML section 9.2).
func (p *pages) events(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), maxWatch)
	defer cancel()
	txn, cookie := r.PathValue("txn"), p.cookie(r)
	woken, err := p.svc.WatchCheckout(ctx, txn, cookie)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	me := p.watching.enter(txn)
	defer p.watching.leave(me)
	w.Header().Set("Connection", "close") // the place is that of a connection: it goes when the page does
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{}) // the server's limit is for pages; what we send here fits any buffer
	w.Header().Set("Content-Type", "text/event-stream")
	send := func(line string) bool {
		_, err := w.Write([]byte(line + "\n\n"))
		return errors.Join(err, control.Flush()) == nil
	}
	if send("retry: 2000") {
		p.wait(ctx, me, cookie, woken, send)
	}
}

// wait looks at the request until it is answered: whenever it may have been, and when its time is over. It looks after
// it has begun to listen, so that no answer falls in between. Send returns false once the page is gone.
func (p *pages) wait(
	ctx context.Context, me *watcher, cookie string, woken <-chan view.Wake, send func(string) bool,
) {
	beat := time.NewTicker(p.o.Beat)
	defer beat.Stop()
	expiry := time.NewTimer(maxWatch)
	defer expiry.Stop()
	for {
		c, err := p.svc.CheckoutPage(ctx, me.page, cookie)
		if err != nil {
			return
		}
		if c.Status != view.State(ledger.CheckoutOpen) {
			send("event: answered\ndata: " + string(c.Status))
			return
		}
		expiry.Reset(c.Expires.Sub(p.o.Now()) + time.Second)
		select {
		case <-ctx.Done():
			return
		case <-p.o.Closing:
			return
		case <-me.gone:
			send("retry: 60000") // its browser comes back when the crowd may be over
			return
		case <-woken:
		case <-expiry.C:
		case <-beat.C:
			if !send(": waiting") {
				return
			}
		}
	}
}
