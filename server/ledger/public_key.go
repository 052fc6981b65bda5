package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"strings"
)

const (
	fingerprintPrefix = "SHA256:"
	maxPublicKey      = 16 << 10 // bytes of a pasted key; an RSA key of 16,384 bits has 2,900
	maxKeyComment     = 60       // cells
)

// ParsePublicKey reads an SSH public key as it is pasted or lies in a file: a line of authorized_keys without options,
// or the fingerprint that ssh-keygen -l prints. It returns the fingerprint (SHA256: and 43 characters, RFC 4648 without
// padding) and the cleaned comment. Other texts are refused as Invalid. Whether a key may log in is decided at log-in.
func ParsePublicKey(text string) (fingerprint, comment string, err error) {
	bad := Invalid("key", "Paste a line of an id_ed25519.pub file, or the fingerprint that ssh-keygen -l prints.",
		"This is neither a public key nor a fingerprint.")
	fields := strings.Fields(text)
	switch {
	case len(text) > maxPublicKey || len(fields) == 0:
		return "", "", bad
	case strings.HasPrefix(fields[0], fingerprintPrefix):
		sum, err := base64.RawStdEncoding.DecodeString(strings.TrimPrefix(fields[0], fingerprintPrefix))
		if err != nil || len(sum) != sha256.Size {
			return "", "", bad
		}
		return fields[0], CleanLine(strings.Join(fields[1:], " "), maxKeyComment), nil
	case len(fields) < 2:
		return "", "", bad
	}
	// RFC 4253, 6.6: the blob begins with the name of its type.
	blob, err := base64.StdEncoding.DecodeString(fields[1])
	if err != nil || len(blob) < 4 {
		return "", "", bad
	}
	n := binary.BigEndian.Uint32(blob)
	if uint64(n) > uint64(len(blob)-4) || string(blob[4:4+n]) != fields[0] {
		return "", "", bad
	}
	sum := sha256.Sum256(blob)
	fingerprint = fingerprintPrefix + base64.RawStdEncoding.EncodeToString(sum[:])
	return fingerprint, CleanLine(strings.Join(fields[2:], " "), maxKeyComment), nil
}
