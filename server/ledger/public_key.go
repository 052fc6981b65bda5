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
	fingerprint, comment, _, err = parseKey(text)
	return fingerprint, comment, err
}

// ParseAgentKey reads the line of an id_ed25519.pub file: the key by which a program pays. Its signatures are checked
// with it, so a fingerprint is not enough, and other kinds of keys are refused as Invalid: what they sign is something
// else.
func ParseAgentKey(text string) (fingerprint, comment string, public [32]byte, err error) {
	const kind = "ssh-ed25519"
	fingerprint, comment, blob, err := parseKey(text)
	if err != nil {
		return "", "", public, err
	}
	only := func(what string) error {
		return Invalid("key", "Make one for the program alone: ssh-keygen -t ed25519, and paste the line of its .pub file.",
			"%s, and a program signs with ssh-ed25519 keys only.", what)
	}
	if blob == nil {
		return "", "", public, only("A fingerprint is not enough: the key itself checks signatures")
	}
	n := binary.BigEndian.Uint32(blob)
	if word := string(blob[4 : 4+n]); word != kind {
		return "", "", public, only("This is a key of the kind " + CleanLine(word, maxKeyComment))
	}
	// RFC 8709, 4: the name of the kind, then a string of 32 bytes.
	rest := blob[4+n:]
	if len(rest) != 4+len(public) || binary.BigEndian.Uint32(rest) != uint32(len(public)) {
		return "", "", public, only("This key is cut")
	}
	copy(public[:], rest[4:])
	return fingerprint, comment, public, nil
}

// parseKey is the one parser of keys. blob is nil for a fingerprint.
func parseKey(text string) (fingerprint, comment string, blob []byte, err error) {
	bad := Invalid("key", "Paste a line of an id_ed25519.pub file, or the fingerprint that ssh-keygen -l prints.",
		"This is neither a public key nor a fingerprint.")
	fields := strings.Fields(text)
	switch {
	case len(text) > maxPublicKey || len(fields) == 0:
		return "", "", nil, bad
	case strings.HasPrefix(fields[0], fingerprintPrefix):
		sum, err := base64.RawStdEncoding.DecodeString(strings.TrimPrefix(fields[0], fingerprintPrefix))
		if err != nil || len(sum) != sha256.Size {
			return "", "", nil, bad
		}
		return fields[0], CleanLine(strings.Join(fields[1:], " "), maxKeyComment), nil, nil
	case len(fields) < 2:
		return "", "", nil, bad
	}
	// RFC 4253, 6.6: the blob begins with the name of its type.
	blob, err = base64.StdEncoding.DecodeString(fields[1])
	if err != nil || len(blob) < 4 {
		return "", "", nil, bad
	}
	n := binary.BigEndian.Uint32(blob)
	if uint64(n) > uint64(len(blob)-4) || string(blob[4:4+n]) != fields[0] {
		return "", "", nil, bad
	}
	sum := sha256.Sum256(blob)
	fingerprint = fingerprintPrefix + base64.RawStdEncoding.EncodeToString(sum[:])
	return fingerprint, CleanLine(strings.Join(fields[2:], " "), maxKeyComment), blob, nil
}
