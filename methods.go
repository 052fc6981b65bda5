package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tuppence/server/funding"
	"tuppence/server/funding/btcpay"
	"tuppence/server/funding/stripe"
)

// Files of the data directory that make a method of payment work, 0600 as all secrets: an API key, and beside it what
// signs the calls of the processor, one secret a line, two while one takes over from the other.
const (
	stripeKeyFile     = "stripe_key"
	stripeWebhookFile = "stripe_webhook"
	btcpayKeyFile     = "btcpay_key"
	btcpayWebhookFile = "btcpay_webhook"
)

// methods are the ways of money into wallets that this service is set up for. Adding one is a file in server/funding
// and a line here. Those that are simulated exist in the demo only: elsewhere they would make tokens out of nothing.
func (s *service) methods() (all []funding.Method, err error) {
	for _, open := range []func() (funding.Method, error){s.cardMethod, s.coinMethod} {
		m, err := open()
		if err != nil {
			return nil, err
		}
		if m != nil {
			all = append(all, m)
		}
	}
	post := funding.Post{Payee: s.c.Payee, Address: s.c.Address}
	return append(all, funding.Check{Post: post}, funding.MoneyOrder{Post: post}), nil
}

// cardMethod is the card by Stripe if there is a key for it; in the demo else a simulated one.
func (s *service) cardMethod() (funding.Method, error) {
	key, err := secretLines(s.c.Data, stripeKeyFile)
	if err != nil || len(key) != 1 {
		if err == nil && len(key) > 1 {
			err = fmt.Errorf("%s has %d lines, want the one key", stripeKeyFile, len(key))
		}
		if err == nil && s.demo {
			s.card = demoCard(s.c)
			return s.card, nil
		}
		return nil, err
	}
	secrets, err := secretLines(s.c.Data, stripeWebhookFile)
	if err != nil {
		return nil, err
	}
	m, err := stripe.New(stripe.Options{
		Key: key[0], WebhookSecrets: secrets, BaseURL: s.c.Stripe, ReturnURL: s.c.URL + "/paid", Now: time.Now,
		Log: s.log.With("part", "stripe"),
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// coinMethod is electronic currency by the operator's BTCPay Server, if there is one.
func (s *service) coinMethod() (funding.Method, error) {
	key, err := secretLines(s.c.Data, btcpayKeyFile)
	if err != nil || s.c.BTCPay == "" {
		return nil, err
	}
	if len(key) != 1 {
		return nil, fmt.Errorf("--btcpay needs the file %s with the one API key", filepath.Join(s.c.Data, btcpayKeyFile))
	}
	secrets, err := secretLines(s.c.Data, btcpayWebhookFile)
	if err != nil {
		return nil, err
	}
	m, err := btcpay.New(btcpay.Options{
		URL: s.c.BTCPay, Store: s.c.BTCStore, Key: key[0], WebhookSecrets: secrets, Now: time.Now,
		Log: s.log.With("part", "btcpay"),
	})
	if err != nil {
		return nil, err
	}
	return m, nil
}

// secretLines reads a file of the data directory, none if it is not there. One that others can read is refused.
func secretLines(dir, name string) (lines []string, err error) {
	path := filepath.Join(dir, name)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = private(path)
	}
	return strings.Fields(string(raw)), err
}
