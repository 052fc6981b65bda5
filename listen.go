package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/pires/go-proxyproto"

	"tuppence/server/ledger"
)

// listeners are all addresses of the service. They open before the books, so that a taken port costs nothing.
type listeners struct {
	http, ssh, metrics, shop, control net.Listener
}

// tcpAlive is when the system asks a silent peer whether its machine is there, and how often before it ends the
// connection: one that is gone is noticed after 90 seconds. An address translator on the way keeps its entry by it.
var tcpAlive = net.KeepAliveConfig{Enable: true, Idle: 30 * time.Second, Interval: 15 * time.Second, Count: 4}

// listen opens what the settings name, all or nothing. The demo vendor's address is used by the demo only. Clients come
// to http and ssh through a balancer, if there is one.
func listen(ctx context.Context, c Config, demo bool, log *slog.Logger) (listeners, error) {
	var l listeners
	trusted, err := parseNetworks(c.Proxies)
	if err != nil {
		return l, err
	}
	config := net.ListenConfig{KeepAliveConfig: tcpAlive}
	for _, d := range []struct {
		to   *net.Listener
		addr string
		flag string
	}{{&l.http, c.HTTP, "http"}, {&l.ssh, c.SSH, "ssh"}, {&l.metrics, c.Metrics, "metrics"}, {&l.shop, c.Shop, "shop"}} {
		if d.addr == "" || (d.flag == "shop" && !demo) {
			continue
		}
		opened, err := config.Listen(ctx, "tcp", d.addr)
		if err != nil {
			l.close()
			return l, fmt.Errorf("--%s: %w", d.flag, err)
		}
		if *d.to = opened; d.flag == "http" || d.flag == "ssh" {
			*d.to = newProxyListener(opened, trusted, log)
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
		gone = l.Active(func(o *cappedConn) bool { return full.Contains(o.addr) })
	} else if len(l.open) >= l.most {
		largest := l.largest()
		gone = l.Active(func(o *cappedConn) bool { return largest.Contains(o.addr) })
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
func (l *capListener) Active(which func(*cappedConn) bool) (oldest *cappedConn) {
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

// headerTime is how long a balancer may take to send its PROXY header.
const headerTime = 5 * time.Second

// errHeader says that a connection began with a PROXY header and did not come from a balancer that we trust.
var errHeader = errors.New("a PROXY header from an address that is not trusted: name its network with --proxies")

// proxyListener reads the PROXY header, version 1 or 2, by which a balancer tells who its client is, so that all bounds
// count the client and not the balancer (haproxy.org, proxy-protocol.txt). From the trusted networks the header is
// required, as the protocol says that a receiver must not guess; from everywhere else it is refused, since it would let
// anybody be anyone.
type proxyListener struct {
	net.Listener
	trusted []netip.Prefix
	log     *slog.Logger
	begin   sync.Once
	end     sync.Once
	ready   chan accepted
	done    chan struct{}
}

// accepted is what Accept returns.
type accepted struct {
	conn net.Conn
	err  error
}

func newProxyListener(l net.Listener, trusted []netip.Prefix, log *slog.Logger) *proxyListener {
	return &proxyListener{Listener: l, trusted: trusted, log: log, ready: make(chan accepted), done: make(chan struct{})}
}

// Accept returns the next connection whose client is known. Headers are read beside it: a balancer that is slow to send
// one delays nobody else.
func (p *proxyListener) Accept() (net.Conn, error) {
	if len(p.trusted) == 0 {
		conn, err := p.Listener.Accept()
		if err != nil {
			return nil, err
		}
		return newPlainConn(conn), nil
	}
	p.begin.Do(func() { go p.acceptAll() })
	select {
	case a := <-p.ready:
		return a.conn, a.err
	case <-p.done:
		return nil, net.ErrClosed
	}
}

// Close closes the listener.
func (p *proxyListener) Close() error {
	p.end.Do(func() { close(p.done) })
	return p.Listener.Close()
}

// acceptAll runs until the listener is closed.
func (p *proxyListener) acceptAll() {
	for {
		conn, err := p.Listener.Accept()
		switch {
		case err != nil:
			p.hand(accepted{nil, err})
		case p.trusts(conn.RemoteAddr()):
			go p.readHeader(conn)
		default:
			p.hand(accepted{newPlainConn(conn), nil})
		}
		if errors.Is(err, net.ErrClosed) {
			return
		}
	}
}

// hand gives what was accepted to Accept, or closes it where nobody accepts any more.
func (p *proxyListener) hand(a accepted) {
	select {
	case p.ready <- a:
	case <-p.done:
		if a.conn != nil {
			_ = a.conn.Close()
		}
	}
}

func (p *proxyListener) trusts(a net.Addr) bool {
	at, err := netip.ParseAddrPort(a.String())
	addr := at.Addr().Unmap()
	return err == nil && slices.ContainsFunc(p.trusted, func(n netip.Prefix) bool { return n.Contains(addr) })
}

// readHeader takes the header of a balancer off its connection.
func (p *proxyListener) readHeader(conn net.Conn) {
	buffer := bufio.NewReaderSize(conn, 256)
	_ = conn.SetReadDeadline(time.Now().Add(headerTime))
	header, err := proxyproto.Read(buffer)
	client := conn.RemoteAddr()
	if err == nil && !header.Command.IsLocal() { // a local one is the balancer's own: it asks whether we live
		if tcp, _, ok := header.TCPAddrs(); ok {
			client = tcp
		} else {
			err = errors.New("its client did not come over TCP")
		}
	}
	if err != nil {
		p.log.Warn("a balancer's connection was closed: no PROXY header", "from", conn.RemoteAddr(), "error", err)
		_ = conn.Close()
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	p.hand(accepted{&proxiedConn{Conn: conn, buffer: buffer, client: client}, nil})
}

// proxiedConn is a connection whose client is known by its header.
type proxiedConn struct {
	net.Conn
	buffer *bufio.Reader // until what came with the header is read
	client net.Addr
}

// RemoteAddr is that of the client.
func (c *proxiedConn) RemoteAddr() net.Addr { return c.client }

// Read implements net.Conn.
func (c *proxiedConn) Read(b []byte) (int, error) { return readBuffered(c.Conn, &c.buffer, b) }

// readBuffered reads what is left in a buffer, then from the connection itself.
func readBuffered(conn net.Conn, buffer **bufio.Reader, b []byte) (int, error) {
	if *buffer != nil && (*buffer).Buffered() > 0 {
		return (*buffer).Read(b)
	}
	*buffer = nil
	return conn.Read(b)
}

// plainConn is a connection that may not begin with a header. SSH would skip the line and serve the client, so it is
// refused here, for all protocols alike.
type plainConn struct {
	net.Conn
	begun  bool
	buffer *bufio.Reader
}

func newPlainConn(conn net.Conn) net.Conn {
	return &plainConn{Conn: conn, buffer: bufio.NewReaderSize(conn, 16)}
}

// Read implements net.Conn. The first read waits for the first bytes: in both protocols a client sends more than these.
func (c *plainConn) Read(b []byte) (int, error) {
	if !c.begun {
		first, err := c.buffer.Peek(len(proxyproto.SIGV1))
		if len(first) == 0 {
			return 0, err
		}
		c.begun = true
		if string(first) == string(proxyproto.SIGV1) || string(first) == string(proxyproto.SIGV2[:len(first)]) {
			_ = c.Close()
			return 0, errHeader
		}
	}
	return readBuffered(c.Conn, &c.buffer, b)
}

// parseNetworks reads networks and single addresses, separated by commas or blanks.
func parseNetworks(text string) (all []netip.Prefix, err error) {
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		n, err := netip.ParsePrefix(word)
		if a, single := netip.ParseAddr(word); single == nil {
			n, err = netip.PrefixFrom(a, a.BitLen()), nil
		}
		if err != nil {
			return nil, fmt.Errorf("%q is no network: write it as 10.0.0.0/8 or 2001:db8::/32", word)
		}
		all = append(all, n.Masked())
	}
	return all, nil
}
