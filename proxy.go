package main

import (
	"bufio"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/pires/go-proxyproto"
)

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
