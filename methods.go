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
	"tuppence/server/funding/debit"
	"tuppence/server/funding/debit/simbank"
	"tuppence/server/funding/stripe"
	"tuppence/server/ledger"
	"tuppence/server/webhook"
)

// Files of the data directory that make a method of payment work, 0600 as all secrets: an API key, and beside it what
// signs the calls of the processor, one secret a line, two while one takes over from the other.
const (
	stripeKeyFile     = "stripe_key"
	stripeWebhookFile = "stripe_webhook"
	btcpayKeyFile     = "btcpay_key"
	btcpayWebhookFile = "btcpay_webhook"
	// What a telephone service signs its calls with. Without it no calls are taken.
	voiceSecretFile = "voice_secret"
	// What was agreed with a bank, in JSON: the fields of ach.Origin and of sepa.Sender.
	achFile  = "bank_ach.json"
	sepaFile = "bank_sepa.json"
	// What signs the calls between the service and the operator's gateway for payouts: one whsec_ secret.
	gatewayFile = "payout_hook"
)

// methods are the ways of money into wallets that this service is set up for. Adding one is a file in server/funding
// Beside them it reads what a telephone service signs its calls with.
// and a line here; the ways of money out are set up beside them. Those that are simulated exist in the demo only:
// elsewhere they would make tokens out of nothing.
func (s *service) methods() (all []funding.Method, err error) {
	if s.voice, err = secretLines(s.c.Data, voiceSecretFile); err != nil {
		return nil, err
	}
	if s.gateway, err = s.payoutGateway(); err != nil {
		return nil, err
	}
	for _, open := range []func() (funding.Method, error){s.cardMethod, s.coinMethod} {
		m, err := open()
		if err != nil {
			return nil, err
		}
		if m != nil {
			all = append(all, m)
		}
	}
	for _, m := range all {
		if m.Info().Name == "card" {
			all = append(all, funding.Phone{Card: m})
			break
		}
	}
	debits, err := s.bankMethods()
	if err != nil {
		return nil, err
	}
	all = append(all, debits...)
	post := funding.Post{Payee: s.c.Payee, Address: s.c.Address}
	return append(all, funding.Check{Post: post}, funding.MoneyOrder{Post: post},
		funding.PurchaseOrder{To: funding.Payee{Name: s.c.Payee, Address: s.c.Address, IBAN: s.c.IBAN}},
		funding.MailedBill{To: funding.Payee{Name: s.c.Payee, Address: s.c.Address, IBAN: s.c.IBAN}},
		funding.Bill{Name: ledger.MethodISP},
		funding.Bill{Name: ledger.MethodUtility}), nil
}

// bankMethods debit bank accounts, over the networks with whose banks there is an agreement. In the demo banks are
// simulated.
func (s *service) bankMethods() (all []funding.Method, err error) {
	b := debit.Bank{House: s.c.Name, Simulated: s.demo}
	read := func(name string) ([]byte, error) {
		path := filepath.Join(s.c.Data, name)
		raw, err := os.ReadFile(path)
		switch {
		case errors.Is(err, fs.ErrNotExist) && s.demo:
			return []byte(simbank.Agreements[name]), nil
		case errors.Is(err, fs.ErrNotExist):
			return nil, nil
		case err == nil && s.demo:
			return nil, fmt.Errorf("%s is an agreement with a real bank, and a demo moves no real money: leave it out", name)
		case err == nil:
			err = private(path)
		}
		return raw, err
	}
	ach, err := read(achFile)
	if err == nil && ach != nil {
		if b.ACH, err = debit.ParseACH(ach); err != nil {
			err = fmt.Errorf("%s: %w", achFile, err)
		}
	}
	if err != nil {
		return nil, err
	}
	sepa, err := read(sepaFile)
	if err == nil && sepa != nil {
		if b.SEPA, err = debit.ParseSEPA(sepa); err != nil {
			err = fmt.Errorf("%s: %w", sepaFile, err)
		}
	}
	if err != nil {
		return nil, err
	}
	if s.demo {
		b.Day = time.Duration(s.c.BankDay) * time.Second
	}
	s.ways = b.Payouts()
	if b.ACH != nil {
		all = append(all, debit.ECheck{Bank: b})
	}
	if b.ACH != nil || b.SEPA != nil {
		all = append(all, debit.AutoDebit{Bank: b})
	}
	return all, nil
}

