package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	gossh "golang.org/x/crypto/ssh"

	"tuppence/server/gateway"
	"tuppence/server/ledger"
)

// gatewayKeyVariable has the API key where there is no file of it.
const gatewayKeyVariable = "TUPPENCE_KEY"

// gatewayConnections is how many clients are served at once.
const gatewayConnections = 2000

// siteWait is for how long the site may take until its answer begins.
const siteWait = time.Minute

// gatewaySettings are what is said to the command.
type gatewaySettings struct {
	listen, upstream, site, service, price, title string
	upTo                                          bool
	routes, free                                  []string
	keyFile, receiptKey, payTo                    string
}

// gatewayCommand puts an existing site behind a price, for programs that pay.
func gatewayCommand() *cobra.Command {
	var s gatewaySettings
	c := &cobra.Command{
		Use: "gateway", Short: "Put an existing site or API behind a price, for programs that pay", Args: noArgs,
		Long: "Put an existing site or API behind a price, for programs that pay (x402 version 2). The gateway is a\n" +
			"vendor: its API key needs the scopes charges:write and vendor:read, and the site is proven as an origin of it.\n" +
			"Money is taken only for what the site has answered below status 400.",
		Example: "  tuppence gateway --upstream http://127.0.0.1:3000 --site https://api.example \\\n" +
			"    --service https://pay.example --key-file key --price 0.05EUR --free /health --route /reports=0.25EUR",
	}
	f := c.Flags()
	f.StringVar(&s.listen, "listen", "127.0.0.1:8402", "address to listen at; TLS is in front of it")
	f.StringVar(&s.upstream, "upstream", "", "the site as it stands behind the gateway")
	f.StringVar(&s.site, "site", "", "its origin as buyers know it, such as https://api.example")
	f.StringVar(&s.service, "service", "", "the service that keeps the money, such as https://pay.example")
	f.StringVar(&s.price, "price", "", "of each request, such as 0.05EUR; without it only routes are sold")
	f.BoolVar(&s.upTo, "up-to", false, "prices are the most: the site says in "+gateway.TakeHeader+" how many micros")
	f.StringArrayVar(&s.routes, "route", nil, "PATH=PRICE: what is below the path costs this; may be repeated")
	f.StringArrayVar(&s.free, "free", nil, "PATH: what is below it costs nothing; may be repeated")
	f.StringVar(&s.title, "title", "", "what is sold, shown to buyers")
	f.StringVar(&s.keyFile, "key-file", "", "file of the API key; without it the variable "+gatewayKeyVariable)
	f.StringVar(&s.receiptKey, "receipt-key", "gateway_key", "file of the key that signs receipts, made if missing")
	f.StringVar(&s.payTo, "pay-to", "", "the vendor of the key, such as ven_…; without it the service is asked")
	c.RunE = func(cmd *cobra.Command, _ []string) error {
		return runGateway(cmd.Context(), s, cmd.OutOrStdout(), cmd.ErrOrStderr())
	}
	return c
}

// runGateway serves until the context ends.
func runGateway(ctx context.Context, s gatewaySettings, out, errw io.Writer) error {
	log := slog.New(slog.NewTextHandler(errw, nil))
	o, err := s.options(ctx, log)
	if err != nil {
		return err
	}
	g, err := gateway.New(o)
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	l, err := net.Listen("tcp", s.listen)
	if err != nil {
		return err
	}
	l = newCapListener(l, gatewayConnections, gatewayConnections, time.Now) // clients may come by way of one proxy
	server := webServer(g, log)
	server.ReadTimeout, server.WriteTimeout = time.Minute, 0 // answers may be streams
	_, err = fmt.Fprintf(out, "gateway   http://%s for %s, paid to %s\n", l.Addr(), s.site, o.Service.PayTo)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(l) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	last, done := context.WithTimeout(context.WithoutCancel(ctx), siteWait)
	defer done()
	return server.Shutdown(last)
}

