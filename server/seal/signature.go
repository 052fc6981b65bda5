package seal

import (
	"bytes"
	"errors"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// ErrSignature says that a text is not signed as it should be. It tells no more.
var ErrSignature = errors.New("seal: not a good signature of this text")

// SignatureMark begins a signature in its armor.
const SignatureMark = "-----BEGIN SSH SIGNATURE-----"

// SignedBy returns the fingerprint of the key that has signed a text (`ssh-keygen -Y sign -n NAMESPACE`). Only SHA-512
// counts, and only the namespace: what was signed for another use or another service is not signed for this one.
func SignedBy(text, armored []byte, namespace string) (fingerprint string, err error) {
	sig, err := sshsig.Unarmor(armored)
	if err != nil || sig.PublicKey == nil {
		return "", ErrSignature
	}
	if sig.Namespace != namespace || sig.HashAlgorithm != sshsig.HashSHA512 {
		return "", ErrSignature
	}
	if sshsig.Verify(bytes.NewReader(text), sig, sig.PublicKey, sshsig.HashSHA512, namespace) != nil {
		return "", ErrSignature
	}
	return ssh.FingerprintSHA256(sig.PublicKey), nil
}
