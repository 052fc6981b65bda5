package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// 5,000 browsers wait on one page of a purchase. A page has 16 places, and a newcomer gets that of the oldest.
func floodStreams(ctx context.Context, s *siege) error {
	events, cookie := waitingPage(s.t, s.service.greeting)
	var open atomic.Int64
	ask := "GET " + events + " HTTP/1.1\r\nHost: localhost\r\nCookie: " + cookie + "\r\n\r\n"
	watch := func(i int) {
		conn, err := s.dial(ctx, fmt.Sprintf("127.0.6.%d", 1+i%4), s.service.http)
		if err != nil {
			return
		}
		if _, err := io.WriteString(conn, ask); err != nil {
			_ = conn.Close()
			return
		}
		open.Add(1)
		go func() {
			defer open.Add(-1)
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}()
	}
	hold(ctx, func() { each(ctx, 5000, 64, watch) }, func() {
		s.report.count("streams held, of 5000", int(open.Load()), 16)
	})
	return nil
}

// A vendor attaches names of 58 KB, of characters that are composed of two, from 16 connections at once.
func floodMetadata(ctx context.Context, s *siege) error {
	body := `{"title":"A song","kind":"content","price":{"amount":"0.25","currency":"EUR"},"views":5,"days":30,` +
		`"content_url":"https://stall.example/x","metadata":{"` + strings.Repeat("a\u0301", 58<<10/3) + `":"x"}}`
	thief, err := s.openStall(ctx, "thief", "0.25")
	if err != nil {
		return err
	}
	var asked, taken, failed atomic.Int64
	each(ctx, 1<<30, 16, func(int) {
		status, _ := s.api(ctx, thief, "127.0.7.1", "/offers", body, nil)
		asked.Add(1)
		if status == http.StatusCreated {
			taken.Add(1)
		}
		if status >= 500 {
			failed.Add(1)
		}
	})
	s.report.count(fmt.Sprintf("offers taken, of %d", asked.Load()), int(taken.Load()), 0)
	s.report.count("answers of 500 and more", int(failed.Load()), 0)
	return nil
}

// garbage is what is no request, or none that means anything here. RFC 9112 has the grammar that they break.
func garbage() []string {
	return []string{
		rand.Text() + rand.Text() + "\r\n\r\n",
		"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + strings.Repeat("\x00", 512), // TLS
		"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
		"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
		"BREW /pot HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
		"GET /" + strings.Repeat("../", 500) + "etc/passwd HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
		"GET /c/txn_" + strings.ToLower(rand.Text()) + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
		"GET /v1/charges?" + strings.Repeat("a=b&", 5000) + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
		"GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-A: b\r\n", 10_000) + "\r\n",
		"POST /v1/charges HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n" +
			"fffffffffffffffff\r\n",
		"POST /v1/charges HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer sk_test_x\r\n" +
			"Content-Length: 3\r\n\r\n{}}",
		"POST /c/x HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 99999999999999\r\n\r\nx",
	}
}

// 32 connections at a time send garbage.
func floodGarbage(ctx context.Context, s *siege) error {
	var sent, failed atomic.Int64
	each(ctx, 1<<30, 32, func(i int) {
		conn, err := s.dial(ctx, fmt.Sprintf("127.0.8.%d", 1+i%4), s.service.http)
		if err != nil {
			return
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(time.Second / 4))
		all := garbage()
		_, _ = io.WriteString(conn, all[i%len(all)])
		answer, _ := bufio.NewReader(conn).ReadString('\n')
		sent.Add(1)
		unknown := strings.Contains(answer, " 501 ") || strings.Contains(answer, " 505 ") // a method, a version
		if strings.HasPrefix(answer, "HTTP/1.1 5") && !unknown {
			failed.Add(1)
		}
	})
	s.report.count(fmt.Sprintf("failures of the service, of %d", sent.Load()), int(failed.Load()), 0)
	return nil
}

// Slow clients open connections and send a byte a second: 600 to HTTP and 300 to SSH from each of two addresses. Each
// that is closed comes back. This machine has no share of HTTP connections, so it may hold those; SSH has 40 places for
// the log-ins of an address. A few more are counted that are being closed.
func floodSlowly(ctx context.Context, s *siege) error {
	const request, banner = "GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: aaaaaaaa", "SSH-2.0-slow_slow_slow"
	var opened, open atomic.Int64
	slow := func(i int) {
		to, text := s.service.http, request
		if i%3 == 0 {
			to, text = s.service.ssh, banner
		}
		pace := time.NewTicker(time.Second)
		defer pace.Stop()
		for ctx.Err() == nil {
			if conn, err := s.dial(ctx, fmt.Sprintf("127.0.9.%d", 1+i%2), to); err == nil {
				opened.Add(1)
				open.Add(1)
				drip(ctx, conn, text, pace.C)
				open.Add(-1)
			}
			select {
			case <-ctx.Done():
			case <-pace.C:
			}
		}
	}
	hold(ctx, func() { each(ctx, 1800, 1800, slow) }, func() {
		s.report.count(fmt.Sprintf("connections held, of %d", opened.Load()), int(open.Load()), 2*(600+40)+20)
	})
	return nil
}

// drip sends a text byte by byte, until it is at its end or the other side closes the connection.
func drip(ctx context.Context, conn net.Conn, text string, pace <-chan time.Time) {
	defer conn.Close()
	gone := make(chan struct{})
	go func() { defer close(gone); _, _ = io.Copy(io.Discard, conn) }()
	for i := range len(text) {
		if _, err := io.WriteString(conn, text[i:i+1]); err != nil {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-gone:
			return
		case <-pace:
		}
	}
}
