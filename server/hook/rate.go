package hook

import (
	"fmt"
	"maps"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"golang.org/x/time/rate"

	"tuppence/server/ledger"
)

// largeAtOnce is how many large bodies of content are read at once.
const largeAtOnce = 8

// largeBodies are how many large bodies of each vendor are being read: few of each, so that one that sends slowly keeps
// nobody else from it.
type largeBodies struct {
	most, each int // of all vendors, and of one

	mu  sync.Mutex // guards of and all
	of  map[ledger.VendorID]int
	all int
}

// largeBody marks operations in their metadata.
const largeBody = "large body"

// takesLarge marks an operation whose bodies have up to most bytes: those at work are among the places.
func takesLarge(o huma.Operation, most int64, places *largeBodies) huma.Operation {
	o.MaxBodyBytes = most
	o.Metadata = maps.Clone(o.Metadata)
	if o.Metadata == nil {
		o.Metadata = map[string]any{}
	}
	o.Metadata[largeBody] = places
	return o
}

// enter takes a place for a vendor, false if there is none.
func (l *largeBodies) enter(v ledger.VendorID) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of[v] == l.each || l.all == l.most {
		return false
	}
	if l.of == nil {
		l.of = map[ledger.VendorID]int{}
	}
	l.of[v]++
	l.all++
	return true
}

func (l *largeBodies) leave(v ledger.VendorID) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.all--
	if l.of[v]--; l.of[v] == 0 {
		delete(l.of, v)
	}
}

// rateLimits bounds how often each client may call: a vendor, or a program that pays. There is a bucket per vendor and
// not per key, so that two keys are not twice as much.
type rateLimits[K comparable] struct {
	rate   rate.Limit // requests per second
	burst  int
	policy string // the header that tells them
	now    func() time.Time

	// overdraw lets one request at a time take more than there is.
	overdraw sync.Mutex

	mu sync.Mutex // guards by
	by map[K]*rate.Limiter
}

// maxBuckets is how many buckets are kept before those that are full are forgotten: a new one is full, too.
const maxBuckets = 10_000

// newRateLimits makes empty buckets. The policy header says how many requests fit into a bucket, and in how many
// seconds an empty one is full again.
func newRateLimits[K comparable](perSecond float64, burst int, now func() time.Time) *rateLimits[K] {
	return &rateLimits[K]{
		rate: rate.Limit(perSecond), burst: burst, now: now, by: map[K]*rate.Limiter{},
		policy: fmt.Sprintf(`"key";q=%d;w=%d`, burst, int(float64(burst)/perSecond)),
	}
}

// bucket is that of a client.
func (l *rateLimits[K]) bucket(k K, at time.Time) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	b := l.by[k]
	if b == nil {
		if len(l.by) >= maxBuckets {
			maps.DeleteFunc(l.by, func(_ K, b *rate.Limiter) bool { return b.TokensAt(at) >= float64(l.burst) })
		}
		b = rate.NewLimiter(l.rate, l.burst)
		l.by[k] = b
	}
	return b
}

// allow takes one request out of the client's bucket, and tells in the headers how it stands (draft-ietf-httpapi-
// ratelimit-headers). It refuses with ErrRate.
func (l *rateLimits[K]) allow(h http.Header, k K) error {
	at := l.now()
	bucket := l.bucket(k, at)
	ok := bucket.AllowN(at, 1)
	h.Set("RateLimit-Policy", l.policy)
	h.Set("RateLimit", leftIn(bucket, at))
	if !ok {
		return ledger.RefuseRate(l.wait(bucket, at))
	}
	return nil
}

// leftIn is the header that tells how many requests a bucket has.
func leftIn(bucket *rate.Limiter, at time.Time) string {
	return `"key";r=` + strconv.Itoa(max(0, int(bucket.TokensAt(at))))
}

// wait is how long it takes until a bucket has a request again: longer than a second if it is overdrawn.
func (l *rateLimits[K]) wait(bucket *rate.Limiter, at time.Time) time.Duration {
	lacks := 1 - bucket.TokensAt(at)
	return max(time.Second, time.Duration(lacks/float64(l.rate)*float64(time.Second)))
}

// more takes n further requests at once, those that one has in it, also more than a bucket holds: what it lacks then is
// waited for before the next request. It returns how the bucket stands then, and refuses with ErrRate who has overdrawn
// it already.
func (l *rateLimits[K]) more(k K, n int) (left string, err error) {
	l.overdraw.Lock()
	defer l.overdraw.Unlock()
	at := l.now()
	bucket := l.bucket(k, at)
	if bucket.TokensAt(at) < 0 {
		return "", ledger.RefuseRate(l.wait(bucket, at))
	}
	for ; n > 0; n -= l.burst {
		bucket.ReserveN(at, min(n, l.burst))
	}
	return leftIn(bucket, at), nil
}
