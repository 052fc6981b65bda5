package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	gossh "golang.org/x/crypto/ssh"

	"tuppence/server"
	"tuppence/server/funding"
	"tuppence/server/hook"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/ssh"
	"tuppence/store"
)

// house is what one service is made of, ready to run.
type house struct {
	c        Config
	demo     bool
	log      *slog.Logger
	doors    listeners
	engine   *store.Engine
	svc      *server.Server
	front    *ssh.Server
	meters   *meters
	operator string   // fingerprint of the operator's key
	made     bool     // that key was made at this start
	files    store.FS // under the journal; nil: the machine's
}

// openHouse opens the doors first, so that a taken port costs nothing, then the books, then what serves them.
func openHouse(ctx context.Context, c Config, demo bool, log *slog.Logger, files store.FS) (*house, error) {
	h := &house{c: c, demo: demo, log: log, files: files}
	if err := h.open(ctx); err != nil {
		return nil, errors.Join(err, h.close())
	}
	return h, nil
}

func (h *house) open(ctx context.Context) (err error) {
	if err := dataDir(h.c.Data); err != nil {
		return err
	}
	if h.doors, err = listen(ctx, h.c, h.demo); err != nil {
		return err
	}
	h.c.settle(h.doors)
	secret, err := masterSecret(h.c.Data)
	if err != nil {
		return err
	}
	sealer, err := seal.New(secret, rand.Reader)
	if err != nil {
		return err
	}
	key, name, made, err := operatorKey(h.c.Data, h.c.Operator)
	if err != nil {
		return err
	}
	if h.made = made; key != nil {
		h.operator = gossh.FingerprintSHA256(key)
	}
	h.engine, err = store.Open(filepath.Join(h.c.Data, booksDir), store.Options{
		Archive: h.c.Archive, Log: h.log.With("part", "store"), FS: h.files,
	})
	if err != nil {
		return fmt.Errorf("open the books in %s: %w", h.c.Data, err)
	}
	if h.doors.control, err = listenControl(ctx, h.c.Data); err != nil {
		return err
	}
	h.meters = newMeters(h.engine)
	if h.svc, err = server.Open(ctx, h.options(sealer, name)); err != nil {
		return err
	}
	h.front, err = ssh.New(ssh.Options{
		HostKeyPath: filepath.Join(h.c.Data, hostKeyFile), Log: h.log.With("part", "ssh"), Now: time.Now, Host: sshTarget(h.c),
		Front:   ssh.NewFront(h.svc, ssh.FrontOptions{Log: h.log.With("part", "tui"), Now: time.Now, Version: version}),
		Observe: h.meters.session,
	})
	return err
}

// dataDir makes the data directory, or refuses one that others can write to: they could put books of their own there.
func dataDir(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o022 != 0 {
		return fmt.Errorf("%s can be written to by others: run chmod 700 %s", dir, dir)
	}
	return nil
}

// options are what the service knows of its surroundings.
func (h *house) options(sealer *seal.Sealer, operatorName string) server.Options {
	o := server.Options{
		Store: h.engine, Seal: sealer, Now: time.Now, Log: h.log.With("part", "server"), Operator: h.operator, OperatorName: operatorName,
		OperatorNamed: h.c.Operator != "",
		House:         ledger.House{Name: h.c.Name, Host: sshTarget(h.c), URL: h.c.URL, Simulated: h.demo},
		Methods:       []funding.Method{funding.Check{Payee: h.c.Payee, Address: h.c.Address}},
		Deliver:       hook.NewSender(hook.SenderOptions{AllowLoopback: h.demo, Now: time.Now}),
		KeyEnded:      func(fingerprint string) { h.front.End(fingerprint) }, // nobody can log in before there is a front
	}
	if h.demo {
		o.Methods = append([]funding.Method{&funding.SimulatedCard{}}, o.Methods...)
	}
	return o
}

// close gives everything back, the books last.
func (h *house) close() error {
	h.doors.close()
	if h.engine == nil {
		return nil
	}
	return h.engine.Close()
}
