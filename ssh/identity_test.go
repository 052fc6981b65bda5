package ssh

import (
	"crypto/rand"
	"crypto/rsa"
	"errors"
	"io"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"

	"tuppence/tui/command"
)

// impostor shows the public key of one user and signs with the key of another, or not at all.
type impostor struct {
	gossh.Signer
	shown gossh.PublicKey
	mute  bool
}

func (i impostor) PublicKey() gossh.PublicKey { return i.shown }

func (i impostor) Sign(r io.Reader, data []byte) (*gossh.Signature, error) {
	if i.mute {
		return nil, errors.New("no private key")
	}
	return i.Signer.Sign(r, data)
}

// Attack: show the victim's public key, then authenticate with one's own (soft-serve CVE-2023-43809, x/crypto
// CVE-2024-45337). The caller must be who signed.
func TestOfferedKeyIsNoIdentity(t *testing.T) {
	d := &desk{}
	s := serve(t, d, nil)
	victim, attacker := newKey(t), newKey(t)
	var queries []gossh.Signer
	auth := gossh.PublicKeysCallback(func() ([]gossh.Signer, error) {
		return append(queries, impostor{attacker, victim.PublicKey(), true}, attacker), nil
	})
	c, err := gossh.Dial("tcp", s.Addr().String(), clientConfig(s, auth))
	if err == nil {
		defer c.Close()
		out, _, _ := run(t, c, "whoami")
		if got, want := strings.TrimSpace(out), gossh.FingerprintSHA256(attacker.PublicKey()); got != want {
			t.Errorf("caller %s, want the attacker %s", got, want)
		}
	}
	for _, who := range d.callers() {
		if who.Fingerprint == gossh.FingerprintSHA256(victim.PublicKey()) {
			t.Fatal("the attacker was served as the victim")
		}
	}
}

// Attack: the same on the wire: query for the victim's key, answer with a signature of the attacker's.
func TestForgedSignatureEndsTheConnection(t *testing.T) {
	d := &desk{}
	s := serve(t, d, nil)
	victim, attacker := newKey(t), newKey(t)
	c, err := gossh.Dial("tcp", s.Addr().String(), clientConfig(s, gossh.PublicKeys(impostor{
		attacker, victim.PublicKey(),
		false,
	})))
	if err == nil {
		c.Close()
		t.Fatal("a signature of another key was accepted")
	}
	if n := len(d.callers()); n != 0 {
		t.Errorf("%d calls reached the front, want 0", n)
	}
}

// Two good keys: the one that authenticated is the caller, whatever the user name says (trap 1 in doc.go).
func TestCallerIsTheKeyNotTheName(t *testing.T) {
	s := serve(t, &desk{}, nil)
	first, second := newKey(t), newKey(t)
	for _, key := range []gossh.Signer{first, second} {
		config := clientConfig(s, gossh.PublicKeys(key))
		config.User = gossh.FingerprintSHA256(first.PublicKey())
		c, err := gossh.Dial("tcp", s.Addr().String(), config)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		out, _, _ := run(t, c, "whoami")
		if got, want := strings.TrimSpace(out), gossh.FingerprintSHA256(key.PublicKey()); got != want {
			t.Errorf("caller %s, want %s", got, want)
		}
	}
}

func TestCallerIsComplete(t *testing.T) {
	d := &desk{}
	s := serve(t, d, nil)
	key := newKey(t)
	run(t, dial(t, s, key), "whoami")
	who := d.callers()[0]
	if got, want := who.Key, strings.TrimSpace(string(gossh.MarshalAuthorizedKey(key.PublicKey()))); got != want {
		t.Errorf("key %q, want %q", got, want)
	}
	if !strings.HasPrefix(who.Remote, "127.0.0.1:") {
		t.Errorf("remote %q, want an address", who.Remote)
	}
}

