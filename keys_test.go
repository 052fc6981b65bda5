package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestKeyFileIsMadeOnceAndKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "host_key")
	first, made, err := keyFile(path, "test")
	if err != nil || !made {
		t.Fatalf("made %v, %v", made, err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v; want 0600", info.Mode(), err)
	}
	second, made, err := keyFile(path, "test")
	if err != nil || made || !bytes.Equal(first.PublicKey().Marshal(), second.PublicKey().Marshal()) {
		t.Errorf("another key at the second start: made %v, %v", made, err)
	}
	if files, err := os.ReadDir(filepath.Dir(path)); err != nil || len(files) != 1 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

// Attack: a host key that others can read lets them stand in for the service.
func TestReadableKeyFileIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "host_key")
	if _, _, err := keyFile(path, "test"); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, _, err := keyFile(path, "test"); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("%v, want a refusal with the remedy", err)
	}
	if err := os.WriteFile(path, []byte("no key"), 0o600); err != nil {
		t.Fatal(err)
	}
	_ = os.Chmod(path, 0o600)
	if _, _, err := keyFile(path, "test"); err == nil {
		t.Error("a broken key was replaced in silence")
	}
}

// A demo has one host key for all its data directories; a service has its own, and so has a demo whose user's
// configuration cannot be written.
func TestDemoKeepsItsHostKey(t *testing.T) {
	mine := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", mine)
	key := func(demo bool) string {
		k, err := hostKey(t.TempDir(), demo)
		if err != nil {
			t.Fatal(err)
		}
		return string(k.PublicKey().Marshal())
	}
	first := key(true)
	if key(true) != first {
		t.Error("another key in another data directory")
	}
	one, two := key(false), key(false)
	if one == first || one == two {
		t.Error("a service has the key of the demo, or of another service")
	}
	path := filepath.Join(mine, "tuppence", demoHostKeyFile)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v; want mode 0600", info, err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := hostKey(t.TempDir(), true); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("%v, want a readable key to be refused", err)
	}
	for name, place := range map[string]string{"a file is in the way": path, "no place": ""} {
		t.Setenv("XDG_CONFIG_HOME", place)
		t.Setenv("HOME", "")
		if got := key(true); got == first {
			t.Errorf("%s: %q", name, got)
		}
	}
}
