package main

import (
	"net/http"
	"net/http/pprof"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tuppence/ssh"
	"tuppence/store"
)

// meters are what Prometheus reads.
type meters struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	sessions *prometheus.CounterVec
}

func newMeters(engine *store.Engine) *meters {
	m := &meters{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tuppence_http_request_seconds", Help: "Time to answer, by method, first part of the path and status.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}, []string{"method", "part", "status"}),
	}
	m.sessions = prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "tuppence_ssh_events_total", Help: "Connections and sessions, by what happened and why.",
	}, []string{"kind", "reason"})
	m.registry.MustRegister(m.requests, m.sessions, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), storeMeter{engine})
	return m
}

// routes serves metrics and profiles.
func (m *meters) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// session counts what happened at the SSH door.
func (m *meters) session(e ssh.Event) { m.sessions.WithLabelValues(string(e.Kind), e.Reason).Inc() }

// count measures requests. The matched pattern is the label, so that nobody outside chooses how many there are.
func (m *meters) count(next *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := next.Handler(r)
		method := r.Method
		switch method {
		case http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete:
		default:
			method = "other"
		}
		began := time.Now()
		s := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		defer func() {
			m.requests.WithLabelValues(method, pattern, strconv.Itoa(s.status)).Observe(time.Since(began).Seconds())
		}()
		next.ServeHTTP(s, r)
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (s *statusWriter) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach what is underneath.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }
