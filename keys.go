package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	gossh "golang.org/x/crypto/ssh"

	"tuppence/server/ledger"
	"tuppence/server/seal"
)

// Files of the data directory. Those that hold secrets are in no backup, so that a stolen backup opens no wallet.
const (
	secretFile        = "secret"       // master secret, 0600, in no backup
	operatorFile      = "operator_key" // made at the first start, 0600
	hostKeyFile       = "ssh_host_ed25519_key"
	demoHostKeyFile   = "demo_host_key" // of the user's configuration, see hostKey
	booksDir          = "books"
	controlFile       = "control.sock"
	demoVendorKeyFile = "demo_vendor_key"
)

// masterSecret reads the master secret, or makes it on the first start. Books without their secret are not opened with
// a new one: names, API keys and pseudonyms hang on it.
func masterSecret(dir string) ([]byte, error) {
	path := filepath.Join(dir, secretFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if _, err := os.Stat(filepath.Join(dir, booksDir)); err == nil {
			return nil, fmt.Errorf("%s is missing, and the books in %s cannot be used without it: put it back", path, dir)
		}
		secret := make([]byte, seal.MasterSize)
		if _, err := rand.Read(secret); err != nil {
			return nil, err
		}
		return secret, writeNew(path, []byte(base64.StdEncoding.EncodeToString(secret)+"\n"))
	}
	if err != nil {
		return nil, err
	}
	if err := private(path); err != nil {
		return nil, err
	}
	secret, err := base64.StdEncoding.DecodeString(string(bytes.TrimSpace(raw)))
	if err != nil || len(secret) != seal.MasterSize {
		return nil, fmt.Errorf("%s does not hold %d bytes in base64: put the right file back", path, seal.MasterSize)
	}
	return secret, nil
}

// operatorKey returns the fingerprint of the key that runs the service: of the public key file given, or of the key
// made at the first start, "" if that was taken away since. made says that this start made it.
func operatorKey(dir, given string) (fingerprint, comment string, made bool, err error) {
	if given != "" {
		raw, err := os.ReadFile(given)
		if err != nil {
			return "", "", false, fmt.Errorf("operator key: %w", err)
		}
		fingerprint, comment, err := ledger.ParsePublicKey(string(raw))
		if err != nil {
			return "", "", false, fmt.Errorf("operator key %s is not a public key file such as id_ed25519.pub: %w", given, err)
		}
		return fingerprint, comment, false, nil
	}
	// Only the first start makes a key. Books without a key file are a later start: a key made then would have a role that
	// no person gave it.
	path := filepath.Join(dir, operatorFile)
	_, missing := os.Stat(path)
	if _, err := os.Stat(filepath.Join(dir, booksDir)); err == nil && errors.Is(missing, fs.ErrNotExist) {
		return "", "", false, nil // a later start: the operator has moved the key to a safe place
	}
	key, made, err := keyFile(path, "tuppence operator")
	if err != nil {
		return "", "", false, err
	}
	return gossh.FingerprintSHA256(key.PublicKey()), "operator", made, nil
}

// keyFile reads the private key at path, or makes an Ed25519 key there if there is none; made says that it did. A key
// that others can read is refused: with it they stand in for the service or its operator.
func keyFile(path, comment string) (key gossh.Signer, made bool, err error) {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		key, err = makeKey(path, comment)
		return key, err == nil, err
	}
	if err == nil {
		err = private(path)
	}
	if err != nil {
		return nil, false, err
	}
	if key, err = gossh.ParsePrivateKey(raw); err != nil {
		return nil, false, fmt.Errorf("%s: %w", path, err)
	}
	return key, false, nil
}

// hostKey is the key by which clients know the service. A demo has one for all its data directories, in the user's own
// configuration: known_hosts warns of another key under the same name, and a demo is started anew again and again.
func hostKey(dir string, demo bool) (gossh.Signer, error) {
	const comment = "tuppence host key"
	if mine, err := os.UserConfigDir(); demo && err == nil {
		at := filepath.Join(mine, "tuppence")
		key, _, err := keyFile(filepath.Join(at, demoHostKeyFile), comment)
		if errors.Is(err, fs.ErrNotExist) { // of the directory
			if err = os.MkdirAll(at, 0o700); err == nil {
				key, _, err = keyFile(filepath.Join(at, demoHostKeyFile), comment)
			}
		}
		if errors.Is(err, fs.ErrExist) { // another demo has just made it
			key, _, err = keyFile(filepath.Join(at, demoHostKeyFile), comment)
		}
		if err == nil || !unwritable(err) {
			return key, err
		}
	}
	key, _, err := keyFile(filepath.Join(dir, hostKeyFile), comment)
	return key, err
}

// unwritable says whether a place cannot be written: then the key stands in the data directory.
func unwritable(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) || errors.Is(err, syscall.ENOTDIR) ||
		errors.Is(err, fs.ErrNotExist)
}

// makeKey writes a new Ed25519 key in the form of OpenSSH, so that ssh -i takes the operator's as it is.
func makeKey(path, comment string) (gossh.Signer, error) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	block, err := gossh.MarshalPrivateKey(private, comment)
	if err != nil {
		return nil, err
	}
	if err := writeNew(path, pem.EncodeToMemory(block)); err != nil {
		return nil, err
	}
	return gossh.NewSignerFromKey(private)
}

// private refuses a secret that others can read, as ssh does: a service that went on would hide that it is no secret.
func private(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&0o077 != 0 {
		return fmt.Errorf("%s can be read by others: run chmod 600 %s", path, path)
	}
	return nil
}

// writeNew writes a private file that must not exist yet. It appears whole or not at all, and is on the disk when this
// returns: books whose secret was cut off by a power cut could never be opened again.
func writeNew(path string, content []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".tuppence-new-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil { // unlike a rename it replaces nothing
		return err
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
