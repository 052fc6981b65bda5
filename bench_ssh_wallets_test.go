package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"

	"github.com/spf13/pflag"
	gossh "golang.org/x/crypto/ssh"

	"tuppence/server"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// seed opens a wallet with a history for each visitor, in the books that the service will be started on.
func (r *sshRun) seed(ctx context.Context, wallets int) error {
	r.t.Setenv("HOME", r.home)
	r.t.Setenv("XDG_CONFIG_HOME", "")
	fs := pflag.NewFlagSet("demo", pflag.ContinueOnError)
	configFlags(fs, "demo")
	dir := filepath.Join(r.home, "data")
	if err := fs.Parse([]string{"--data", dir, "--http", anyPort, "--ssh", anyPort, "--shop", anyPort}); err != nil {
		return err
	}
	c, err := loadConfig(fs)
	if err != nil {
		return err
	}
	s, err := openService(ctx, c, true, slog.New(slog.DiscardHandler), nil)
	if err != nil {
		return err
	}
	return errors.Join(fillWallets(ctx, s, wallets), s.close())
}

// fillWallets is the money and the purchases of all visitors. Many at a time, because each waits for its sync.
func fillWallets(ctx context.Context, s *service, wallets int) error {
	operator := view.Caller{Fingerprint: s.operator}
	for name, value := range map[string]string{
		"limit_day": "100", "limit_week": "100", "limit_month": "100", "window": "1d",
	} {
		if _, err := s.svc.SetPolicy(ctx, operator, name, value); err != nil {
			return err
		}
	}
	secret, err := masterSecret(s.c.Data)
	if err != nil {
		return err
	}
	sealer, err := seal.New(secret, rand.Reader)
	if err != nil {
		return err
	}
	made, err := s.svc.VendorCreate(ctx, operator, view.VendorRequest{
		Name: "acme-news", Title: "Acme News", Origin: "https://acme.example",
	})
	if err != nil {
		return err
	}
	seller, err := s.svc.Authenticate(ctx, made.Key)
	if err != nil {
		return err
	}
	offer, err := rivers(ctx, seller, sealer)
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var faults []error
	each(ctx, wallets, 500, func(i int) {
		if err := fillWallet(ctx, s.svc, sealer, charge{seller, server.ChargeOrder{Offer: offer}}, i); err != nil {
			mu.Lock()
			faults = append(faults, err)
			mu.Unlock()
		}
	})
	return errors.Join(append(faults, ctx.Err())...)
}

// rivers posts what all visitors have bought.
func rivers(ctx context.Context, seller *server.Seller, sealer *seal.Sealer) (id ledger.OfferID, err error) {
	posted, _, err := seller.CreateOffer(ctx, server.Request{}, ledger.Offer{
		Title: "How rivers freeze", Kind: "content", ContentURL: "https://acme.example/rivers",
		Price: ledger.Amount{Micros: ledger.Unit / 4, Currency: "EUR"}, Bounds: ledger.Bounds{Views: 5, Days: 30},
	})
	if err != nil {
		return id, err
	}
	return sealer.OpenOffer(posted.ID)
}

// fillWallet opens the wallet of one visitor and buys.
func fillWallet(ctx context.Context, svc *server.Server, sealer *seal.Sealer, c charge, i int) error {
	who := view.Caller{Fingerprint: gossh.FingerprintSHA256(visitorKey(i).PublicKey())}
	_, err := svc.Join(ctx, who, view.JoinRequest{Accept: true})
	if err == nil {
		_, err = svc.Fund(ctx, who, view.FundRequest{
			Amount: ledger.Amount{Micros: 50 * ledger.Unit, Currency: "EUR"}, Method: "card",
		})
	}
	if err == nil {
		err = svc.Touch(ctx, who)
	}
	if err != nil {
		return err
	}
	const most = 40 * ledger.Unit
	link, err := svc.Link(ctx, who, view.LinkRequest{
		Vendor: "acme-news", Currency: "EUR", Total: most,
		Limits: ledger.Limits{PerPurchase: ledger.Unit, PerDay: most, PerWeek: most, PerMonth: most},
	})
	if err != nil {
		return err
	}
	if c.order.Link, err = sealer.OpenLink(link.ID); err != nil {
		return err
	}
	for row := 0; row < sshRows; {
		key := fmt.Sprintf("order-%d-%d", i, row)
		_, _, err := c.vendor.Charge(ctx, server.Request{Key: key, Fingerprint: sha256.Sum256([]byte(key))}, c.order)
		if err == nil {
			row++
		} else if !errors.Is(err, ledger.ErrUnavailable) {
			return err
		}
	}
	return nil
}
