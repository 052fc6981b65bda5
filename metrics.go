package main

import (
	"context"
	"net/http"
	"net/http/pprof"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tuppence/server"
	"tuppence/ssh"
	"tuppence/store"
)

// meters are what Prometheus reads. They count requests and sessions and name no wallet, no key and no vendor: figures
// are read by more people than the books.
type meters struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
	sessions *prometheus.CounterVec
}

// newMeters makes a registry of its own and not the process's: books that are opened again get new meters, and names
// must not meet twice.
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
	m.registry.MustRegister(
		m.requests, m.sessions, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), storeMeter{engine},
	)
	return m
}

// routes serves metrics and profiles. Both tell how the service works inside, so they have an address of their own,
// which is off unless it is set.
func (m *meters) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	mux.HandleFunc("GET /debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("GET /debug/pprof/trace", pprof.Trace)
	return mux
}

// session counts what happened at the SSH door: attacks are seen there first.
func (m *meters) session(e ssh.Event) { m.sessions.WithLabelValues(string(e.Kind), e.Reason).Inc() }

// door tells what is connected at the SSH door at the moment when Prometheus asks.
func (m *meters) door(load func() ssh.Load) {
	for _, g := range []struct {
		name, help string
		read       func(ssh.Load) int
	}{
		{"connections", "Connections that are open.", func(l ssh.Load) int { return l.Conns }},
		{"sessions", "Sessions that are open.", func(l ssh.Load) int { return l.Sessions }},
	} {
		m.registry.MustRegister(prometheus.NewGaugeFunc(
			prometheus.GaugeOpts{Name: "tuppence_ssh_" + g.name, Help: g.help},
			func() float64 { return float64(g.read(load())) },
		))
	}
}

// count measures requests. The matched pattern is the label, so that no client chooses how many there are.
func (m *meters) count(mux *http.ServeMux, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		method := r.Method
		// A client may send any word as the method; each would be a series of its own.
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

// statusWriter remembers the status of a response; one that is never set is 200 (RFC 9110 section 15.3.1).
type statusWriter struct {
	http.ResponseWriter
	status int
}

// WriteHeader notes the status and passes it on.
func (s *statusWriter) WriteHeader(status int) {
	s.status = status
	s.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController reach what is underneath.
func (s *statusWriter) Unwrap() http.ResponseWriter { return s.ResponseWriter }

// storeMeter reads the engine's figures when Prometheus comes for them: they are kept by the engine anyway, and a copy
// would be old.
type storeMeter struct{ engine *store.Engine }

// storeFigure is one figure of the engine, named tuppence_store_NAME. Those that end in _total only grow.
type storeFigure struct {
	name, help string
	read       func(store.Stats) float64
}

var storeFigures = []storeFigure{
	{"functions_total", "Transactions that were run.", func(s store.Stats) float64 { return float64(s.Functions) }},
	{"refused_total", "Transactions that were refused.", func(s store.Stats) float64 { return float64(s.Refused) }},
	{"busy_total", "Transactions turned away as too many waited.", func(s store.Stats) float64 { return float64(s.Busy) }},
	{"batches_total", "Syncs of the journal.", func(s store.Stats) float64 { return float64(s.Batches) }},
	{"journal_bytes_total", "Bytes of the journal.", func(s store.Stats) float64 { return float64(s.JournalBytes) }},
	{"rows_total", "Rows written to the journal.", func(s store.Stats) float64 { return float64(s.Rows) }},
	{"damaged", "1 if the last scrub found damage.", func(s store.Stats) float64 {
		if s.Damage != nil {
			return 1
		}
		return 0
	}},
	{"waiting", "Transactions that wait for the writer.", func(s store.Stats) float64 { return float64(s.Waiting) }},
	{"unapplied_bytes", "Durable rows not yet in the index.", func(s store.Stats) float64 { return float64(s.Unapplied) }},
	{"segments", "Files of the journal outside the archive.", func(s store.Stats) float64 { return float64(s.Segments) }},
	{"index_bytes", "Size of the index.", func(s store.Stats) float64 { return float64(s.IndexBytes) }},
}

// Describe tells what there is.
func (m storeMeter) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, to) }

// Collect reads all figures at one moment.
func (m storeMeter) Collect(to chan<- prometheus.Metric) {
	s := m.engine.Stats()
	for _, f := range storeFigures {
		kind := prometheus.GaugeValue
		if strings.HasSuffix(f.name, "_total") {
			kind = prometheus.CounterValue
		}
		to <- prometheus.MustNewConstMetric(prometheus.NewDesc("tuppence_store_"+f.name, f.help, nil, nil), kind, f.read(s))
	}
}

// coverageMeter reads by how much the assets fall short of what is owed (I13): an alarm belongs on it.
type coverageMeter struct{ svc *server.Server }

var shortDesc = prometheus.NewDesc("tuppence_assets_short_micros",
	"Micros by which the liquid assets fall short of what is owed to users, vendors and payees.",
	[]string{"currency"}, nil)

// Describe tells what there is.
func (m coverageMeter) Describe(to chan<- *prometheus.Desc) { to <- shortDesc }

// Collect reads the control totals. Where they cannot be read there is no figure, which is an alarm of its own.
func (m coverageMeter) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	short, err := m.svc.Shortfall(ctx)
	if err != nil {
		return
	}
	for c, micros := range short {
		to <- prometheus.MustNewConstMetric(shortDesc, prometheus.GaugeValue, float64(micros), string(c))
	}
}
