package main

import (
	"os"
	"runtime"
	"runtime/debug"
)

// leastMemory is the least value of Config.Memory in MiB. With less than what is always alive, the collector would take
// half of the processor and free nothing.
const leastMemory = 256

// tuneRuntime sets the collector and the scheduler of Go for a service. What the environment says wins.
func tuneRuntime(c Config) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // under full load a third less memory at the same rate
	}
	if os.Getenv("GOMEMLIMIT") == "" { // soft: near it the collector runs more often, and nothing is refused
		debug.SetMemoryLimit(int64(c.Memory) << 20)
	}
	if os.Getenv("GOMAXPROCS") == "" { // a thread in a sync keeps its processor for a while, and of two that is half
		runtime.GOMAXPROCS(max(4, runtime.GOMAXPROCS(0)))
	}
}
