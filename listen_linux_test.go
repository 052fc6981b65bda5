package main

import (
	"log/slog"
	"net"
	"syscall"
	"testing"
)

// The system asks silent peers of both doors for itself, so that a machine that is gone costs no question of ours.
func TestSilentPeersAreAsked(t *testing.T) {
	l, err := listen(t.Context(), Config{HTTP: anyPort, SSH: anyPort}, false, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	for name, door := range map[string]net.Listener{"http": l.http, "ssh": l.ssh} {
		client, err := net.Dial("tcp", door.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		conn, err := door.(*proxyListener).Listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		raw, err := conn.(*net.TCPConn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		got := map[int]int{syscall.TCP_KEEPIDLE: 0, syscall.TCP_KEEPINTVL: 0, syscall.TCP_KEEPCNT: 0}
		if err := raw.Control(func(fd uintptr) {
			for option := range got {
				got[option], _ = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, option)
			}
		}); err != nil {
			t.Fatal(err)
		}
		if got[syscall.TCP_KEEPIDLE] != 30 || got[syscall.TCP_KEEPINTVL] != 15 || got[syscall.TCP_KEEPCNT] != 4 {
			t.Errorf("%s: %v", name, got)
		}
	}
}
