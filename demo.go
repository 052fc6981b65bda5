package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"tuppence/server"
	"tuppence/server/demo"
	"tuppence/server/funding"
	"tuppence/server/inbound"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// demoVendorHost is the demo vendor's own name: browsers take every name under localhost to this machine.
const demoVendorHost = "news.localhost"

// demoVendorName is what wallets call it.
const demoVendorName = "small-hours"

// demoVendorURL is where browsers find the demo vendor, and the origin that its account is opened for (claim 12).
func demoVendorURL(c Config) string {
	_, port, _ := net.SplitHostPort(c.Shop)
	return "http://" + net.JoinHostPort(demoVendorHost, port)
}

// cardHost is the name of the simulated card processor, which shares the demo vendor's address.
const cardHost = "card.localhost"

// demoCard is the simulated card processor with its pages.
func demoCard(c Config) *funding.SimulatedCard {
	_, port, _ := net.SplitHostPort(c.Shop)
	return &funding.SimulatedCard{
		Page: "http://" + net.JoinHostPort(cardHost, port), News: "http://" + c.HTTP + inbound.Prefix + "card",
		Return: c.URL + "/paid",
	}
}

// openDemoVendor opens the demo vendor's account at the first start, as an operator would, and prepares its site. Its
// site then uses nothing but the HTTP contract.
func openDemoVendor(
	ctx context.Context, c Config, svc *server.Server, operator string, log *slog.Logger, l net.Listener,
) (http.Handler, error) {
	key, err := demoVendorKey(ctx, c, svc, operator)
	if err == nil {
		err = checkOrigin(ctx, c, svc, key)
	}
	if err != nil {
		return nil, fmt.Errorf("demo vendor: %w", err)
	}
	newspaper, err := demo.New(
		demo.Options{
			API:   "http://" + c.HTTP,
			Key:   key,
			URL:   demoVendorURL(c),
			Log:   log.With("part", "demo"),
			NewID: rand.Text,
		},
	)
	if err != nil {
		return nil, err
	}
	// The listener knows the port also where the setting was 0.
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return nil, err
	}
	if err := newspaper.Publish(ctx, "http://localhost:"+port+"/hooks"); err != nil {
		return nil, err
	}
	return newspaper.Handler(), nil
}

// checkOrigin refuses a vendor that was opened for another address: it could sell nothing there.
func checkOrigin(ctx context.Context, c Config, svc *server.Server, key string) error {
	seller, err := svc.Authenticate(ctx, key)
	if err != nil {
		return err
	}
	v, err := seller.Vendor(ctx)
	if err != nil {
		return err
	}
	if len(v.Origins) > 0 && v.Origins[0].URL != demoVendorURL(c) {
		return fmt.Errorf(
			"the demo vendor of these books is at %s: start it there with --shop, or choose another --data directory",
			v.Origins[0].URL,
		)
	}
	return nil
}

// demoVendorKey reads the vendor's API key, or has one made. The service stores only a hash of it, so a key whose file
// was lost cannot be read again: the vendor gets another, which ends the lost one.
func demoVendorKey(ctx context.Context, c Config, svc *server.Server, operator string) (string, error) {
	path := filepath.Join(c.Data, demoVendorKeyFile)
	raw, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(raw)), private(path)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	who := view.Caller{Fingerprint: operator}
	made, err := svc.VendorCreate(
		ctx, who, view.VendorRequest{Name: demoVendorName, Title: "The Small Hours", Origin: demoVendorURL(c)},
	)
	if errors.Is(err, ledger.ErrState) { // made before, but its key was lost
		made, err = svc.VendorKey(ctx, who, demoVendorName)
	}
	if err != nil {
		return "", err
	}
	return made.Key, writeNew(path, []byte(made.Key+"\n"))
}
