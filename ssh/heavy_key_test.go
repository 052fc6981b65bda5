package ssh

import (
	"crypto/rsa"
	"encoding/binary"
	"io"
	"math/big"
	"strings"
	"testing"

	gossh "golang.org/x/crypto/ssh"
)

// rsaKey is a public key with a modulus of so many bits that nobody has the private half of.
func rsaKey(t *testing.T, bits, exponent int) gossh.PublicKey {
	t.Helper()
	n := new(big.Int).SetBit(new(big.Int), bits-1, 1)
	key, err := gossh.NewPublicKey(&rsa.PublicKey{N: n.SetBit(n, 0, 1), E: exponent})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// tokenKey is a key of a security token for an application with a name of so many bytes.
func tokenKey(t *testing.T, name int) gossh.PublicKey {
	t.Helper()
	var blob []byte
	for _, part := range []string{gossh.KeyAlgoSKED25519, strings.Repeat("k", 32), strings.Repeat("a", name)} {
		blob = append(binary.BigEndian.AppendUint32(blob, uint32(len(part))), part...)
	}
	key, err := gossh.ParsePublicKey(blob)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// What a key may weigh: nothing is computed with one that is refused.
func TestWeightOfKeys(t *testing.T) {
	most := DefaultLimits().RSABitsMost
	for name, c := range map[string]struct {
		key  gossh.PublicKey
		want string // "": light enough
	}{
		"ed25519":             {newKey(t).PublicKey(), ""},
		"RSA 4096":            {rsaKey(t, 4096, 65537), ""},
		"RSA 8192":            {rsaKey(t, 8192, 65537), ""},
		"RSA, a bit more":     {rsaKey(t, 8193, 65537), "at most 8192"},
		"RSA 16384":           {rsaKey(t, 16384, 65537), "at most 8192"},
		"RSA, large exponent": {rsaKey(t, 4096, 1<<24-1), "exponent"},
		"token":               {tokenKey(t, 20), ""},
		"token, long name":    {tokenKey(t, 100_000), "bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			err := checkWeight(c.key, most)
			if got := err == nil; got != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// The library verifies the signature of a refused key too. An emptied one fails before it is computed with, also under
// a certificate.
func TestRefusedKeyIsEmptied(t *testing.T) {
	for _, cert := range []bool{false, true} {
		key := rsaKey(t, 16384, 65537)
		offered := key
		if cert {
			offered = &gossh.Certificate{Key: key}
		}
		var h heavyKeys
		h.refuse(offered)
		if n := key.(gossh.CryptoPublicKey).CryptoPublicKey().(*rsa.PublicKey).N.BitLen(); n != 0 {
			t.Errorf("certificate %v: %d bits are left", cert, n)
		}
		if err := key.Verify([]byte("x"), &gossh.Signature{Format: gossh.KeyAlgoRSASHA256, Blob: []byte{1}}); err == nil {
			t.Error("an empty key verifies")
		}
	}
}

// rsaImpostor is an impostor that shows an RSA key: those are offered under the name of a signature.
type rsaImpostor struct{ impostor }

func (rsaImpostor) Algorithms() []string { return []string{gossh.KeyAlgoRSASHA256} }

func (i rsaImpostor) SignWithAlgorithm(r io.Reader, data []byte, _ string) (*gossh.Signature, error) {
	return i.Sign(r, data)
}

// Through the door: a client with too large a key reads why, and one that sends it again is cut off.
func TestHeavyKeyIsToldAndCutOff(t *testing.T) {
	s := serve(t, &desk{}, nil)
	heavy := rsaImpostor{impostor{newKey(t), rsaKey(t, 16384, 65537), true}}
	if c, err := gossh.Dial("tcp", s.Addr().String(), clientConfig(s, gossh.PublicKeys(heavy))); err == nil {
		c.Close()
		t.Fatal("a key of 16,384 bits logged in")
	}
	told := clientConfig(s, gossh.PublicKeys(heavy), gossh.KeyboardInteractive(noAnswers))
	c, err := gossh.Dial("tcp", s.Addr().String(), told)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	out, errs, _ := run(t, c, "whoami")
	if !strings.Contains(out+errs, "16384 bits, at most 8192") {
		t.Errorf("told %q %q", out, errs)
	}

	var h heavyKeys
	h.shown = true
	h.refuse(rsaKey(t, 16384, 65537))
	for i, cut := range []bool{false, true} { // shown, then hidden by the library's memory
		if got := h.failed("publickey"); got != cut {
			t.Errorf("attempt %d: cut off %v, want %v", i+1, got, cut)
		}
	}
	if h.failed("keyboard-interactive") {
		t.Error("a client that goes on without a key is cut off")
	}
}