// cardMethod is the card by Stripe if there is a key for it; in the demo else a simulated one.
func (s *service) cardMethod() (funding.Method, error) {
	key, secrets, err := s.secrets(stripeKeyFile, stripeWebhookFile)
	switch {
	case err != nil:
		return nil, err
	case key == "" && s.demo:
		s.card = demoCard(s.c)
		return s.card, nil
	case key == "":
		return nil, nil
	}
	m, err := stripe.New(stripe.Options{
		Key: key, WebhookSecrets: secrets, BaseURL: s.c.Stripe, ReturnURL: s.c.URL + "/paid", Now: time.Now,
		Log: s.log.With("part", "stripe"),
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("cards by Stripe (%s, %s, --stripe): %w", stripeKeyFile, stripeWebhookFile, err)
	case s.demo && !m.Info().Simulated:
		return nil, fmt.Errorf("%s is a live key, and a demo moves no real money: put a test key there", stripeKeyFile)
	case !s.demo && m.Info().Simulated:
		s.log.Warn("a test key of Stripe moves no money: cards are not offered here", "file", stripeKeyFile)
	}
	return m, nil
}

// coinMethod is electronic currency by the operator's BTCPay Server, if there is one.
func (s *service) coinMethod() (funding.Method, error) {
	if s.c.BTCPay == "" {
		return nil, nil
	}
	if s.demo { // nothing tells a network for tests from a real one
		return nil, errors.New("--btcpay takes real electronic currency, and a demo moves no real money: leave it out")
	}
	key, secrets, err := s.secrets(btcpayKeyFile, btcpayWebhookFile)
	if err == nil && key == "" {
		err = fmt.Errorf("--btcpay needs the file %s with the one API key", filepath.Join(s.c.Data, btcpayKeyFile))
	}
	if err != nil {
		return nil, err
	}
	m, err := btcpay.New(btcpay.Options{
		URL: s.c.BTCPay, Store: s.c.BTCStore, Key: key, WebhookSecrets: secrets, Now: time.Now,
		Log: s.log.With("part", "btcpay"),
	})
	if err != nil {
		return nil, fmt.Errorf("%w (--btcpay, --btcpay-store, %s, %s)", err, btcpayKeyFile, btcpayWebhookFile)
	}
	return m, nil
}

// payoutGateway is the operator's own program that carries payouts out, if there is one.
func (s *service) payoutGateway() (*webhook.Gateway, error) {
	if s.c.Gateway == "" {
		return nil, nil
	}
	lines, err := secretLines(s.c.Data, gatewayFile)
	if err != nil {
		return nil, err
	}
	if len(lines) != 1 {
		return nil, fmt.Errorf("--payout-hook needs the file %s with the one secret", filepath.Join(s.c.Data, gatewayFile))
	}
	g, err := webhook.NewGateway(s.c.Gateway, lines[0], s.demo, time.Now)
	if err != nil {
		return nil, fmt.Errorf("%w (--payout-hook, %s)", err, gatewayFile)
	}
	return g, nil
}

// secrets reads the key of a processor, "" if there is no file for it, and what signs its calls.
func (s *service) secrets(keyFile, webhookFile string) (key string, calls []string, err error) {
	lines, err := secretLines(s.c.Data, keyFile)
	if err != nil || lines == nil {
		return "", nil, err
	}
	if len(lines) != 1 {
		return "", nil, fmt.Errorf("%s has %d lines, want the one key", filepath.Join(s.c.Data, keyFile), len(lines))
	}
	if calls, err = secretLines(s.c.Data, webhookFile); err == nil && len(calls) == 0 {
		s.log.Warn("calls of a processor are refused without their secret: it is asked now and then", "file", webhookFile)
	}
	return lines[0], calls, err
}

// secretLines reads a file of the data directory, nil if it is not there. One that others can read is refused.
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
