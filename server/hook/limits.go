package hook

import (
	"fmt"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/time/rate"

	"tuppence/server/ledger"
)

// limits bounds how often each vendor may call.
type limits struct {
	rate  float64
	burst int
	now   func() time.Time
	mu    sync.Mutex
	by    map[ledger.VendorID]*rate.Limiter
}

// allow takes one request out of the vendor's bucket, and tells in the headers how it stands.
func (l *limits) allow(ctx huma.Context, v ledger.VendorID) error {
	l.mu.Lock()
	bucket := l.by[v]
	if bucket == nil {
		if l.by == nil {
			l.by = map[ledger.VendorID]*rate.Limiter{}
		}
		bucket = rate.NewLimiter(rate.Limit(l.rate), l.burst)
		l.by[v] = bucket
	}
	l.mu.Unlock()
	at := l.now()
	ok := bucket.AllowN(at, 1)
	ctx.SetHeader("RateLimit-Policy", fmt.Sprintf(`"key";q=%d;w=%d`, l.burst, int(float64(l.burst)/l.rate)))
	ctx.SetHeader("RateLimit", fmt.Sprintf(`"key";r=%d`, max(0, int(bucket.TokensAt(at)))))
	if !ok {
		return ledger.RefuseRate(time.Second)
	}
	return nil
}
