package main

import (
	"io"
	"net"
	"testing"
)

// Connections beyond the bound are closed at once, and a place that is given back is taken again.
func TestCapListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := &capListener{Listener: l, most: 2, each: 1, by: map[string]int{}}
	in := make(chan net.Conn)
	go func() {
		defer close(in)
		for {
			conn, err := c.Accept()
			if err != nil {
				return
			}
			in <- conn
		}
	}()
	dial := func() net.Conn {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		return conn
	}
	dial()
	first := <-in
	dial()
	second := <-in
	if _, err := dial().Read(make([]byte, 1)); err == nil {
		t.Error("a third connection is served")
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err == nil {
		t.Error("closed twice without an error")
	}
	fourth := dial()
	if _, err := io.WriteString(fourth, "x"); err != nil {
		t.Fatal(err)
	}
	third := <-in
	if _, err := third.Read(make([]byte, 1)); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	_, _ = second.Close(), third.Close()
	if c.all != 0 || len(c.by) != 0 {
		t.Errorf("%d connections are counted, by address %v", c.all, c.by)
	}
}

// One address gets its share, and a network of IPv6 counts as one.
func TestCapPerAddress(t *testing.T) {
	c := &capListener{most: 10, each: 2, by: map[string]int{}}
	for _, want := range []bool{true, true, false} {
		if got := c.enter("192.0.2.1"); got != want {
			t.Errorf("enter: %v, want %v", got, want)
		}
	}
	for range 8 {
		if !c.enter("") {
			t.Error("this machine is bounded by address")
		}
	}
	if c.enter("192.0.2.2") {
		t.Error("more than all are let in")
	}
	for addr, want := range map[string]string{
		"127.0.0.1": "", "192.0.2.7": "192.0.2.7", "2001:db8:1:2:3::4": "2001:db8:1:2::",
	} {
		if got := addressOf(from{addr: addr}); got != want {
			t.Errorf("%s counts for %q, want %q", addr, got, want)
		}
	}
}

type from struct {
	net.Conn
	addr string
}

func (f from) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP(f.addr)} }
