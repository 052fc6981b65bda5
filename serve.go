package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"tuppence/server"
	"tuppence/server/checkout"
	"tuppence/server/funding"
	"tuppence/server/hook"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/ssh"
	"tuppence/store"
)

// shutdownTime is how long requests and sessions that have begun may take to end.
const shutdownTime = 10 * time.Second

// serve runs the service until ctx ends, then lets everything finish that has begun, outermost first: listeners close,
// requests and commands end, the housekeeper stops, the books are closed last.
func serve(ctx context.Context, c Config, demo bool, out, errw io.Writer) (err error) {
	if demo {
		for _, a := range []string{c.HTTP, c.SSH, c.Shop} {
			if !loopback(a) {
				return fmt.Errorf("demo sells for simulated money, so it listens on this machine only: %s is not a loopback address", a)
			}
		}
	}
	log := newLog(c, errw)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // under full load a third less memory at the same rate
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return err
	}
	listeners, err := listen(ctx, c, demo)
	if err != nil {
		return err
	}
	defer func() { listeners.close() }()
	c.settle(listeners)

	secret, err := masterSecret(c.Data)
	if err != nil {
		return err
	}
	sealer, err := seal.New(secret, rand.Reader)
	if err != nil {
		return err
	}
	operator, comment, made, err := operatorKey(c.Data, c.Operator)
	if err != nil {
		return err
	}
	engine, err := store.Open(filepath.Join(c.Data, booksDir), store.Options{Archive: c.Archive, Log: log.With("part", "store")})
	if err != nil {
		return fmt.Errorf("open the books in %s: %w", c.Data, err)
	}
	defer func() { err = errors.Join(err, engine.Close()) }()

	options := server.Options{
		Store: engine, Seal: sealer, Now: time.Now, Log: log.With("part", "server"), OperatorName: comment,
		House:   ledger.House{Name: c.Name, Host: sshTarget(c), URL: c.URL, Simulated: demo},
		Methods: []funding.Method{funding.Check{Payee: c.Payee, Address: c.Address}},
		Deliver: hook.NewSender(hook.SenderOptions{AllowLoopback: demo, Now: time.Now}),
	}
	if operator != nil {
		options.Operator = gossh.FingerprintSHA256(operator)
	}
	if demo {
		options.Methods = append([]funding.Method{&funding.SimulatedCard{}}, options.Methods...)
	}
	var front *ssh.Server // set before anybody can log in
	options.KeyEnded = func(fingerprint string) { front.End(fingerprint) }
	svc, err := server.Open(ctx, options)
	if err != nil {
		return err
	}
	meters := newMeters(engine)
	front, err = ssh.New(ssh.Options{
		HostKeyPath: filepath.Join(c.Data, hostKeyFile), Front: ssh.NewFront(svc, ssh.FrontOptions{Log: log.With("part", "tui"), Now: time.Now}),
		Log: log.With("part", "ssh"), Now: time.Now, Host: options.House.Host,
	})
	if err != nil {
		return err
	}

	// Everything below runs until the first part fails or ctx ends.
	running, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	defer context.AfterFunc(ctx, func() { stop(nil) })()
	var parts sync.WaitGroup
	start := func(name string, run func() error) {
		parts.Go(func() {
			if err := run(); err != nil && !errors.Is(err, http.ErrServerClosed) {
				stop(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	closing := make(chan struct{})
	web := webServer(routes(c, svc, engine, log, meters, closing), log)
	web.RegisterOnShutdown(func() { close(closing) })
	start("http", func() error { return web.Serve(listeners.http) })
	start("ssh", func() error { return front.Serve(listeners.ssh) })
	control := webServer(controlRoutes(engine, log), log)
	start("control", func() error { return control.Serve(listeners.control) })
	servers := []*http.Server{web, control}
	if listeners.metrics != nil {
		m := webServer(meters.routes(), log)
		start("metrics", func() error { return m.Serve(listeners.metrics) })
		servers = append(servers, m)
	}
	keeping, stopKeeping := context.WithCancel(context.WithoutCancel(ctx))
	defer stopKeeping()
	start("housekeeping", func() error { svc.Run(keeping); return nil })
	if demo {
		shop, err := openShop(running, c, svc, options.Operator, log, listeners.shop)
		if err != nil {
			stop(err)
		} else {
			start("demo vendor", func() error { return shop.Serve(listeners.shop) })
			servers = append(servers, shop)
		}
	}
	if context.Cause(running) == nil {
		log.Info("listening", "http", c.HTTP, "ssh", c.SSH, "metrics", c.Metrics)
		greet(out, c, demo, made)
	}
	<-running.Done()

	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	log.Info("stopping: what has begun is finished first")
	var doors sync.WaitGroup
	doors.Go(func() { _ = front.Shutdown(ending) })
	for _, s := range servers {
		doors.Go(func() {
			if s.Shutdown(ending) != nil {
				_ = s.Close()
			}
		})
	}
	doors.Wait()
	stopKeeping()
	parts.Wait()
	if cause := context.Cause(running); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// routes is the public HTTP side. Pages that wait are let go when closing is closed.
func routes(c Config, svc *server.Server, engine *store.Engine, log *slog.Logger, m *meters, closing <-chan struct{}) http.Handler {
	mux := http.NewServeMux()
	api := hook.New(svc, hook.Options{BaseURL: c.URL, Log: log.With("part", "http"), Now: time.Now, Rate: float64(c.Rate), Burst: 2 * c.Rate})
	pages := checkout.New(svc, checkout.Options{Log: log.With("part", "checkout"), Now: time.Now, Closing: closing})
	mux.Handle("/", pages)
	for _, prefix := range []string{"/v1/", "/openapi.json", "/problems/", "/.well-known/"} {
		mux.Handle(prefix, api)
	}
	mux.HandleFunc("GET /livez", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), time.Second)
		defer cancel()
		if err := engine.Ready(); err != nil {
			http.Error(w, "the books cannot be written", http.StatusServiceUnavailable)
			return
		}
		if _, _, err := svc.Head(ctx); err != nil {
			http.Error(w, "the books cannot be read", http.StatusServiceUnavailable)
			return
		}
		_, _ = io.WriteString(w, "ready\n")
	})
	return m.count(mux)
}

// webServer has the time limits of an address that anybody can reach. Pages that watch lift the write limit themselves.
func webServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 30 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

// greet prints what a newcomer needs.
func greet(out io.Writer, c Config, demo, made bool) {
	var b strings.Builder
	if demo {
		b.WriteString("DEMO: simulated payment methods, no real money.\n")
	}
	fmt.Fprintf(&b, "wallet    ssh %s\n", sshTarget(c))
	if demo {
		fmt.Fprintf(&b, "shop      %s\n", shopURL(c))
	} else {
		fmt.Fprintf(&b, "http      %s\n", c.URL)
	}
	if made {
		fmt.Fprintf(&b, "operator  ssh -i %s %s help (the key was made now)\n", filepath.Join(c.Data, operatorFile), sshTarget(c))
	}
	fmt.Fprintf(&b, "data      %s\n", c.Data)
	_, _ = io.WriteString(out, b.String())
}

// sshTarget is what people type after ssh.
func sshTarget(c Config) string {
	if _, port, err := net.SplitHostPort(c.SSH); err == nil && port != "22" {
		return "-p " + port + " " + c.Host
	}
	return c.Host
}

func newLog(c Config, w io.Writer) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(c.Log)); err != nil {
		level = slog.LevelInfo // check has refused others
	}
	o := &slog.HandlerOptions{Level: level}
	if c.LogJSON {
		return slog.New(slog.NewJSONHandler(w, o))
	}
	return slog.New(slog.NewTextHandler(w, o))
}
