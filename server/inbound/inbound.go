// Package inbound is the door for payment processors: what they have to tell comes in here. A call moves no money; it
// is handed to the method that it belongs to, which asks the processor back.
package inbound

import (
	"errors"
	"io"
	"log/slog"
	"net/http"

	"tuppence/server"
	"tuppence/server/funding"
	"tuppence/server/ledger"
)

// Prefix begins the addresses of this package; the name of a method follows.
const Prefix = "/in/"

const (
	// maxBody is more than any processor's event.
	maxBody = 1 << 20
	// atOnce is how many calls are worked on at a time; more are asked to come again.
	atOnce = 16
)

// New is the handler of POST /in/{method}. It answers 200 when the news are in the books or were before, 400 to a call
// that its processor has not signed, 404 where none calls, 413 to what is too long, and 503 to ask for a repetition.
func New(svc *server.Server, log *slog.Logger) http.Handler {
	room := make(chan struct{}, atOnce)
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+Prefix+"{method}", func(w http.ResponseWriter, r *http.Request) {
		select {
		case room <- struct{}{}:
			defer func() { <-room }()
		default:
			again(w)
			return
		}
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err != nil {
			http.Error(w, "The body is too long or broke off.", http.StatusRequestEntityTooLarge)
			return
		}
		switch err := svc.ReceiveNews(r.Context(), r.PathValue("method"), r.Header, body); {
		case err == nil:
			w.WriteHeader(http.StatusOK)
		case errors.Is(err, funding.ErrUnsigned):
			log.Warn("a call that its processor has not signed", "method", r.PathValue("method"))
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

// again asks a processor to repeat its call.
func again(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "30")
	http.Error(w, "Please send it again later.", http.StatusServiceUnavailable)
}
