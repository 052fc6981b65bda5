// Package inbound is the door for payment processors: what they have to tell comes in here. A call moves no money; it
// is handed to the method that it belongs to, which asks the processor back.
package inbound

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/time/rate"

	"tuppence/server"
	"tuppence/server/funding"
	"tuppence/server/ledger"
)

// Prefix begins the addresses of this package; the name of a method follows.
const Prefix = "/in/"

const (
	// maxBody is more than any processor's event, and short more than nearly all.
	maxBody = 1 << 20
	short   = 64 << 10
	// atOnce is how many calls are worked on at a time, and how many long bodies are read; more are asked to come again.
	// Short bodies are read without a place: callers who send slowly would keep the processors out.
	atOnce = 16
)

// room has a place for each call that is worked on.
type room chan struct{}

// enter takes a place, if there is one.
func (r room) enter() bool {
	select {
	case r <- struct{}{}:
		return true
	default:
		return false
	}
}

func (r room) leave() { <-r }

// errFull says that there is no place.
var errFull = errors.New("no place for another call")

// New is the handler of POST /in/{method}. It answers 200 when the news are in the books or were before, 400 to a call
// that its processor has not signed, 404 where none calls, 413 to what is too long, and 503 to ask for a repetition.
func New(svc *server.Server, log *slog.Logger) http.Handler {
	working, reading := make(room, atOnce), make(room, atOnce)
	// Whoever calls without a signature fills no disk: a line a minute says as much as one for each.
	unsigned := rate.Sometimes{First: 1, Interval: time.Minute}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+Prefix+"{method}", func(w http.ResponseWriter, r *http.Request) {
		body, err := read(w, r, reading)
		if err == nil && !working.enter() {
			err = errFull
		}
		switch {
		case errors.Is(err, errFull):
			again(w)
			return
		case err != nil:
			http.Error(w, "The body is too long or broke off.", http.StatusRequestEntityTooLarge)
			return
		}
		defer working.leave()
		switch err := svc.ReceiveNews(r.Context(), r.PathValue("method"), r.Header, body); {
		case err == nil:
			w.WriteHeader(http.StatusOK)
		case errors.Is(err, funding.ErrUnsigned):
			unsigned.Do(func() {
				log.Warn("a call that its processor has not signed", "method", r.PathValue("method"))
			})
			http.Error(w, "The signature is missing, wrong or too old.", http.StatusBadRequest)
		case errors.Is(err, ledger.ErrNotFound):
			http.Error(w, "No processor calls here.", http.StatusNotFound)
		default:
			log.Error("news of a processor", "method", r.PathValue("method"), "error", err)
			again(w)
		}
	})
	return mux
}

// read reads a body. What is long needs a place while it is read.
func read(w http.ResponseWriter, r *http.Request, reading room) ([]byte, error) {
	all := http.MaxBytesReader(w, r.Body, maxBody)
	body, err := io.ReadAll(io.LimitReader(all, short))
	if err != nil || len(body) < short {
		return body, err
	}
	if !reading.enter() {
		return nil, errFull
	}
	defer reading.leave()
	rest, err := io.ReadAll(all)
	return append(body, rest...), err
}

// again asks a processor to repeat its call.
func again(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "30")
	http.Error(w, "Please send it again later.", http.StatusServiceUnavailable)
}
