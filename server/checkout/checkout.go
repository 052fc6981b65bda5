// Package checkout has the few pages that a buyer's browser sees: the request to pay with its code, and the way back
// to the vendor. The answer is given in the terminal; nothing here moves money.
package checkout

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"tuppence/server"
	"tuppence/server/hook"
	"tuppence/server/ledger"
)

// Options are what the pages need beside the service.
type Options struct {
	Log *slog.Logger
	Now func() time.Time
	// Beat is how often a waiting page hears that we are alive; 0 means 15 seconds.
	Beat time.Duration
	// Closing is closed when the service is about to stop: pages that wait are let go, and their browsers come back to
	// the next one. Nil: never.
	Closing <-chan struct{}
}

// maxWatch is how long one page may wait; its browser connects again by itself.
const maxWatch = 20 * time.Minute

// maxWatching is how many pages may wait at the same time. Each holds a connection and nothing else of value.
const maxWatching = 10_000

//go:embed pages
var files embed.FS

type pages struct {
	svc      *server.Server
	o        Options
	tmpl     *template.Template
	watching atomic.Int64
}

// New is the handler of /, /c/{txn}, and what they need.
func New(svc *server.Server, o Options) http.Handler {
	if o.Beat == 0 {
		o.Beat = 15 * time.Second
	}
	p := &pages{svc: svc, o: o, tmpl: template.Must(template.ParseFS(files, "pages/page.html"))}
	assets, err := fs.Sub(files, "pages")
	if err != nil {
		panic(err) // the directory is part of the program
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.front)
	mux.HandleFunc("GET /c/{txn}", p.show)
	mux.HandleFunc("GET /c/{txn}/events", p.events)
	mux.HandleFunc("GET /c/{txn}/return", p.back)
	mux.Handle("GET /assets/page.css", http.StripPrefix("/assets/", http.FileServerFS(assets)))
	mux.Handle("GET /assets/page.js", http.StripPrefix("/assets/", http.FileServerFS(assets)))
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		p.fail(w, r, ledger.Refuse(ledger.ErrNotFound, "Check the address.", "There is nothing here."))
	})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		if strings.HasPrefix(r.URL.Path, "/assets/") {
			h.Set("Cache-Control", "public, max-age=3600")
		} else {
			h.Set("Cache-Control", "no-store")
		}
		mux.ServeHTTP(w, r)
	})
}

// view is what the page draws.
type view struct {
	Page, Title   string
	House         ledger.House
	Vendor, Site  string
	Description   string
	Price, Bounds string
	Quantity      uint32
	Link          bool
	Asks          []ask
	Code, Status  string
	Outcome       string
	Expires       time.Time
	Events        string
	Return        string
}

// ask is one limit that a vendor proposes.
type ask struct{ Name, Amount string }

func (p *pages) front(w http.ResponseWriter, r *http.Request) {
	p.draw(w, r, http.StatusOK, view{Page: "front", Title: "Wallet"})
}

func (p *pages) show(w http.ResponseWriter, r *http.Request) {
	c, err := p.svc.CheckoutPage(r.Context(), r.PathValue("txn"))
	if err != nil {
		p.fail(w, r, err)
		return
	}
	path := "/c/" + r.PathValue("txn")
	v := view{
		Page: "checkout", Title: c.Title, Vendor: c.Vendor, Site: c.Site, Description: c.Description, Price: c.Price.String(), Quantity: c.Quantity,
		Bounds: bounds(c.Bounds), Link: c.Mode == ledger.ModeLink, Code: c.Code, Status: string(c.Status), Expires: c.Expires,
		Events: path + "/events", Return: path + "/return",
	}
	if v.Link {
		v.Title = "Charge without asking"
		v.Asks = asks(c.Ask, c.Price.Currency)
	}
	v.Outcome = outcome(c.Status)
	p.draw(w, r, http.StatusOK, v)
}

// outcome says what became of a request.
func outcome(s ledger.CheckoutStatus) string {
	switch s {
	case ledger.CheckoutApproved:
		return "You said yes."
	case ledger.CheckoutDenied:
		return "You said no. Nothing was charged."
	case ledger.CheckoutExpired:
		return "The time to answer is over. Nothing was charged."
	case ledger.CheckoutRedeemed:
		return "You said yes, and the vendor knows."
	default:
		return ""
	}
}

// bounds says in words how long what is bought lasts.
func bounds(b ledger.Bounds) string {
	var parts []string
	if b.Views > 0 {
		parts = append(parts, plural(b.Views, "view"))
	}
	if b.Hours > 0 {
		parts = append(parts, plural(b.Hours, "hour")+" from the first look")
	}
	if b.Days > 0 {
		parts = append(parts, plural(b.Days, "day")+" from now")
	}
	if !b.Expires.IsZero() {
		parts = append(parts, "until "+b.Expires.UTC().Format("2 January 2006 15:04 UTC"))
	}
	return strings.Join(parts, ", ")
}

