// Package demo is a vendor: a small newspaper that sells its articles. It knows the service only by its HTTP contract
// and imports nothing of it, so that it can be read as an example of how to sell.
//
//	POST /v1/offers                what is sold, once
//	POST /v1/checkouts             a reader wants an article, or to allow silent purchases
//	POST /v1/checkouts/{id}/redeem the reader came back with a code
//	POST /v1/grants/{id}/consume   one reading
//	POST /v1/charges               a silent purchase on a link
//	POST /v1/refunds               money back, from the office page
//	POST /v1/webhook_endpoints     where events go to
//
// Four things make a vendor safe, and each is a few lines here:
//
//   - A request that costs money has an idempotency key that outlives the request: a lost answer is asked for again.
//   - The code that a browser brings is worth nothing without our API key, and is redeemed by our server.
//   - A webhook is believed after its signature, and only tells what to look up.
//   - What the service refuses it says in words for the reader, with a remedy: they are shown as they are.
package demo

import (
	"context"
	"embed"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// Options are what the newspaper needs to know.
type Options struct {
	API    string // base of the service, http://localhost:8080
	Key    string // API key
	URL    string // where readers find the newspaper, http://news.localhost:8081
	Client *http.Client
	Log    *slog.Logger
	// NewID makes idempotency keys and request ids.
	NewID func() string
}

// Newspaper is the vendor.
type Newspaper struct {
	api      api
	url      string
	log      *slog.Logger
	newID    func() string
	articles []*article
	pages    *template.Template

	mu     sync.Mutex // guards what follows
	hook   *standardwebhooks.Webhook
	events []event // newest first, at most maxEvents
}

// event is one webhook as the office page shows it.
type event struct {
	Type, About string
	At          time.Time
}

// maxEvents is how many webhooks the office page remembers.
const maxEvents = 30

//go:embed pages/*.html
var pageFiles embed.FS

// New reads the articles. Nothing is sent before [Newspaper.Publish].
func New(o Options) (*Newspaper, error) {
	articles, err := readArticles()
	if err != nil {
		return nil, err
	}
	pages, err := template.New("").Funcs(template.FuncMap{
		"clock": func(t time.Time) string { return t.UTC().Format("15:04:05") },
	}).ParseFS(pageFiles, "pages/*.html")
	if err != nil {
		return nil, fmt.Errorf("demo: pages: %w", err)
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: 15 * time.Second}
	}
	return &Newspaper{
		api: api{base: o.API + "/v1", key: o.Key, client: o.Client}, url: o.URL, log: o.Log, newID: o.NewID,
		articles: articles, pages: pages,
	}, nil
}

// Publish posts the offers that the service does not have yet and asks for events. It may be called again.
func (n *Newspaper) Publish(ctx context.Context, hook string) error {
	// Offers are found again by the slug in their metadata, so a second start makes no second ones.
	have := map[string]offer{}
	for cursor := ""; ; {
		var page list[offer]
		if err := n.api.get(ctx, "/offers?limit=100"+cursor, &page); err != nil {
			return fmt.Errorf("demo: list offers: %w", err)
		}
		for _, o := range page.Data {
			have[o.Metadata["slug"]] = o
		}
		if page.Next == "" {
			break
		}
		cursor = "&cursor=" + page.Next
	}
	for _, a := range n.articles {
		o, ok := have[a.Slug]
		if !ok {
			if err := n.api.post(ctx, "/offers", "", a.offer(n.url), &o); err != nil {
				return fmt.Errorf("demo: offer %s: %w", a.Slug, err)
			}
		}
		a.Offer = o.ID
		var link staticLink
		if err := n.api.get(ctx, "/offers/"+o.ID+"/static_link", &link); err != nil {
			return fmt.Errorf("demo: address that sells %s: %w", a.Slug, err)
		}
		a.Buy = link.URL
	}
	return n.subscribe(ctx, hook)
}

// subscribe asks for events. The secret of an endpoint is shown once and kept nowhere, so an earlier start's endpoint
// gets a new one: what waits for it is then signed with that.
func (n *Newspaper) subscribe(ctx context.Context, hook string) error {
	var have list[endpoint]
	if err := n.api.get(ctx, "/webhook_endpoints", &have); err != nil {
		return fmt.Errorf("demo: list endpoints: %w", err)
	}
	path, body := "/webhook_endpoints", any(map[string]any{"url": hook})
	for _, e := range have.Data {
		if e.URL == hook {
			// The old secret was in memory only and is gone: it need not sign any more.
			path, body = path+"/"+e.ID+"/rotate_secret", map[string]any{"overlap_seconds": 0}
			break
		}
	}
	var e endpoint
	if err := n.api.post(ctx, path, "", body, &e); err != nil {
		return fmt.Errorf("demo: endpoint: %w", err)
	}
	verify, err := standardwebhooks.NewWebhook(e.Secret)
	if err != nil {
		return fmt.Errorf("demo: webhook secret: %w", err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.hook = verify
	return nil
}
