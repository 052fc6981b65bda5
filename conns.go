package main

import (
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"tuppence/server/ledger"
)

// Bounds of the public HTTP address. Each connection costs a file descriptor, and the books need some too.
const (
	maxConns   = 4096
	maxPerAddr = 512 // see [ledger.NetworksOf]; this machine is exempt: a proxy here speaks for all its clients
	// silentTime is how long a connection keeps its place although nothing is sent either way. A request takes less: see
	// webServer.
	silentTime = 5 * time.Second
)

// capListener bounds connections. One address gets a part of the places only, so that a single client cannot keep all
// others out. A newcomer beyond the bounds gets the place of the connection that has been silent for longest in the
// same share; where none is silent, it is closed as soon as it comes.
type capListener struct {
	net.Listener
	most, each int
	now        func() time.Time
	mu         sync.Mutex
	open       map[*cappedConn]struct{}
	by         ledger.NetworkCount
}

// capped bounds a listener by what the process may open: at most half of its file descriptors.
func capped(l net.Listener, now func() time.Time) net.Listener {
	most := maxConns
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil && files.Cur/2 < uint64(most) {
		most = int(files.Cur / 2)
	}
	return newCapListener(l, most, maxPerAddr, now)
}

func newCapListener(l net.Listener, most, each int, now func() time.Time) *capListener {
	return &capListener{
		Listener: l, most: most, each: each, now: now, open: map[*cappedConn]struct{}{}, by: ledger.NetworkCount{},
	}
}

// Accept waits for the next connection that is within the bounds.
func (l *capListener) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		c := &cappedConn{Conn: conn, l: l, addr: addressOf(conn)}
		c.stir()
		gone, ok := l.enter(c)
		if gone != nil {
			_ = gone.Conn.Close()
		}
		if ok {
			return c, nil
		}
		_ = conn.Close()
	}
}

// addressOf returns what a connection counts for; the zero Addr where it is not TCP.
func addressOf(conn net.Conn) netip.Addr {
	a, err := netip.ParseAddrPort(conn.RemoteAddr().String())
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr().Unmap().WithZone("")
}

// enter takes a place for a connection, if there is one or a silent connection makes room.
func (l *capListener) enter(c *cappedConn) (gone *cappedConn, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if full, is := l.by.Full(c.addr, l.each); is && !c.addr.IsLoopback() {
		gone = l.silent(func(o *cappedConn) bool { return full.Contains(o.addr) })
	} else if len(l.open) >= l.most {
		largest := l.largest()
		gone = l.silent(func(o *cappedConn) bool { return largest.Contains(o.addr) })
	} else {
		ok = true
	}
	if gone != nil {
		l.remove(gone)
		ok = true
	}
	if ok {
		l.open[c] = struct{}{}
		l.by.Add(c.addr)
	}
	return gone, ok
}

// largest is the network of one owner that has most connections: room for others is made there.
func (l *capListener) largest() (network netip.Prefix) {
	most := 0
	for c := range l.open {
		if w := ledger.Widest(c.addr); l.by[w] > most {
			network, most = w, l.by[w]
		}
	}
	return network
}

// silent is the connection that has been silent for longest of those that which chooses, nil if none is silent.
func (l *capListener) silent(which func(*cappedConn) bool) (oldest *cappedConn) {
	before := l.now().Add(-silentTime).UnixNano()
	for c := range l.open {
		if at := c.stirred.Load(); which(c) && at <= before {
			oldest, before = c, at
		}
	}
	return oldest
}

// remove gives a place back, once.
func (l *capListener) remove(c *cappedConn) {
	if _, in := l.open[c]; in {
		delete(l.open, c)
		l.by.Remove(c.addr)
	}
}

// cappedConn gives its place back when it is closed; net/http may close a connection twice.
type cappedConn struct {
	net.Conn
	l       *capListener
	addr    netip.Addr
	stirred atomic.Int64 // when something was sent either way, in nanoseconds since 1970
}

func (c *cappedConn) stir() { c.stirred.Store(c.l.now().UnixNano()) }

// Read implements net.Conn.
func (c *cappedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.stir()
	}
	return n, err
}

// Write implements net.Conn.
func (c *cappedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	if n > 0 {
		c.stir()
	}
	return n, err
}

// Close closes the connection.
func (c *cappedConn) Close() error {
	c.l.mu.Lock()
	c.l.remove(c)
	c.l.mu.Unlock()
	return c.Conn.Close()
}
