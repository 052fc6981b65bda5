package ssh

import (
	"crypto/rsa"
	"fmt"
	"math/big"

	cssh "github.com/charmbracelet/ssh"
	gossh "golang.org/x/crypto/ssh"
)

// maxKeyBytes bounds a public key as it is sent: an RSA key of 8,192 bits has 1,060. The name of the application in a
// key of a security token has no bound of its own.
const maxKeyBytes = 4096

// checkWeight says why a key costs more to compute with than a log-in may, nil if it does not.
func checkWeight(key gossh.PublicKey, most int) error {
	if n := len(key.Marshal()); n > maxKeyBytes {
		return fmt.Errorf("that key has %d bytes, at most %d are read", n, maxKeyBytes)
	}
	if key.Type() == "ssh-dss" {
		return fmt.Errorf("DSA keys are not used here")
	}
	outer, ok := key.(gossh.CryptoPublicKey)
	if !ok {
		return nil
	}
	if k, ok := outer.CryptoPublicKey().(*rsa.PublicKey); ok {
		if n := k.N.BitLen(); n > most {
			return fmt.Errorf("that RSA key has %d bits, at most %d are used", n, most)
		}
		if k.E > maxExponent {
			return fmt.Errorf("that RSA key has the exponent %d, at most %d is used", k.E, maxExponent)
		}
	}
	return nil
}

// maxExponent of an RSA key: the one that every program makes (F4). The cost of a signature grows with its bits.
const maxExponent = 65537

// heavyKeys is what one connection has offered. The library verifies the signature of a key also where it was refused,
// so a refused key is emptied: its verification fails before any arithmetic. The library remembers its refusal and does
// not show the same key again; so a client that sends such a key once more is cut off.
type heavyKeys struct {
	refused bool // a heavy key was shown
	shown   bool // the present attempt was shown to offerKey
}

type heavyKey struct{} // *heavyKeys in the context of a connection

func heavyOf(ctx cssh.Context) *heavyKeys {
	h, ok := ctx.Value(heavyKey{}).(*heavyKeys)
	if !ok {
		h = &heavyKeys{}
		ctx.SetValue(heavyKey{}, h)
	}
	return h
}

// weighed is the key that a signature would be verified with.
func weighed(key gossh.PublicKey) gossh.PublicKey {
	if cert, ok := key.(*gossh.Certificate); ok {
		return cert.Key
	}
	return key
}

// refuse empties a heavy key, so that nothing can be computed with it.
func (h *heavyKeys) refuse(key gossh.PublicKey) {
	h.refused = true
	if outer, ok := weighed(key).(gossh.CryptoPublicKey); ok {
		if k, ok := outer.CryptoPublicKey().(*rsa.PublicKey); ok {
			k.N, k.E = new(big.Int), 0
		}
	}
}

// failed is told of each attempt that failed, and returns whether the client is to be cut off.
func (h *heavyKeys) failed(method string) (cutOff bool) {
	cutOff = method == "publickey" && h.refused && !h.shown
	h.shown = false
	return cutOff
}
