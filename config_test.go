package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

// settings loads a configuration as the program does.
func settings(t *testing.T, file string, env map[string]string, args ...string) (Config, error) {
	t.Helper()
	if file != "" {
		path := filepath.Join(t.TempDir(), "service.toml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, "--config", path)
	}
	for name, value := range env {
		t.Setenv(name, value)
	}
	fs := pflag.NewFlagSet("serve", pflag.ContinueOnError)
	configFlags(fs, "demo")
	if err := fs.Parse(args); err != nil {
		t.Fatal(err)
	}
	return loadConfig(fs)
}

// A flag outweighs a variable, a variable the file, the file the default.
func TestConfigWeights(t *testing.T) {
	c, err := settings(t, "host = \"file\"\nname = \"file\"\nhttp = \"127.0.0.1:1\"\nvendor-rate = 7\nlog-json = true",
		map[string]string{"TUPPENCE_NAME": "variable", "TUPPENCE_HTTP": "127.0.0.1:2", "TUPPENCE_VENDOR_RATE": "8"},
		"--http", "127.0.0.1:3")
	if err != nil {
		t.Fatal(err)
	}
	want := Config{
		Data: "data", HTTP: "127.0.0.1:3", SSH: "127.0.0.1:2222", Host: "file", Name: "variable", Log: "info", LogJSON: true,
		Rate: 8, Alive: 120, Memory: 768, BankDay: 10,
		Payee: "the operator of this service", Address: "the operator's address", Shop: "127.0.0.1:8081",
	}
	if c != want {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

// What cannot work is refused before anything is opened, with the name of the setting.
func TestConfigRefuses(t *testing.T) {
	for _, tt := range []struct {
		file string
		env  map[string]string
		args []string
		says string
	}{
		{file: `htpp = "x"`, says: `no setting "htpp"`},
		{file: `http = `, says: "config file"},
		{env: map[string]string{"TUPPENCE_HTPP": "x"}, says: `no setting "htpp"`},
		{args: []string{"--ssh", "2222"}, says: `--ssh "2222" is not an address`},
		{args: []string{"--ssh", "localhost:99999"}, says: "0 to 65535"},
		{args: []string{"--metrics", "all"}, says: "--metrics"},
		{args: []string{"--log", "loud"}, says: "choose debug"},
		{args: []string{"--data", ""}, says: "--data is empty"},
		{env: map[string]string{"TUPPENCE_VENDOR_RATE": "many"}, says: "vendor-rate"},
		{args: []string{"--vendor-rate", "0"}, says: "--vendor-rate 0"},
		{args: []string{"--memory", "255"}, says: "--memory 255: it must be at least 256 MiB"},
		{args: []string{"--ssh-keepalive", "0"}, says: "--ssh-keepalive 0"},
		{args: []string{"--proxies", "10.0.0.0/8 all"}, says: `--proxies: "all" is no network`},
	} {
		t.Run(tt.says, func(t *testing.T) {
			if _, err := settings(t, tt.file, tt.env, tt.args...); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %q", err, tt.says)
			}
		})
	}
}

func TestLoopback(t *testing.T) {
	for addr, want := range map[string]bool{
		"127.0.0.1:1": true, "127.8.9.1:1": true, "[::1]:1": true, "localhost:1": true,
		"0.0.0.0:1": false, ":1": false, "[::]:1": false, "10.0.0.1:1": false, "example.org:1": false, "127.0.0.1": false,
	} {
		if got := loopback(addr); got != want {
			t.Errorf("loopback(%q) = %v", addr, got)
		}
	}
}
