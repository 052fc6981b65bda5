package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// plainSite is the story command site: a site that knows nothing of money, at $UPSTREAM, and an address for a gateway
// in front of it, at $SITE. It says how often it was asked for a path, and fails at /broken.
func plainSite(ts *testscript.TestScript, _ bool, _ []string) {
	w := worldOf(ts)
	var asked atomic.Int64
	behind := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/broken") {
			rw.WriteHeader(http.StatusBadGateway)
			return
		}
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(rw, "answer %d to %s %s %s for %s\n",
			asked.Add(1), r.Method, r.URL.Path, body, r.Header.Get("Tuppence-Wallet"))
	}))
	ts.Defer(behind.Close)
	port := quietPort(w.t)
	ts.Setenv("UPSTREAM", behind.URL)
	ts.Setenv("SITE", "http://localhost:"+port)
	ts.Setenv("LISTEN", "localhost:"+port)
}

// up is the story command up: it waits until something listens at an address.
func up(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: up HOST:PORT")
	}
	for end := time.Now().Add(patience); ; {
		c, err := net.DialTimeout("tcp", args[0], time.Second)
		if err == nil {
			_ = c.Close()
			return
		}
		if time.Now().After(end) {
			ts.Fatalf("nothing listens at %s: %v", args[0], err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