// A certificate is refused; the plain key behind it, offered next, is taken.
func TestCertificateIsRefused(t *testing.T) {
	d := &desk{}
	s := serve(t, d, nil)
	ca, key := newKey(t), newKey(t)
	cert := &gossh.Certificate{
		Key: key.PublicKey(), CertType: gossh.UserCert, ValidPrincipals: []string{"any"},
		ValidBefore: gossh.CertTimeInfinity,
	}
	if err := cert.SignCert(rand.Reader, ca); err != nil {
		t.Fatal(err)
	}
	signer, err := gossh.NewCertSigner(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := gossh.Dial("tcp", s.Addr().String(), clientConfig(s, gossh.PublicKeys(signer))); err == nil {
		c.Close()
		t.Error("a certificate logged in")
	}
	out, _, _ := run(t, dial(t, s, signer, key), "whoami")
	if got, want := strings.TrimSpace(out), gossh.FingerprintSHA256(key.PublicKey()); got != want {
		t.Errorf("caller %s, want the plain key %s", got, want)
	}
}

func TestSmallRSAKeyIsRefusedWithTheReason(t *testing.T) {
	t.Setenv("GODEBUG", "rsa1024min=0")
	s := serve(t, &desk{}, func(o *Options) { o.Limits.RSABits = 3072 })
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	small, err := gossh.NewSignerFromKey(private)
	if err != nil {
		t.Fatal(err)
	}
	config := clientConfig(s, gossh.PublicKeys(small), gossh.KeyboardInteractive(noAnswers))
	c, err := gossh.Dial("tcp", s.Addr().String(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, errs, code := run(t, c, "whoami")
	if !strings.Contains(errs, "has 2048 bits, at least 3072 are needed") || code != command.ExitNotAllowed {
		t.Errorf("exit %d, %q, want 3 and the reason", code, errs)
	}
}

func noAnswers(string, string, []string, []bool) ([]string, error) { return nil, nil }

// Without a key a client reads how to make one, and reaches nothing else by any request.
func TestNoKeyReachesNothing(t *testing.T) {
	d := &desk{}
	s := serve(t, d, nil)
	connect := func() *gossh.Client {
		c, err := gossh.Dial("tcp", s.Addr().String(), clientConfig(s, gossh.KeyboardInteractive(noAnswers)))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		return c
	}
	out, errs, code := run(t, connect(), "whoami")
	if out != "" || code != command.ExitNotAllowed ||
		!strings.Contains(errs, "ssh-keygen -t ed25519\n  ssh pay.example\n") {
		t.Errorf("exit %d, out %q, err %q", code, out, errs)
	}
	r := sit(t, connect(), "")
	if code := r.end(); code != command.ExitNotAllowed ||
		!strings.Contains(r.text(), "ssh-keygen -t ed25519\r\n  ssh pay.example\r\n") {
		t.Errorf("a terminal without a key: exit %d, %q", code, r.text())
	}
	if text, code := subsystem(t, connect()); code != command.ExitNotAllowed || !strings.Contains(text, "ssh-keygen") {
		t.Errorf("a subsystem without a key: exit %d, %q", code, text)
	}
	if ch, _, err := connect().OpenChannel("direct-tcpip", nil); err == nil {
		ch.Close()
		t.Error("a client without a key got a tunnel")
	}
	if n := len(d.callers()); n != 0 {
		t.Errorf("%d calls without a key reached the front, want 0", n)
	}
}

// The other methods let no client in.
func TestNoneAndPasswordAreRefused(t *testing.T) {
	s := serve(t, &desk{}, nil)
	for _, methods := range [][]gossh.AuthMethod{nil, {gossh.Password("secret")}} {
		if c, err := gossh.Dial("tcp", s.Addr().String(), clientConfig(s, methods...)); err == nil {
			c.Close()
			t.Errorf("logged in with %v", methods)
		}
	}
}

// Attack: weak algorithms. Each old one is offered alone and must find no partner.
func TestWeakAlgorithmsFindNoPartner(t *testing.T) {
	s := serve(t, &desk{}, nil)
	weak := gossh.InsecureAlgorithms()
	var configs []gossh.Config
	for _, kex := range append(weak.KeyExchanges, gossh.KeyExchangeDH14SHA256) {
		configs = append(configs, gossh.Config{KeyExchanges: []string{kex}})
	}
	for _, c := range weak.Ciphers {
		configs = append(configs, gossh.Config{Ciphers: []string{c}})
	}
	for _, m := range append(weak.MACs, gossh.HMACSHA1, gossh.HMACSHA256) {
		configs = append(configs, gossh.Config{Ciphers: []string{gossh.CipherAES128CTR}, MACs: []string{m}})
	}
	for _, config := range configs {
		cc := clientConfig(s, gossh.PublicKeys(newKey(t)))
		cc.Config = config
		if c, err := gossh.Dial("tcp", s.Addr().String(), cc); err == nil {
			c.Close()
			t.Errorf("connected with %+v", config)
		}
	}
}
