package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
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

// model is the story command model: a language model that has the wallet of a key, and uses a tool of it. With ! the
// tool has to refuse.
func model(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: model KEY TOOL ARGUMENTS")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	program, err := exec.LookPath("tuppence")
	ts.Check(err)
	wallet := exec.Command(program, "mcp", "--service", ts.Getenv("WEB"), "--key", ts.MkAbs(args[0]), "--max", "0.10EUR")
	wallet.Env = []string{"PATH=" + os.Getenv("PATH")}
	client := mcp.NewClient(&mcp.Implementation{Name: "story", Version: "1"}, nil)
	session, err := client.Connect(ctx, &mcp.CommandTransport{Command: wallet}, nil)
	ts.Check(err)
	defer session.Close()
	result, err := session.CallTool(ctx, &mcp.CallToolParams{Name: args[1], Arguments: json.RawMessage(args[2])})
	ts.Check(err)
	for _, c := range result.Content {
		if text, is := c.(*mcp.TextContent); is {
			say(ts, text.Text+"\n")
		}
	}
	if result.IsError != neg {
		ts.Fatalf("the tool has refused: %t, and not %t", result.IsError, neg)
	}
}
