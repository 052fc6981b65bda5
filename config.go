package main

import (
	"fmt"
	"net"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/knadh/koanf/parsers/toml/v2"
	"github.com/knadh/koanf/providers/env/v2"
	"github.com/knadh/koanf/providers/file"
	"github.com/knadh/koanf/v2"
	"github.com/spf13/pflag"

	"tuppence/server/ledger"
)

// Config is everything that can be set, and nothing else can. A value comes from, in rising order of weight: the
// default, the file given with --config (TOML, the same names), the variable TUPPENCE_<NAME> (dashes become
// underscores), the flag --<name>.
//
// One field is all that a setting needs: its tags are the flag, the default, the help and the names in the file and the
// environment. Addresses are HOST:PORT, port 0 for any free one. Secrets are no settings: they are files of the data
// directory, where a list of processes does not show them.
type Config struct {
	Data     string `koanf:"data" default:"data" help:"directory of the books, the keys and the secret"`
	Archive  string `koanf:"archive" default:"" help:"directory for the older part of the journal; empty: none"`
	HTTP     string `koanf:"http" default:"127.0.0.1:8080" help:"address for vendors and browsers"`
	SSH      string `koanf:"ssh" default:"127.0.0.1:2222" help:"address for wallets"`
	Metrics  string `koanf:"metrics" default:"" help:"address for Prometheus metrics and profiles; empty: none"`
	Host     string `koanf:"host" default:"localhost" help:"name by which people reach the service"`
	URL      string `koanf:"url" default:"" help:"base of all links; empty: made from host and http"`
	Name     string `koanf:"name" default:"tuppence" help:"name of the service on screens and pages"`
	Operator string `koanf:"operator" default:"" help:"public key file of the operator; empty: one is made"`
	Log      string `koanf:"log" default:"info" help:"least level that is logged: debug, info, warn, error"`
	LogJSON  bool   `koanf:"log-json" default:"false" help:"log as JSON instead of text"`
	Payee    string `koanf:"check-payee" default:"the operator of this service" help:"whom checks are made out to"`
	Address  string `koanf:"check-address" default:"the operator's address" help:"where checks go: Road 1, 8001 Town, CH"`
	IBAN     string `koanf:"iban" default:"" help:"account to which invoices are paid; empty: none"`
	Phone    string `koanf:"voice-number" default:"" help:"number that people call; empty: it is told elsewhere"`
	PhoneRep string `koanf:"voice-desk" default:"" help:"number of a representative; empty: callers leave a request"`
	Stripe   string `koanf:"stripe" default:"" help:"address of the card processor's API; empty: Stripe's own"`
	BTCPay   string `koanf:"btcpay" default:"" help:"address of the operator's BTCPay Server; empty: none"`
	BTCStore string `koanf:"btcpay-store" default:"" help:"id of the store there"`
	Gateway  string `koanf:"payout-hook" default:"" help:"address of your gateway for payouts; empty: none"`
	Proxies  string `koanf:"proxies" default:"" help:"networks of balancers that send a PROXY header; empty: none"`
	Alive    int    `koanf:"ssh-keepalive" default:"120" help:"seconds of silence until an SSH client has to answer"`
	Memory   int    `koanf:"memory" default:"768" help:"MiB above which memory is given back sooner; GOMEMLIMIT wins"`
	Rate     int    `koanf:"vendor-rate" default:"200" help:"requests a second of one vendor; for a moment twice as many"`
	BankDay  int    `koanf:"bank-day" default:"10" help:"seconds of a banking day of the simulated banks" only:"demo"`
	Practice bool   `koanf:"practice" default:"false" help:"make twelve practice cases for the desk" only:"demo"`
	Shop     string `koanf:"shop" default:"127.0.0.1:8081" help:"address of the demo vendor" only:"demo"`
}

// envPrefix begins the variables that set a Config.
const envPrefix = "TUPPENCE_"

// configFlags adds a flag for each field that means something to this command. Defaults stand in the help as well.
func configFlags(fs *pflag.FlagSet, command string) {
	fs.String("config", "", "TOML file with the same names")
	for f := range reflect.TypeFor[Config]().Fields() {
		name, help, preset := f.Tag.Get("koanf"), f.Tag.Get("help"), f.Tag.Get("default")
		if only := f.Tag.Get("only"); only != "" && only != command {
			continue
		}
		switch f.Type.Kind() {
		case reflect.Bool:
			fs.Bool(name, preset == "true", help)
		case reflect.Int:
			n, err := strconv.Atoi(preset)
			if err != nil {
				panic(err) // a default above is not a number
			}
			fs.Int(name, n, help)
		default:
			fs.String(name, preset, help)
		}
	}
}