// options reads what was said. It refuses with errUsage what cannot be meant.
func (s gatewaySettings) options(ctx context.Context, log *slog.Logger) (o gateway.Options, err error) {
	usage := func(format string, args ...any) error {
		return fmt.Errorf("%w: "+format, append([]any{errUsage}, args...)...)
	}
	upstream, err := url.Parse(s.upstream)
	if err != nil || upstream.Host == "" || upstream.Scheme != "http" && upstream.Scheme != "https" {
		return o, usage("--upstream is the address of the site, such as http://127.0.0.1:3000")
	}
	service, err := url.Parse(s.service)
	if err != nil || service.Host == "" || service.Scheme != "http" && service.Scheme != "https" {
		return o, usage("--service is the address of the service, such as https://pay.example")
	}
	o = gateway.Options{
		Upstream: upstream, Site: s.site, Title: s.title, Log: log, Now: time.Now,
		Transport: &http.Transport{
			ResponseHeaderTimeout: siteWait, MaxIdleConnsPerHost: 64, MaxResponseHeaderBytes: 64 << 10,
		},
	}
	if o.Routes, err = s.prices(); err != nil {
		return o, usage("%w", err)
	}
	key, err := s.apiKey()
	if err != nil {
		return o, err
	}
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	o.Service = gateway.NewService(strings.TrimSuffix(s.service, "/"), key, s.payTo, client)
	if s.payTo == "" {
		if o.Service.PayTo, err = o.Service.Vendor(ctx); err != nil {
			return o, fmt.Errorf("who is paid: %w", err)
		}
	}
	o.Signer, err = receiptKey(s.receiptKey)
	return o, err
}

// prices are what the parts of the site cost.
func (s gatewaySettings) prices() (all []gateway.Route, err error) {
	for _, p := range s.free {
		all = append(all, gateway.Route{Prefix: p, Free: true})
	}
	priced := s.routes
	if s.price != "" {
		priced = append([]string{"/=" + s.price}, priced...)
	}
	for _, text := range priced {
		path, price, is := strings.Cut(text, "=")
		if !is {
			return nil, fmt.Errorf("--route is PATH=PRICE, and not %q", text)
		}
		r := gateway.Route{Prefix: path, UpTo: s.upTo}
		if r.Price, err = typedPrice(price); err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	if len(priced) == 0 {
		return nil, errors.New("nothing costs anything: name a --price or a --route")
	}
	return all, nil
}

// typedPrice reads a price such as 0.05EUR.
func typedPrice(text string) (ledger.Amount, error) {
	number := strings.TrimRight(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")
	c, err := ledger.ParseCurrency(strings.TrimPrefix(text, number))
	var a ledger.Amount
	if err == nil {
		a, err = ledger.ParseAmount(strings.TrimSpace(number), c)
	}
	if err != nil || a.Micros <= 0 {
		return a, fmt.Errorf("%q is no price: write it like 0.05EUR", text)
	}
	return a, nil
}

// apiKey is the key of the API. A file that others can read is refused.
func (s gatewaySettings) apiKey() (string, error) {
	key := os.Getenv(gatewayKeyVariable)
	if s.keyFile != "" {
		if err := private(s.keyFile); err != nil {
			return "", err
		}
		raw, err := os.ReadFile(s.keyFile)
		if err != nil {
			return "", err
		}
		key = string(raw)
	}
	if key = strings.TrimSpace(key); key == "" {
		return "", fmt.Errorf("%w: name the API key with --key-file, or in %s", errUsage, gatewayKeyVariable)
	}
	return key, nil
}

// receiptKey reads the key that signs receipts, or makes it.
func receiptKey(path string) (ed25519.PrivateKey, error) {
	if _, _, err := keyFile(path, "tuppence gateway"); err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	key, err := gossh.ParseRawPrivateKey(raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	signer, is := key.(*ed25519.PrivateKey)
	if !is {
		return nil, fmt.Errorf("%s is no ed25519 key", path)
	}
	return *signer, nil
}