func plural(n uint32, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

func asks(l ledger.Limits, c ledger.Currency) []ask {
	var all []ask
	for _, a := range []struct {
		name   string
		micros int64
	}{{"for one purchase", l.PerPurchase}, {"in a day", l.PerDay}, {"in a week", l.PerWeek}, {"in a month", l.PerMonth}} {
		if a.micros > 0 {
			all = append(all, ask{a.name, ledger.Amount{Micros: a.micros, Currency: c}.String()})
		}
	}
	return all
}

// events tells a waiting page when the checkout was answered or has expired (server-sent events).
func (p *pages) events(w http.ResponseWriter, r *http.Request) {
	defer p.watching.Add(-1)
	if p.watching.Add(1) > maxWatching {
		p.fail(w, r, ledger.Refuse(ledger.ErrUnavailable, "Reload the page after your answer.", "Too many pages wait at the moment."))
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), maxWatch)
	defer cancel()
	txn := r.PathValue("txn")
	woken, err := p.svc.WatchCheckout(ctx, txn)
	if err != nil {
		p.fail(w, r, err)
		return
	}
	control := http.NewResponseController(w)
	_ = control.SetWriteDeadline(time.Time{}) // the server's limit is for pages; what we send here fits any buffer
	w.Header().Set("Content-Type", "text/event-stream")
	send := func(line string) bool {
		_, err := w.Write([]byte(line + "\n\n"))
		return errors.Join(err, control.Flush()) == nil
	}
	if !send("retry: 2000") {
		return
	}
	beat := time.NewTicker(p.o.Beat)
	defer beat.Stop()
	for {
		c, err := p.svc.CheckoutPage(ctx, txn)
		if err != nil {
			return
		}
		if c.Status != ledger.CheckoutOpen {
			send("event: answered\ndata: " + string(c.Status))
			return
		}
		expiry := time.NewTimer(c.Expires.Sub(p.o.Now()) + time.Second)
		select {
		case <-ctx.Done():
			expiry.Stop()
			return
		case <-p.o.Closing:
			expiry.Stop()
			return
		case <-woken:
		case <-expiry.C:
		case <-beat.C:
			if !send(": waiting") {
				expiry.Stop()
				return
			}
		}
		expiry.Stop()
	}
}

// back sends the browser to the vendor, with a code if the answer was yes.
func (p *pages) back(w http.ResponseWriter, r *http.Request) {
	txn := r.PathValue("txn")
	to, err := p.svc.CheckoutReturn(r.Context(), txn)
	if err == nil {
		http.Redirect(w, r, to, http.StatusSeeOther) //nolint:gosec // a verified origin of the vendor, from the books and not from the request
		return
	}
	c, gone := p.svc.CheckoutPage(r.Context(), txn)
	if !errors.Is(err, ledger.ErrState) || gone != nil || c.Status == ledger.CheckoutOpen {
		p.fail(w, r, err)
		return
	}
	// A request that began without a page of the vendor, for example a charge on a link that needed an answer.
	p.draw(w, r, http.StatusOK, view{Page: "message", Title: outcome(c.Status), Outcome: "You can close this page."})
}

// fail shows the words of a refusal; anything else is logged once and hidden.
func (p *pages) fail(w http.ResponseWriter, r *http.Request, err error) {
	v := view{Page: "message", Title: "Something went wrong", Outcome: "It is our fault, and it is logged. Please try again."}
	status := hook.Status(err)
	var refused *ledger.Refusal
	if errors.As(err, &refused) {
		v.Title, v.Outcome = "This did not work", refused.Error()
	} else if r.Context().Err() == nil {
		p.o.Log.Error("page", "path", r.URL.Path, "error", err)
	}
	p.draw(w, r, status, v)
}

func (p *pages) draw(w http.ResponseWriter, r *http.Request, status int, v view) {
	house, err := p.svc.House(r.Context())
	if err != nil {
		p.o.Log.Error("house", "error", err)
		http.Error(w, "The service is not ready.", http.StatusServiceUnavailable)
		return
	}
	v.House = house
	var b bytes.Buffer
	if err := p.tmpl.ExecuteTemplate(&b, "page.html", v); err != nil {
		p.o.Log.Error("draw page", "page", v.Page, "error", err)
		http.Error(w, "The page cannot be drawn.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // the browser went away: nobody to tell
}
