package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

func browse(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 3 {
		ts.Fatalf("usage: browse NAME GET|POST URL [field=value...]")
	}
	w := worldOf(ts)
	b := w.browsers[args[0]]
	if b == nil {
		jar, err := cookiejar.New(nil)
		ts.Check(err)
		b = &http.Client{Jar: jar, Timeout: patience, Transport: toLoopback(w.pages)}
		w.browsers[args[0]] = b
	}
	form := url.Values{}
	for _, f := range args[3:] {
		name, value, _ := strings.Cut(f, "=")
		form.Set(name, value)
	}
	req, err := http.NewRequest(args[1], args[2], strings.NewReader(form.Encode()))
	ts.Check(err)
	if args[1] == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	res, err := b.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	ts.Setenv("URL", res.Request.URL.String())
	say(ts, withoutStyle.ReplaceAllString(string(body), ""))
	if neg == (res.StatusCode < 400) {
		ts.Fatalf("%s %s: %s\n%s", args[1], args[2], res.Status, body)
	}
}

// withoutStyle makes a page readable in the log of a story.
var withoutStyle = regexp.MustCompile(`(?s)<style>.*</style>`)

// toLoopback takes every name under localhost to this machine, as browsers do. trusted is for pages by TLS.
func toLoopback(trusted *tls.Config) *http.Transport {
	dial := func(ctx context.Context, network, addr string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		var d net.Dialer
		return d.DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	}
	return &http.Transport{TLSClientConfig: trusted, DialContext: dial}
}

func callAPI(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) < 2 {
		ts.Fatalf("usage: api METHOD PATH [BODY [KEY]]")
	}
	var body io.Reader
	if len(args) > 2 && args[2] != "-" {
		body = bytes.NewReader(expanded(ts, args[2]))
	}
	req, err := http.NewRequest(args[0], ts.Getenv("HTTP")+"/v1"+args[1], body)
	ts.Check(err)
	req.Header.Set("Authorization", "Bearer "+apiKey(ts))
	req.Header.Set("Content-Type", "application/json")
	if len(args) > 2 && strings.HasSuffix(args[2], ".html") {
		req.Header.Set("Content-Type", "text/html")
	}
	if len(args) > 3 {
		req.Header.Set("Idempotency-Key", args[3])
	}
	res, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	ts.Check(err)
	ts.Setenv("STATUS", fmt.Sprint(res.StatusCode))
	say(ts, string(answer))
	if neg == (res.StatusCode < 400) {
		ts.Fatalf("%s %s: %s\n%s", args[0], args[1], res.Status, answer)
	}
}

// apiKey is $APIKEY or, without one, the demo vendor's.
func apiKey(ts *testscript.TestScript) string {
	key := ts.Getenv("APIKEY")
	if key == "" {
		key = ts.ReadFile("data/" + demoVendorKeyFile)
	}
	return strings.TrimSpace(key)
}

// expanded is a file with the story's variables filled in.
func expanded(ts *testscript.TestScript, file string) []byte {
	return []byte(os.Expand(ts.ReadFile(file), ts.Getenv))
}
