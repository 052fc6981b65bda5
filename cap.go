package main

import (
	"net"
	"sync"
	"syscall"
)

// Bounds of the public HTTP address. Each connection costs a file descriptor, and the books need some too.
const (
	maxConns   = 4096
	maxPerAddr = 512 // loopback is exempt: a proxy in front of us speaks for everybody
)

// capListener closes connections beyond its bounds as soon as they come.
type capListener struct {
	net.Listener
	most, each int
	mu         sync.Mutex
	all        int
	by         map[string]int // connections by address
}

// capped bounds a listener by what the process may open: at most half of its file descriptors.
func capped(l net.Listener) net.Listener {
	most := maxConns
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err == nil && files.Cur/2 < uint64(most) {
		most = int(files.Cur / 2)
	}
	return &capListener{Listener: l, most: most, each: maxPerAddr, by: map[string]int{}}
}

// Accept waits for the next connection that is within the bounds.
func (c *capListener) Accept() (net.Conn, error) {
	for {
		conn, err := c.Listener.Accept()
		if err != nil {
			return nil, err
		}
		addr := addressOf(conn)
		if c.enter(addr) {
			return &cappedConn{Conn: conn, leave: sync.OnceFunc(func() { c.leave(addr) })}, nil
		}
		_ = conn.Close()
	}
}

// addressOf is whom a connection counts for: an IPv4 address or an IPv6 network of 64 bits, "" for this machine.
func addressOf(conn net.Conn) string {
	a, ok := conn.RemoteAddr().(*net.TCPAddr)
	switch {
	case !ok || a.IP.IsLoopback():
		return ""
	case a.IP.To4() != nil:
		return a.IP.String()
	}
	return a.IP.Mask(net.CIDRMask(64, 128)).String()
}

func (c *capListener) enter(addr string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all >= c.most || addr != "" && c.by[addr] >= c.each {
		return false
	}
	c.all++
	c.by[addr]++
	return true
}

func (c *capListener) leave(addr string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.by[addr]--; c.by[addr] == 0 {
		delete(c.by, addr)
	}
}

// cappedConn gives its place back when it is closed.
type cappedConn struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (c *cappedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
