package ssh

import (
	"crypto/rsa"
	"fmt"
	"strings"

	"tuppence/server/ledger"

	cssh "github.com/charmbracelet/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// keyAlgorithms are the signatures that log somebody in: no SHA-1, no DSA. Certificates are refused in checkKey, since
// the list names only what lies under them.
var keyAlgorithms = []string{
	gossh.KeyAlgoED25519, gossh.KeyAlgoSKED25519,
	gossh.KeyAlgoECDSA256, gossh.KeyAlgoECDSA384, gossh.KeyAlgoECDSA521, gossh.KeyAlgoSKECDSA256,
	gossh.KeyAlgoRSASHA512, gossh.KeyAlgoRSASHA256,
}

// transport lists what the connection may be made of. Post-quantum first, no SHA-1, no CBC, MACs only as
// encrypt-then-MAC; the library adds strict key exchange by itself (CVE-2023-48795).
var transport = gossh.Config{
	KeyExchanges: []string{
		gossh.KeyExchangeMLKEM768X25519, gossh.KeyExchangeCurve25519, "curve25519-sha256@libssh.org",
		gossh.KeyExchangeECDHP256, gossh.KeyExchangeECDHP384, gossh.KeyExchangeECDHP521,
	},
	Ciphers: []string{
		gossh.CipherChaCha20Poly1305, gossh.CipherAES256GCM, gossh.CipherAES128GCM,
		gossh.CipherAES256CTR, gossh.CipherAES128CTR,
	},
	MACs: []string{gossh.HMACSHA256ETM, gossh.HMACSHA512ETM},
}

type (
	connKey     struct{} // *conn in the context of a connection
	verifiedKey struct{} // gossh.PublicKey in ExtraData of the permissions
)

// config makes the settings of one connection. The library adds the host key and the two handlers below.
func (s *Server) config(ctx cssh.Context) *gossh.ServerConfig {
	c, _ := ctx.Value(connKey{}).(*conn)
	return &gossh.ServerConfig{
		Config:                  transport,
		PublicKeyAuthAlgorithms: keyAlgorithms,
		MaxAuthTries:            s.limits.AuthTries,
		// Runs after the signature was verified, and only then: the one place where an identity is made.
		VerifiedPublicKeyCallback: func(_ gossh.ConnMetadata, key gossh.PublicKey, p *gossh.Permissions, _ string) (*gossh.Permissions, error) {
			if c != nil {
				c.authenticated()
			}
			s.observe(Event{Kind: EventLogin})
			return &gossh.Permissions{Extensions: p.Extensions, ExtraData: map[any]any{verifiedKey{}: key}}, nil
		},
	}
}

// offered decides about a key before its owner proved to own it. It may refuse; it must not record who it is.
func (s *Server) offered(ctx cssh.Context, key cssh.PublicKey) bool {
	err := checkKey(key, s.limits.RSABits)
	if c, ok := ctx.Value(connKey{}).(*conn); ok && err != nil {
		c.keyRefused(err.Error())
	}
	return err == nil
}

// letVisitor lets somebody in who has no key, to be told how to make one (visitor.go). The permissions of such a
// connection carry no key, so nothing else is open to it.
func (s *Server) letVisitor(_ cssh.Context, challenge gossh.KeyboardInteractiveChallenge) bool {
	_, err := challenge("", "", nil, nil)
	return err == nil
}

// checkKey says why a key cannot be an account here, nil if it can.
func checkKey(key gossh.PublicKey, rsaBits int) error {
	if _, ok := key.(*gossh.Certificate); ok {
		return fmt.Errorf("certificates are not used here, only plain keys")
	}
	outer, ok := key.(gossh.CryptoPublicKey)
	if !ok {
		return fmt.Errorf("keys of type %s are not used here", ledger.CleanText(key.Type(), 40))
	}
	if k, ok := outer.CryptoPublicKey().(*rsa.PublicKey); ok && k.N.BitLen() < rsaBits {
		return fmt.Errorf("that RSA key has %d bits, at least %d are needed", k.N.BitLen(), rsaBits)
	}
	return nil
}

// callerOf is the identity of a connection; ok is false for a visitor.
func callerOf(sc *gossh.ServerConn, remote string) (who ledger.Caller, ok bool) {
	if sc.Permissions == nil {
		return ledger.Caller{}, false
	}
	key, ok := sc.Permissions.ExtraData[verifiedKey{}].(gossh.PublicKey)
	if !ok {
		return ledger.Caller{}, false
	}
	return ledger.Caller{
		Fingerprint: gossh.FingerprintSHA256(key),
		Key:         strings.TrimSpace(string(gossh.MarshalAuthorizedKey(key))),
		Remote:      remote,
	}, true
}
