package ssh

import (
	"crypto/rsa"
	"fmt"
	"strings"

	cssh "github.com/charmbracelet/ssh"
	gossh "golang.org/x/crypto/ssh"

	"tuppence/server/ledger"
	"tuppence/server/view"
	"tuppence/tui/command"
)

// keyAlgorithms are the signatures that log a client in: no SHA-1, no DSA. Certificates are refused in checkKey, since
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

type verifiedKey struct{} // gossh.PublicKey in ExtraData of the permissions

// config makes the settings of one connection. The library adds the host key and the two handlers below.
func (s *Server) config(ctx cssh.Context) *gossh.ServerConfig {
	c, _ := ctx.Value(connKey{}).(*conn)
	heavy := heavyOf(ctx)
	return &gossh.ServerConfig{
		AuthLogCallback: func(_ gossh.ConnMetadata, method string, err error) {
			if err != nil && heavy.failed(method) && c != nil {
				c.Close()
			}
		},
		Config:                  transport,
		PublicKeyAuthAlgorithms: keyAlgorithms,
		MaxAuthTries:            s.limits.AuthTries,
		// Runs after the signature was verified, and only then: the one place where an identity is made.
		VerifiedPublicKeyCallback: func(
			_ gossh.ConnMetadata, key gossh.PublicKey, p *gossh.Permissions, _ string,
		) (*gossh.Permissions, error) {
			if c != nil {
				c.authenticate(gossh.FingerprintSHA256(key))
			}
			s.observe(Event{Kind: EventLogin})
			return &gossh.Permissions{Extensions: p.Extensions, ExtraData: map[any]any{verifiedKey{}: key}}, nil
		},
	}
}

// offerKey decides about a key before the client has proven to own it. It may refuse; it must not record an identity.
func (s *Server) offerKey(ctx cssh.Context, key cssh.PublicKey) bool {
	heavy := heavyOf(ctx)
	heavy.shown = true
	err := checkWeight(weighed(key), s.limits.RSABitsMost)
	if err != nil {
		heavy.refuse(key)
	} else {
		err = checkKey(key, s.limits.RSABits)
	}
	if c, ok := ctx.Value(connKey{}).(*conn); ok && err != nil {
		c.keyRefused(err.Error())
	}
	return err == nil
}

// offerNoKey lets a client in that has no key, so that it can be told how to make one. The permissions of such a
// connection carry no key, so identify stops it.
func (s *Server) offerNoKey(_ cssh.Context, challenge gossh.KeyboardInteractiveChallenge) bool {
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

// identify finds the caller of a session: the key whose signature was verified (RFC 4252 section 7). Without one the
// client reads how to make one, and nothing behind this middleware is reached.
func (s *Server) identify(next cssh.Handler) cssh.Handler {
	return func(sess cssh.Session) {
		if s.identified(sess) {
			next(sess)
		}
	}
}

func (s *Server) identified(sess cssh.Session) bool {
	v := sessionOf(sess)
	var key gossh.PublicKey
	if p := sess.Permissions().Permissions; p != nil {
		key, _ = p.ExtraData[verifiedKey{}].(gossh.PublicKey)
	}
	library := sess.PublicKey()
	if key == nil && library == nil {
		v.say(sess, s.howToMakeAKey(v.conn.refusedKey()))
		v.outcome = outcome{EventNoKey, command.ExitNotAllowed, ""}
		return false
	}
	// Two independent ways must give the same key. If they do not, the session is not served.
	if key == nil || library == nil || gossh.FingerprintSHA256(key) != gossh.FingerprintSHA256(library) {
		s.log.Error("ssh: the session's key is not the verified one")
		v.outcome = outcome{EventRefused, command.ExitInternal, "key"}
		return false
	}
	v.who = view.Caller{
		Fingerprint: gossh.FingerprintSHA256(key),
		Key:         strings.TrimSpace(string(gossh.MarshalAuthorizedKey(key))),
		Remote:      v.conn.RemoteAddr().String(),
		Seat:        v.s.seats.Add(1),
	}
	return true
}

// howToMakeAKey is what a client without a usable key reads; refused is why the key that it showed cannot be used.
func (s *Server) howToMakeAKey(refused string) string {
	first := "The key is the account here, and this connection showed none."
	if refused != "" {
		first = "The key that was shown cannot be used: " + refused + "."
	}
	return first + "\nThese two lines make one and come back:\n\n  ssh-keygen -t ed25519\n  ssh " + s.host + "\n"
}
