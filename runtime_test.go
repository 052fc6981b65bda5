package main

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
)

// The setting is the soft limit of the collector, unless the environment has one.
func TestMemorySetting(t *testing.T) {
	for _, tt := range []struct {
		env  string
		want int64
	}{{"", 300 << 20}, {"1GiB", math.MaxInt64}} {
		t.Run("GOMEMLIMIT="+tt.env, func(t *testing.T) {
			limit, procs, percent := debug.SetMemoryLimit(math.MaxInt64), runtime.GOMAXPROCS(0), debug.SetGCPercent(100)
			defer func() {
				debug.SetMemoryLimit(limit)
				runtime.GOMAXPROCS(procs)
				debug.SetGCPercent(percent)
			}()
			t.Setenv("GOMEMLIMIT", tt.env)
			tuneRuntime(Config{Memory: 300})
			if got := debug.SetMemoryLimit(-1); got != tt.want {
				t.Errorf("the limit is %d bytes, want %d", got, tt.want)
			}
		})
	}
}
