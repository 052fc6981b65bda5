package seal

import (
	"encoding/base64"
	"strconv"

	"tuppence/server/ledger"
)

// ListenSecret is the secret that signs what a key hears of the events of its vendor, in the form of Standard Webhooks.
// One key has one for one vendor, so that it stands in the settings of a server that is being written and stays there.
func (s *Sealer) ListenSecret(v ledger.VendorID, fingerprint string) string {
	sum := s.mac(
		s.derive("listen secret", 32), []byte(strconv.FormatUint(uint64(v), 10)), []byte{0}, []byte(fingerprint),
	)
	return "whsec_" + base64.StdEncoding.EncodeToString(sum[:24])
}
