package seal

import (
	"encoding/base64"
	"encoding/binary"

	"tuppence/server/ledger"
)

// OriginProof is the token by which a site says that it is a vendor's. It follows from both, so it is stored nowhere,
// and proves nothing for another vendor.
func (s *Sealer) OriginProof(v ledger.VendorID, origin string) string {
	sum := s.mac(s.derive("origin proof", 32), binary.BigEndian.AppendUint64(nil, uint64(v)), []byte(origin))
	return "tuppence-verify=" + base64.RawURLEncoding.EncodeToString(sum[:18])
}
