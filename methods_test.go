package main

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Secrets of processors, by their form.
const (
	liveKey    = "rk_live_51Secret"
	testKey    = "sk_test_51Secret"
	callSecret = "whsec_SecretSecretSecret"
	coinKey    = "8f1dSecret"
)

// files are those of a data directory, by name.
type files = map[string]string

// offline are the methods that every service has.
const offline = "check money-order purchase-order bill isp utility"

// methodCases are data directories and settings.
var methodCases = []struct {
	name  string
	demo  bool
	files files
	coins string // --btcpay
	says  string // of the error
	warns string
	want  string // names of the methods, those that are simulated with a star
}{
	{name: "nothing", want: offline},
	{name: "a demo", demo: true, want: "card* phone* echeck* autodebit* " + offline},
	{name: "a card", files: files{stripeKeyFile: liveKey, stripeWebhookFile: callSecret}, want: "card phone " + offline},
	{
		name: "a card without calls", files: files{stripeKeyFile: liveKey}, warns: stripeWebhookFile,
		want: "card phone " + offline,
	},
	{
		name: "a test key", files: files{stripeKeyFile: testKey, stripeWebhookFile: callSecret}, warns: "not offered here",
		want: "card* phone* " + offline,
	},
	{
		name: "a test key in a demo", demo: true, files: files{stripeKeyFile: testKey, stripeWebhookFile: callSecret},
		want: "card* phone* echeck* autodebit* " + offline,
	},
	{
		name: "a live key in a demo", demo: true, files: files{stripeKeyFile: liveKey, stripeWebhookFile: callSecret},
		says: "no real money",
	},
	{name: "no key in its file", files: files{stripeKeyFile: "\n"}, says: "stripe_key has 0 lines"},
	{name: "no key in its file, in a demo", demo: true, files: files{stripeKeyFile: ""}, says: "stripe_key has 0 lines"},
	{name: "two keys", files: files{stripeKeyFile: liveKey + "\n" + liveKey}, says: "stripe_key has 2 lines"},
	{name: "another's key", files: files{stripeKeyFile: coinKey, stripeWebhookFile: callSecret}, says: stripeKeyFile},
	{
		name: "another's secret", files: files{stripeKeyFile: liveKey, stripeWebhookFile: coinKey},
		says: stripeWebhookFile,
	},
	{
		name: "coins", files: files{btcpayKeyFile: coinKey, btcpayWebhookFile: callSecret}, coins: "https://pay.example",
		want: "ecurrency " + offline,
	},
	{name: "coins without a key", coins: "https://pay.example", says: "btcpay_key with the one API key"},
	{
		name: "coins in the open", files: files{btcpayKeyFile: coinKey, btcpayWebhookFile: callSecret},
		coins: "http://pay.example", says: "--btcpay",
	},
	{
		name: "coins in a demo", demo: true, files: files{btcpayKeyFile: coinKey}, coins: "https://pay.example",
		says: "no real money",
	},
	{name: "a key of coins alone", files: files{btcpayKeyFile: coinKey}, want: offline},
}

// What is offered follows from the files and the settings. What cannot be meant is refused in words that name the file
// or the flag, and no word of a secret.
func TestMethods(t *testing.T) {
	for _, tt := range methodCases {
		dir, log := t.TempDir(), bytes.Buffer{}
		for name, text := range tt.files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		s := service{demo: tt.demo, log: slog.New(slog.NewTextHandler(&log, nil)), c: Config{
			Data: dir, URL: "https://tuppence.example", Shop: anyPort, BTCPay: tt.coins, BTCStore: "store",
		}}
		all, err := s.methods()
		var names []string
		for _, m := range all {
			name := m.Info().Name
			if m.Info().Simulated {
				name += "*"
			}
			names = append(names, name)
		}
		if got := strings.Join(names, " "); got != tt.want || (err != nil) != (tt.says != "") {
			t.Errorf("%s: %q, %v, want %q", tt.name, got, err, tt.want)
		}
		if err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%s: %q lacks %q", tt.name, err, tt.says)
		}
		if said := log.String(); !strings.Contains(said, tt.warns) || (said != "") != (tt.warns != "") {
			t.Errorf("%s: logged is %q, want %q", tt.name, said, tt.warns)
		}
		if err != nil {
			log.WriteString(err.Error())
		}
		if strings.Contains(log.String(), "Secret") {
			t.Errorf("%s: a secret is told: %s", tt.name, log.String())
		}
	}
}
