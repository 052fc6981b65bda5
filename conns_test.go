package main

import (
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"tuppence/server/servertest"
)

// Connections beyond the bound are closed at once, and a place that is given back is taken again.
func TestCapListener(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	c := newCapListener(l, 2, 1, func() time.Time { return time.Unix(0, 0) })
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
	if len(c.open) != 0 || len(c.by) != 0 {
		t.Errorf("%d connections are counted, by address %v", len(c.open), c.by)
	}
}

// One address gets its share, a site of IPv6 four times as much for all its networks together, and this machine all.
func TestCapPerAddress(t *testing.T) {
	for name, tt := range map[string]struct {
		addr func(i int) string
		want int
	}{
		"one address":  {func(int) string { return "192.0.2.1" }, 2},
		"a home":       {func(i int) string { return netip.AddrFrom16([16]byte{0x20, 1, 7: byte(i), 15: 1}).String() }, 4},
		"a site":       {func(i int) string { return netip.AddrFrom16([16]byte{0x20, 1, 6: byte(i), 15: 1}).String() }, 8},
		"this machine": {func(int) string { return "127.0.0.1" }, 10},
	} {
		c := newCapListener(nil, 10, 2, func() time.Time { return time.Unix(0, 0) })
		got := 0
		for i := range 20 {
			n := &cappedConn{l: c, addr: addressOf(from{addr: tt.addr(i)})}
			n.stir()
			if _, ok := c.enter(n); ok {
				got++
			}
		}
		if got != tt.want {
			t.Errorf("%s: %d are in, want %d", name, got, tt.want)
		}
	}
}

// Attack: all places are taken by connections that say nothing. Newcomers get their places, and whoever sends something
// keeps its own, also of an address that has only one.
func TestSilentConnectionsMakeRoom(t *testing.T) {
	clock := servertest.NewClock()
	c := newCapListener(nil, 4, 3, clock.Now)
	come := func(addr string) (*cappedConn, *cappedConn, bool) {
		n := &cappedConn{l: c, addr: netip.MustParseAddr(addr)}
		n.stir()
		gone, ok := c.enter(n)
		return n, gone, ok
	}
	busy, _, _ := come("192.0.2.1")
	first, _, _ := come("192.0.2.1")
	second, _, _ := come("192.0.2.1")
	alone, _, _ := come("192.0.2.2")
	if _, _, ok := come("192.0.2.3"); ok {
		t.Error("a connection that has just come lost its place")
	}
	clock.Pass(silentTime)
	busy.stir()
	if _, gone, ok := come("192.0.2.1"); !ok || gone != first && gone != second {
		t.Errorf("in its own share: let in %v, gone %p", ok, gone)
	}
	if _, gone, ok := come("192.0.2.3"); !ok || gone == alone || gone == busy || gone == nil {
		t.Errorf("among all: let in %v, gone %p", ok, gone)
	}
	if len(c.open) != 4 {
		t.Errorf("%d connections, want 4", len(c.open))
	}
}

type from struct {
	net.Conn
	addr string
}

func (f from) RemoteAddr() net.Addr { return &net.TCPAddr{IP: net.ParseIP(f.addr)} }
