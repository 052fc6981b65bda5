// Package checkout has the few pages that a buyer's browser sees (claims 35, 41): the request to pay with its code, and
// the way back to the vendor. The answer is given in the terminal; nothing here moves money. What is said about a
// request is said by package view, in the words of the screens and commands.
package checkout

import (
	"embed"
	"html/template"
	"io/fs"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"tuppence/server"
	"tuppence/server/ledger"
)

// Options are what the pages need beside the service.
type Options struct {
	Log *slog.Logger
	URL string // under which browsers reach the pages: over https their cookies are for https only
	Now func() time.Time
	// Beat is how often a waiting page is told that the connection is alive; 0 means 15 seconds.
	Beat time.Duration
	// Closing is closed when the service is about to stop: pages that wait are let go, and their browsers come back to
	// the next one. Nil: never.
	Closing <-chan struct{}
}

//go:embed pages
var files embed.FS

// pages is the handler of all pages.
type pages struct {
	svc      turns
	o        Options
	tmpl     *template.Template
	watching watchers // pages that wait for an answer
	secure   bool     // pages are reached over https
}

// New is the handler of /, /join, /c/{txn}, /b/{offer}, and what they need.
func New(svc *server.Server, o Options) http.Handler { return newHandler(newTurns(svc), o) }

func newHandler(svc turns, o Options) http.Handler {
	if o.Beat == 0 {
		o.Beat = 15 * time.Second
	}
	p := &pages{
		svc: svc, o: o, tmpl: template.Must(template.ParseFS(files, "pages/page.html")),
		secure: strings.HasPrefix(o.URL, "https:"),
	}
	static, err := fs.Sub(files, "pages")
	if err != nil {
		panic(err) // the directory is part of the program
	}
	assets := http.StripPrefix("/assets/", http.FileServerFS(static))
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.front)
	mux.HandleFunc("GET /join", p.join)
	mux.HandleFunc("GET /c/{txn}", p.show)
	mux.HandleFunc("GET /c/{txn}/events", p.events)
	mux.HandleFunc("GET /c/{txn}/return", p.back)
	mux.HandleFunc("GET /b/{offer}", p.static)
	mux.HandleFunc("POST /b/{offer}", p.static)
	mux.HandleFunc("GET /pay/{deposit}", p.pay)
	mux.HandleFunc("GET /paid", p.paid)
	mux.HandleFunc("GET /p/{code}", p.phone)
	mux.Handle("GET /assets/page.css", assets)
	mux.Handle("GET /assets/page.js", assets)
	// Whatever else is asked for gets a page of ours, too, and not the plain text of the mux.
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		p.fail(w, r, ledger.Refuse(ledger.ErrNotFound, "Check the address.", "There is nothing here."))
	})
	return guarded(mux)
}

// policy allows a page what it needs and nothing else: a vendor's words stay words, no other site can frame the page,
// and none learns its address (W3C Content Security Policy, level 3).
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; base-uri 'none'; " +
	"form-action 'none'; frame-ancestors 'none'"

// guarded sets the headers of every answer.
func guarded(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cache-Control", "no-store")
		if strings.HasPrefix(r.URL.Path, "/assets/") {
			h.Set("Cache-Control", "public, max-age=3600")
		}
		next.ServeHTTP(w, r)
	})
}
