package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"

	"tuppence/server/ledger"
)

// listeners are all addresses of the service. They open before the books, so that a taken port costs nothing.
type listeners struct {
	http, ssh, metrics, shop, control net.Listener
}

// listen opens what the settings name, all or nothing. The demo vendor's address is used by the demo only.
func listen(ctx context.Context, c Config, demo bool) (listeners, error) {
	var l listeners
	var config net.ListenConfig
	for _, d := range []struct {
		to   *net.Listener
		addr string
		flag string
	}{{&l.http, c.HTTP, "http"}, {&l.ssh, c.SSH, "ssh"}, {&l.metrics, c.Metrics, "metrics"}, {&l.shop, c.Shop, "shop"}} {
		if d.addr == "" || (d.flag == "shop" && !demo) {
			continue
		}
		var err error
		if *d.to, err = config.Listen(ctx, "tcp", d.addr); err != nil {
			l.close()
			return l, fmt.Errorf("--%s: %w", d.flag, err)
		}
	}
	return l, nil
}

// maxSocketPath is how long the path of a socket may be on Linux, less its end.
const maxSocketPath = 107

// listenControl opens DIR/control.sock, by which backup and check reach a running service. The books are open already,
// so no other process serves them: a socket that is there was left by a service that was killed.
func listenControl(ctx context.Context, dir string) (net.Listener, error) {
	path := filepath.Join(dir, controlFile)
	if len(path) > maxSocketPath {
		return nil, fmt.Errorf(
			"the path %s is too long for a socket (%d bytes at most): use a shorter --data, a relative one for example", path,
			maxSocketPath,
		)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	var config net.ListenConfig
	l, err := config.Listen(ctx, "unix", path)
	if err != nil {
		return nil, fmt.Errorf("control socket: %w", err)
	}
	return l, os.Chmod(path, 0o600)
}

func (l listeners) close() {
	for _, d := range []net.Listener{l.http, l.ssh, l.metrics, l.shop, l.control} {
		if d != nil {
			_ = d.Close() // mostly its server has closed it before
		}
	}
}

// finalize replaces port 0 by the port that was given, and fills the base of all links. When the books are opened again
// after a failure, the service takes the same ports by it.
func (c *Config) finalize(l listeners) {
	for _, d := range []struct {
		addr *string
		at   net.Listener
	}{{&c.HTTP, l.http}, {&c.SSH, l.ssh}, {&c.Metrics, l.metrics}, {&c.Shop, l.shop}} {
		if d.at == nil {
			continue
		}
		host, _, err := net.SplitHostPort(*d.addr)
		_, port, err2 := net.SplitHostPort(d.at.Addr().String())
		if err == nil && err2 == nil {
			*d.addr = net.JoinHostPort(host, port)
		}
	}
	if c.URL == "" {
		_, port, _ := net.SplitHostPort(c.HTTP)
		c.URL = "http://" + net.JoinHostPort(c.Host, port)
	}
	c.URL = strings.TrimRight(c.URL, "/")
}

// Bounds of the public HTTP address. Each connection costs a file descriptor, and the books need some too.
const (
	maxConns   = 4096
	maxPerAddr = 512 // loopback is exempt: a proxy in front of us speaks for all its clients
)

// capListener closes connections beyond its bounds as soon as they come. One address gets a part of the places only, so
// that a single client cannot keep all others out.
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

// addressOf returns what a connection counts for, see [ledger.NetworkOf]; "" for this machine.
func addressOf(conn net.Conn) string {
	a, ok := conn.RemoteAddr().(*net.TCPAddr)
	if !ok || a.IP.IsLoopback() {
		return ""
	}
	return ledger.NetworkOf(a.AddrPort().Addr()).Addr().String()
}

// enter takes a place for a connection, if there is one.
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

// leave gives the place back. An address without connections is forgotten, so the map is as large as what is open.
func (c *capListener) leave(addr string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all--
	if c.by[addr]--; c.by[addr] == 0 {
		delete(c.by, addr)
	}
}

// cappedConn gives its place back when it is closed, once: net/http may close a connection twice.
type cappedConn struct {
	net.Conn
	leave func()
}

// Close closes the connection.
func (c *cappedConn) Close() error {
	defer c.leave()
	return c.Conn.Close()
}
