package hook

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/time/rate"

	"tuppence/server/ledger"
)

// largeAtOnce is how many large bodies are read at once.
const largeAtOnce = 8

// largeBodies are the vendors of which a large body is being read: one of each, so that one that sends slowly keeps
// nobody else from it.
type largeBodies struct {
	mu sync.Mutex // guards of
	of map[ledger.VendorID]bool
}

// enter takes the place of a vendor, false if there is none.
func (l *largeBodies) enter(v ledger.VendorID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[v] || len(l.of) == largeAtOnce {
		return false
	}
	if l.of == nil {
		l.of = map[ledger.VendorID]bool{}
	}
	l.of[v] = true
	return true
}

func (l *largeBodies) leave(v ledger.VendorID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.of, v)
}

// rateLimits bounds how often each vendor may call. There is a bucket per vendor and not per key, so that two keys are
// not twice as much; buckets stay, since vendors are few and staff opens them.
type rateLimits struct {
	rate   rate.Limit // requests per second
	burst  int
	policy string // the header that tells them
	now    func() time.Time

	mu sync.Mutex // guards by
	by map[ledger.VendorID]*rate.Limiter
}

// newRateLimits makes empty buckets. The policy header says how many requests fit into a bucket, and in how many
// seconds an empty one is full again.
func newRateLimits(perSecond float64, burst int, now func() time.Time) *rateLimits {
	return &rateLimits{
		rate: rate.Limit(perSecond), burst: burst, now: now, by: map[ledger.VendorID]*rate.Limiter{},
		policy: fmt.Sprintf(`"key";q=%d;w=%d`, burst, int(float64(burst)/perSecond)),
	}
}

// bucket is that of a vendor.
func (l *rateLimits) bucket(v ledger.VendorID) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.by[v]
	if b == nil {
		b = rate.NewLimiter(l.rate, l.burst)
		l.by[v] = b
	}
	return b
}

// allow takes one request out of the vendor's bucket, and tells in the headers how it stands (draft-ietf-httpapi-
// ratelimit-headers). It refuses with ErrRate.
func (l *rateLimits) allow(ctx huma.Context, v ledger.VendorID) error {
	at, bucket := l.now(), l.bucket(v)
	ok := bucket.AllowN(at, 1)
	ctx.SetHeader("RateLimit-Policy", l.policy)
	ctx.SetHeader("RateLimit", `"key";r=`+strconv.Itoa(max(0, int(bucket.TokensAt(at)))))
	if !ok {
		return ledger.RefuseRate(time.Second)
	}
	return nil
}
