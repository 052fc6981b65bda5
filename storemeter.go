package main

import (
	"github.com/prometheus/client_golang/prometheus"

	"tuppence/store"
)

// storeMeter reads the engine's figures when they are asked for.
type storeMeter struct{ engine *store.Engine }

var storeFigures = []struct {
	name, help string
	counter    bool
	read       func(store.Stats) float64
}{
	{"tuppence_store_functions_total", "Transactions that were run.", true, func(s store.Stats) float64 { return float64(s.Functions) }},
	{"tuppence_store_refused_total", "Transactions that ended with a refusal.", true, func(s store.Stats) float64 { return float64(s.Refused) }},
	{"tuppence_store_busy_total", "Transactions that were turned away because too many waited.", true, func(s store.Stats) float64 { return float64(s.Busy) }},
	{"tuppence_store_batches_total", "Syncs of the journal.", true, func(s store.Stats) float64 { return float64(s.Batches) }},
	{"tuppence_store_journal_bytes_total", "Bytes written to the journal.", true, func(s store.Stats) float64 { return float64(s.JournalBytes) }},
	{"tuppence_store_rows_total", "Rows written to the journal.", true, func(s store.Stats) float64 { return float64(s.Rows) }},
	{"tuppence_store_damaged", "1 if the last scrub found damage.", false, func(s store.Stats) float64 {
		if s.Damage != nil {
			return 1
		}
		return 0
	}},
	{"tuppence_store_waiting", "Transactions that wait for the writer.", false, func(s store.Stats) float64 { return float64(s.Waiting) }},
	{"tuppence_store_unapplied_bytes", "Durable rows that the index does not have yet.", false, func(s store.Stats) float64 { return float64(s.Unapplied) }},
	{"tuppence_store_segments", "Files of the journal that are not in the archive.", false, func(s store.Stats) float64 { return float64(s.Segments) }},
	{"tuppence_store_index_bytes", "Size of the index.", false, func(s store.Stats) float64 { return float64(s.IndexBytes) }},
}

// Describe tells what there is.
func (m storeMeter) Describe(to chan<- *prometheus.Desc) { prometheus.DescribeByCollect(m, to) }

// Collect reads all figures at one moment.
func (m storeMeter) Collect(to chan<- prometheus.Metric) {
	s := m.engine.Stats()
	for _, f := range storeFigures {
		kind := prometheus.GaugeValue
		if f.counter {
			kind = prometheus.CounterValue
		}
		to <- prometheus.MustNewConstMetric(prometheus.NewDesc(f.name, f.help, nil, nil), kind, f.read(s))
	}
}
