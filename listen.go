package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// listeners are all addresses of the service. They open before the books, so that a taken port costs nothing.
type listeners struct {
	http, ssh, metrics, shop, control net.Listener
}

// listen opens what the settings name, all or nothing. The demo vendor's address is used by the demo only. Clients come
// to http and ssh through a balancer, if there is one.
func listen(ctx context.Context, c Config, demo bool, log *slog.Logger) (listeners, error) {
	var l listeners
	trusted, err := parseNetworks(c.Proxies)
	if err != nil {
		return l, err
	}
	var config net.ListenConfig
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