// configNames are the names of all settings.
func configNames() []string {
	var names []string
	for f := range reflect.TypeFor[Config]().Fields() {
		names = append(names, f.Tag.Get("koanf"))
	}
	return names
}

// loadConfig puts the sources together. A name that no setting has is an error, wherever it comes from: a mistyped
// setting must not be a silent default.
func loadConfig(fs *pflag.FlagSet) (Config, error) {
	var c Config
	k := koanf.New(".")
	for f := range reflect.TypeFor[Config]().Fields() {
		if err := k.Set(f.Tag.Get("koanf"), f.Tag.Get("default")); err != nil {
			return c, err
		}
	}
	path, err := fs.GetString("config")
	if err != nil {
		return c, err
	}
	if path == "" {
		path = os.Getenv(envPrefix + "CONFIG")
	}
	if path != "" {
		if err := k.Load(file.Provider(path), toml.Parser()); err != nil {
			return c, fmt.Errorf("config file %s: %w", path, err)
		}
	}
	err = k.Load(env.Provider(".", env.Opt{Prefix: envPrefix, TransformFunc: func(name, value string) (string, any) {
		name = strings.ReplaceAll(strings.ToLower(strings.TrimPrefix(name, envPrefix)), "_", "-")
		if name == "config" { // names the file, and is no setting itself
			return "", nil
		}
		return name, value
	}}), nil)
	if err != nil {
		return c, err
	}
	known := configNames()
	for _, name := range k.Keys() {
		if !slices.Contains(known, name) {
			return c, fmt.Errorf("there is no setting %q; settings are %s", name, strings.Join(known, ", "))
		}
	}
	// Flags that were not typed have their defaults, and must not weigh more than a file or a variable that was given.
	fs.Visit(func(f *pflag.Flag) {
		if slices.Contains(known, f.Name) && err == nil {
			err = k.Set(f.Name, f.Value.String())
		}
	})
	if err != nil {
		return c, err
	}
	if err := k.Unmarshal("", &c); err != nil {
		return c, fmt.Errorf("settings: %w", err)
	}
	return c, c.check()
}

// check refuses what could not work, before anything is opened, in words that name the flag and a good value. A port
// that is taken or a directory that cannot be written is found out by those who open it.
func (c *Config) check() error {
	for _, a := range []struct{ name, value string }{
		{"http", c.HTTP}, {"ssh", c.SSH}, {"metrics", c.Metrics}, {"shop", c.Shop},
	} {
		if a.value == "" && a.name == "metrics" {
			continue
		}
		if _, port, err := net.SplitHostPort(a.value); err != nil {
			return fmt.Errorf("--%s %q is not an address: write it as 127.0.0.1:8080", a.name, a.value)
		} else if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
			return fmt.Errorf("--%s %q: the port must be a number from 0 to 65535", a.name, a.value)
		}
	}
	switch c.Log {
	case "debug", "info", "warn", "error":
	default:
		return fmt.Errorf("--log %q: choose debug, info, warn or error", c.Log)
	}
	if c.Rate < 1 {
		return fmt.Errorf("--vendor-rate %d: it must be at least 1", c.Rate)
	}
	if c.Memory < leastMemory {
		return fmt.Errorf("--memory %d: it must be at least %d MiB", c.Memory, leastMemory)
	}
	if c.BankDay < 1 {
		return fmt.Errorf("--bank-day %d: it must be at least 1", c.BankDay)
	}
	if c.Alive < 1 {
		return fmt.Errorf("--ssh-keepalive %d: it must be at least 1", c.Alive)
	}
	if c.IBAN != "" && !ledger.IsIBAN(c.IBAN) {
		return fmt.Errorf("--iban %q is not an account number: one of its digits is wrong", c.IBAN)
	}
	if _, err := parseNetworks(c.Proxies); err != nil {
		return fmt.Errorf("--proxies: %w", err)
	}
	if c.Data == "" {
		return fmt.Errorf("--data is empty: name a directory")
	}
	return nil
}

// onlyLoopback refuses addresses that other machines can reach. The demo makes tokens out of nothing, and on a network
// they would look like money.
func (c *Config) onlyLoopback() error {
	for _, a := range []string{c.HTTP, c.SSH, c.Shop, c.Metrics} {
		if a != "" && !loopback(a) {
			return fmt.Errorf(
				"demo sells for simulated money, so it listens on this machine only: %s is not a loopback address", a,
			)
		}
	}
	return nil
}

// loopback says whether an address can be reached from this machine only. An empty host is every address of the
// machine, so it is none of these.
func loopback(addr string) bool {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}
