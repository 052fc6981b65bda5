package main

import (
	"bufio"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"
)

// header is what a balancer sends for a client.
func header(version byte, command proxyproto.ProtocolVersionAndCommand, client string) string {
	h := proxyproto.Header{
		Version: version, Command: command, TransportProtocol: proxyproto.TCPv4,
		SourceAddr:      net.TCPAddrFromAddrPort(netip.MustParseAddrPort(client)),
		DestinationAddr: net.TCPAddrFromAddrPort(netip.MustParseAddrPort("198.51.100.1:443")),
	}
	if strings.Contains(client, "[") {
		h.TransportProtocol = proxyproto.TCPv6
		h.DestinationAddr = net.TCPAddrFromAddrPort(netip.MustParseAddrPort("[2001:db8::1]:443"))
	}
	raw, err := h.Format()
	if err != nil {
		panic(err)
	}
	return string(raw)
}

// behind serves a protocol that answers each line with the address of its client, and returns where.
func behind(t *testing.T, trusted ...netip.Prefix) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := newProxyListener(l, trusted, slog.New(slog.DiscardHandler))
	t.Cleanup(func() { _ = p.Close() })
	go func() {
		for {
			conn, err := p.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for lines := bufio.NewScanner(conn); lines.Scan(); {
					fmt.Fprintf(conn, "%s from %s\n", lines.Text(), conn.RemoteAddr())
				}
			}()
		}
	}()
	return l.Addr().String()
}

// connectFrom connects from one of the addresses of this machine.
func connectFrom(t *testing.T, from, to string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := d.Dial("tcp", to)
	if err != nil {
		t.Skipf("this machine has no address %s: %v", from, err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
	return conn
}

// Attack: name another address in a header. Only a balancer of a trusted network is believed, and must send one; from
// everywhere else a header ends the connection, whether balancers are set or not.
func TestOnlyATrustedBalancerNamesItsClient(t *testing.T) {
	const local, proxied = proxyproto.LOCAL, proxyproto.PROXY
	balancers := []netip.Prefix{netip.MustParsePrefix("127.0.0.2/32")}
	const four, six = "192.0.2.7:5000", "[2001:db8::7]:5000"
	for _, tt := range []struct {
		name, from string
		trusted    []netip.Prefix
		sent       string
		answer     string // how it begins, "" where the connection is closed
	}{
		{"v1", "127.0.0.2", balancers, header(1, proxied, four) + "hello\n", "hello from " + four},
		{"v2", "127.0.0.2", balancers, header(2, proxied, four) + "hello\n", "hello from " + four},
		{"v2 of IPv6", "127.0.0.2", balancers, header(2, proxied, six) + "hello\n", "hello from " + six},
		{"its own", "127.0.0.2", balancers, header(2, local, four) + "hello\n", "hello from 127.0.0.2:"},
		{"without", "127.0.0.2", balancers, "hello\n", ""},
		{"broken", "127.0.0.2", balancers, "PROXY TCP4 192.0.2.7\r\nhello\n", ""},
		{"untrusted v1", "127.0.0.3", balancers, header(1, proxied, four) + "hello\n", ""},
		{"untrusted v2", "127.0.0.3", balancers, header(2, proxied, four) + "hello\n", ""},
		{"untrusted without", "127.0.0.3", balancers, "hello\n", "hello from 127.0.0.3:"},
		{"off v1", "127.0.0.2", nil, header(1, proxied, four) + "hello\n", ""},
		{"off v2", "127.0.0.2", nil, header(2, proxied, four) + "hello\n", ""},
		{"off without", "127.0.0.2", nil, "hello\n", "hello from 127.0.0.2:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conn := connectFrom(t, tt.from, behind(t, tt.trusted...))
			step := 1 // an attacker sends it in pieces; a balancer has to send its header as a whole
			if strings.HasPrefix(tt.answer, "hello") {
				step = len(tt.sent)
			}
			for at := 0; at < len(tt.sent); at += step {
				if _, err := io.WriteString(conn, tt.sent[at:at+step]); err != nil {
					break
				}
			}
			answer, _ := bufio.NewReader(conn).ReadString('\n')
			if (answer == "") != (tt.answer == "") || !strings.HasPrefix(answer, tt.answer) {
				t.Errorf("answered %q, want %q", answer, tt.answer)
			}
		})
	}
}

// A balancer that is slow with its header holds nobody up, and closing the listener leaves nothing waiting.
func TestSlowBalancerHoldsNobodyUp(t *testing.T) {
	addr := behind(t, netip.MustParsePrefix("127.0.0.2/32"))
	connectFrom(t, "127.0.0.2", addr)
	conn := connectFrom(t, "127.0.0.3", addr)
	if _, err := io.WriteString(conn, "hello\n"); err != nil {
		t.Fatal(err)
	}
	if answer, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
		t.Errorf("%q, %v", answer, err)
	}
}

func TestParseNetworks(t *testing.T) {
	got, err := parseNetworks("10.1.2.3/8, 192.0.2.1 2001:db8::/32,")
	if want := "[10.0.0.0/8 192.0.2.1/32 2001:db8::/32]"; err != nil || fmt.Sprint(got) != want {
		t.Errorf("%v, %v; want %s", got, err, want)
	}
	if _, err := parseNetworks("10.0.0.0/8 everywhere"); err == nil || !strings.Contains(err.Error(), `"everywhere"`) {
		t.Errorf("%v, want the word that is no network", err)
	}
}
