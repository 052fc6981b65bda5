package main

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// startDemo runs the service in this process until the test ends, and returns what it printed first and where it is.
func startDemo(t *testing.T, change func(*Config)) (greeting, httpAddr, sshPort string) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	c := Config{
		Data: filepath.Join(t.TempDir(), "data"), HTTP: anyPort, SSH: anyPort, Shop: anyPort, Host: "localhost",
		Name: "tuppence", Log: "info", Rate: 1000, Alive: 30,
	}
	change(&c)
	ctx, stop := context.WithCancel(t.Context())
	logs, w := io.Pipe()
	printed, out := io.Pipe()
	var serving sync.WaitGroup
	serving.Go(func() {
		defer w.Close()
		defer out.Close()
		if err := serve(ctx, c, true, out, w, nil); err != nil {
			t.Errorf("the service ended with %v", err)
		}
	})
	t.Cleanup(func() { stop(); serving.Wait() })
	at := make(chan []string, 1)
	go func() {
		for lines := bufio.NewScanner(logs); lines.Scan(); {
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				at <- m
			}
		}
	}()
	m := <-at
	for lines := bufio.NewScanner(printed); lines.Scan(); {
		greeting += lines.Text() + "\n"
		if strings.HasPrefix(lines.Text(), "data ") {
			break
		}
	}
	return greeting, m[1], m[2]
}

var pageOf = regexp.MustCompile(`/c/txn_[0-9a-z]+/events`)

// waitingPage begins a purchase at the demo vendor and returns the address of the events of its page, and the cookie of
// the browser that has it.
func waitingPage(t *testing.T, greeting string) (events, cookie string) {
	t.Helper()
	shop := shopLine.FindStringSubmatch(greeting)[1]
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	// Every name under localhost is this machine, as for a browser.
	here := http.Transport{DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
		_, port, err := net.SplitHostPort(to)
		if err != nil {
			return nil, err
		}
		return (&net.Dialer{}).DialContext(ctx, network, net.JoinHostPort("127.0.0.1", port))
	}}
	defer here.CloseIdleConnections()
	client := http.Client{Jar: jar, Transport: &here}
	res, err := client.PostForm(shop+"/a/rivers", url.Values{})
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	events = pageOf.FindString(string(page))
	if events == "" || len(jar.Cookies(res.Request.URL)) != 1 {
		t.Fatalf("no page of a request in\n%s", page)
	}
	return events, jar.Cookies(res.Request.URL)[0].String()
}

// Attack: 5,000 event streams on one page, with its cookie. The page has its share, and the rest goes on.
func TestCrowdOnOnePageLeavesTheServiceUsable(t *testing.T) {
	greeting, addr, _ := startDemo(t, func(*Config) {})
	events, cookie := waitingPage(t, greeting)
	var answered, open sync.WaitGroup
	for range 5000 {
		answered.Add(1)
		open.Go(func() {
			seen := sync.OnceFunc(answered.Done)
			defer seen()
			conn, err := net.Dial("tcp", addr)
			if err != nil {
				return
			}
			defer conn.Close()
			t.Cleanup(func() { _ = conn.Close() })
			if _, err := io.WriteString(conn, "GET "+events+" HTTP/1.1\r\nHost: localhost\r\n"+
				"Cookie: "+cookie+"\r\n\r\n"); err != nil {
				return
			}
			for lines := bufio.NewScanner(conn); lines.Scan(); seen() {
			}
		})
	}
	answered.Wait()
	client := http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	for _, path := range []string{"/readyz", "/v1/terms", strings.TrimSuffix(events, "/events")} {
		res, err := client.Get("http://" + addr + path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		_ = res.Body.Close()
		if res.StatusCode >= 500 {
			t.Errorf("%s: %s", path, res.Status)
		}
	}
}

// dialSSH logs in with a fresh key over a connection that may have begun with something else.
func dialSSH(conn net.Conn, first string) (*gossh.Client, error) {
	if _, err := io.WriteString(conn, first); err != nil {
		return nil, err
	}
	_, private, err := ed25519.GenerateKey(nil)
	if err != nil {
		return nil, err
	}
	key, err := gossh.NewSignerFromKey(private)
	if err != nil {
		return nil, err
	}
	cc, chans, reqs, err := gossh.NewClientConn(conn, "localhost", &gossh.ClientConfig{
		User: "any", Auth: []gossh.AuthMethod{gossh.PublicKeys(key)},
		HostKeyCallback: gossh.InsecureIgnoreHostKey(),
	})
	if err != nil {
		return nil, err
	}
	return gossh.NewClient(cc, chans, reqs), nil
}

// Both doors take their clients from a trusted balancer, and a header from nobody else.
func TestDoorsBehindABalancer(t *testing.T) {
	_, addr, port := startDemo(t, func(c *Config) { c.Proxies = "127.0.0.2" })
	sshAddr := net.JoinHostPort("127.0.0.1", port)
	for from, trusted := range map[string]bool{"127.0.0.2": true, "127.0.0.3": false} {
		conn := connectFrom(t, from, sshAddr)
		c, err := dialSSH(conn, header(2, '\x21', "192.0.2.7:5000"))
		if (err == nil) != trusted {
			t.Errorf("ssh from %s: %v", from, err)
		}
		if err == nil {
			_ = c.Close()
		}
		web := connectFrom(t, from, addr)
		_, _ = io.WriteString(web, header(1, '\x21', "192.0.2.7:5000")+"GET /livez HTTP/1.0\r\n\r\n")
		answer, _ := bufio.NewReader(web).ReadString('\n')
		if strings.Contains(answer, "200") != trusted {
			t.Errorf("http from %s: %q", from, answer)
		}
	}
	if c, err := dialSSH(connectFrom(t, "127.0.0.3", sshAddr), ""); err != nil {
		t.Errorf("ssh without a header from elsewhere: %v", err)
	} else {
		_ = c.Close()
	}
}
