package main

import (
	"context"
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

	"tuppence/server"
	"tuppence/server/checkout"
	"tuppence/server/hook"
	"tuppence/store"
)

// shutdownTime is how long requests and sessions that have begun may take to end.
const shutdownTime = 10 * time.Second

// errBooks says that the books take no more writes until they are opened again.
var errBooks = errors.New("the books failed")

// reopenAfter is how long the books must have worked before they are opened again by themselves: a disk that fails at
// once needs a person.
const reopenAfter = time.Minute

// serve runs the service until ctx ends or a part of it fails. When the books fail, after a failed sync for example, what
// was in flight has an unknown outcome: everything is closed, opened, audited, and goes on under the same addresses, once
// and then not more often than reopenAfter.
func serve(ctx context.Context, c Config, demo bool, out, errw io.Writer, files store.FS) error {
	if demo {
		for _, a := range []string{c.HTTP, c.SSH, c.Shop, c.Metrics} {
			if a != "" && !loopback(a) {
				return fmt.Errorf("demo sells for simulated money, so it listens on this machine only: %s is not a loopback address", a)
			}
		}
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50) // under full load a third less memory at the same rate
	}
	log := newLog(c, errw)
	var reopened time.Time
	for {
		h, err := openHouse(ctx, c, demo, log, files)
		if err != nil {
			return err
		}
		if !reopened.IsZero() {
			if err := h.auditAgain(ctx, errw); err != nil {
				return errors.Join(err, h.close())
			}
		}
		err = errors.Join(h.run(ctx, out), h.close())
		if !errors.Is(err, errBooks) || ctx.Err() != nil || time.Since(reopened) < reopenAfter {
			return err
		}
		log.Error("the books failed: they are opened again", "error", err)
		c, out, reopened = h.c, io.Discard, time.Now()
	}
}

// auditAgain looks at the books after a failure, before anybody is served from them.
func (h *house) auditAgain(ctx context.Context, errw io.Writer) error {
	clean, err := audit(ctx, h.engine, errw, nil)
	if err == nil && !clean {
		err = errNotClean
	}
	return err
}

// watchBooks returns when the books have failed, or ctx ends.
func (h *house) watchBooks(ctx context.Context) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		if err := h.engine.Failure(); err != nil {
			return fmt.Errorf("%w: %w", errBooks, err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// run serves until ctx ends or the first part fails, then lets everything finish that has begun, outermost first:
// listeners close, requests and commands end, the housekeeper stops.
func (h *house) run(ctx context.Context, out io.Writer) error {
	running, stop := context.WithCancelCause(context.WithoutCancel(ctx))
	defer stop(nil)
	defer context.AfterFunc(ctx, func() { stop(nil) })()
	keeping, stopKeeping := context.WithCancel(context.WithoutCancel(ctx))
	defer stopKeeping()
	var parts sync.WaitGroup
	start := func(name string, run func() error) {
		parts.Go(func() {
			if err := run(); err != nil && !errors.Is(err, http.ErrServerClosed) {
				stop(fmt.Errorf("%s: %w", name, err))
			}
		})
	}
	var servers []*http.Server
	web := func(name string, s *http.Server, l net.Listener) {
		servers = append(servers, s)
		start(name, func() error { return s.Serve(l) })
	}

	closing := make(chan struct{})
	public := webServer(routes(h.c, h.svc, h.engine, h.log, h.meters, closing), h.log)
	public.RegisterOnShutdown(func() { close(closing) })
	web("http", public, capped(h.doors.http))
	web("control", webServer(controlRoutes(h.engine, h.log), h.log), h.doors.control)
	if h.doors.metrics != nil {
		web("metrics", webServer(h.meters.routes(), h.log), h.doors.metrics)
	}
	start("ssh", func() error { return h.front.Serve(h.doors.ssh) })
	start("housekeeping", func() error { h.svc.Run(keeping); return nil })
	start("books", func() error { return h.watchBooks(running) })
	if h.demo {
		shop, err := openShop(running, h.c, h.svc, h.operator, h.log, h.doors.shop)
		if err != nil {
			stop(err)
		} else {
			web("demo vendor", shop, h.doors.shop)
		}
	}
	if context.Cause(running) == nil {
		h.log.Info("listening", "http", h.c.HTTP, "ssh", h.c.SSH, "metrics", h.c.Metrics)
		greet(out, h.c, h.demo, h.made)
	}
	<-running.Done()
	h.log.Info("stopping: what has begun is finished first")
	h.shut(context.WithoutCancel(ctx), servers)
	stopKeeping()
	parts.Wait()
	if cause := context.Cause(running); !errors.Is(cause, context.Canceled) {
		return cause
	}
	return nil
}

// shut closes the doors and waits for those who are inside, but not for ever.
func (h *house) shut(ctx context.Context, servers []*http.Server) {
	ctx, cancel := context.WithTimeout(ctx, shutdownTime)
	defer cancel()
	var leaving sync.WaitGroup
	leaving.Go(func() { _ = h.front.Shutdown(ctx) })
	for _, s := range servers {
		leaving.Go(func() {
			if s.Shutdown(ctx) != nil {
				_ = s.Close()
			}
		})
	}
	leaving.Wait()
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
		IdleTimeout: time.Minute, MaxHeaderBytes: 32 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
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
		fmt.Fprintf(&b, "operator  ssh -i %s -o IdentitiesOnly=yes %s help\n", filepath.Join(c.Data, operatorFile), sshTarget(c))
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
