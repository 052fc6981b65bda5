package seal

import (
	"encoding/base64"
	"encoding/binary"
	"strconv"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"tuppence/server/ledger"
)

// A login id says which browser of which wallet comes back to the pages (claim 27). It is encrypted with a key that
// changes every ten minutes and is forgotten by all but who has the master secret: HKDF-SHA256 over the number of the
// ten minutes. It opens in those and in the next, whatever else it says. 86 letters: number of the ten minutes 4 bytes,
// nonce 24, user and browser 16, end 4, tag 16, as base64url (RFC 4648 section 5).
const (
	loginEpoch = 10 * time.Minute
	loginPlain = 20
	loginSize  = 4 + chacha20poly1305.NonceSizeX + loginPlain + chacha20poly1305.Overhead
)

// LoginLife is how long a login id opens at least.
const LoginLife = loginEpoch

// Login is what a login id says.
type Login struct {
	User    ledger.UserID
	Browser uint64
	Until   time.Time // not known to be in the wallet's hands after that
}

// loginEpochAt is the number of the ten minutes of an instant.
func loginEpochAt(at time.Time) uint32 { return uint32(at.Unix() / int64(loginEpoch/time.Second)) }

// loginKey is the key of ten minutes.
func (s *Sealer) loginKey(epoch uint32) []byte {
	return s.derive("login id/"+strconv.FormatUint(uint64(epoch), 10), chacha20poly1305.KeySize)
}

// LoginID seals a login for the pages at a URL, which are the only ones that open it.
func (s *Sealer) LoginID(l Login, pages string, at time.Time) (string, error) {
	epoch := loginEpochAt(at)
	box, err := chacha20poly1305.NewX(s.loginKey(epoch))
	if err != nil {
		return "", err
	}
	nonce, err := s.Random(box.NonceSize())
	if err != nil {
		return "", err
	}
	plain := binary.BigEndian.AppendUint64(make([]byte, 0, loginPlain), uint64(l.User))
	plain = binary.BigEndian.AppendUint64(plain, l.Browser)
	plain = binary.BigEndian.AppendUint32(plain, uint32(l.Until.Unix()))
	sealed := append(binary.BigEndian.AppendUint32(make([]byte, 0, loginSize), epoch), nonce...)
	return base64.RawURLEncoding.EncodeToString(box.Seal(sealed, nonce, plain, loginFor(pages, epoch))), nil
}

// loginFor binds a login id to its pages and its ten minutes.
func loginFor(pages string, epoch uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte("login id for "+pages+"\x00"), epoch)
}

// OpenLoginID reads a login id. It is false for one that was made elsewhere or changed, is older than its ten minutes
// and the next, or has come to its end.
func (s *Sealer) OpenLoginID(text, pages string, at time.Time) (l Login, ok bool) {
	if len(text) != base64.RawURLEncoding.EncodedLen(loginSize) { // the decoder would pass over line breaks
		return l, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != loginSize {
		return l, false
	}
	epoch, now := binary.BigEndian.Uint32(raw), loginEpochAt(at)
	if epoch != now && epoch+1 != now {
		return l, false
	}
	box, err := chacha20poly1305.NewX(s.loginKey(epoch))
	if err != nil {
		return l, false
	}
	nonce := raw[4 : 4+box.NonceSize()]
	plain, err := box.Open(nil, nonce, raw[4+box.NonceSize():], loginFor(pages, epoch))
	if err != nil || len(plain) != loginPlain {
		return l, false
	}
	l.User, l.Browser = ledger.UserID(binary.BigEndian.Uint64(plain)), binary.BigEndian.Uint64(plain[8:])
	l.Until = time.Unix(int64(binary.BigEndian.Uint32(plain[16:])), 0).UTC()
	return l, at.Before(l.Until)
}

// device is the purpose under which device ids are sealed.
const device = "device id"

// Device is what a browser keeps so that it is known again after its login id has ended. Secret is stored as its hash.
type Device struct {
	User    ledger.UserID
	Browser uint64
	Secret  [16]byte
}

// DeviceOf makes the device of a browser out of the page on which its person has said yes: nothing has to be kept
// between the yes and the moment when the browser comes for it.
func (s *Sealer) DeviceOf(u ledger.UserID, txn string, page [32]byte) Device {
	sum := s.mac(s.derive(device, 32), page[:], []byte(txn))
	return Device{
		User: u, Browser: binary.BigEndian.Uint64(sum) & ledger.MaxSequence, Secret: [16]byte(sum[8:24]),
	}
}

// DeviceID seals a device for a cookie.
func (s *Sealer) DeviceID(d Device) (string, error) {
	plain := binary.BigEndian.AppendUint64(nil, uint64(d.User))
	plain = append(binary.BigEndian.AppendUint64(plain, d.Browser), d.Secret[:]...)
	sealed, err := s.Seal(plain, device)
	return base64.RawURLEncoding.EncodeToString(sealed), err
}

// OpenDeviceID reads what DeviceID has written.
func (s *Sealer) OpenDeviceID(text string) (d Device, ok bool) {
	const most = 200
	if len(text) > most {
		return d, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil {
		return d, false
	}
	plain, err := s.Open(raw, device)
	if err != nil || len(plain) != 32 {
		return d, false
	}
	d.User, d.Browser = ledger.UserID(binary.BigEndian.Uint64(plain)), binary.BigEndian.Uint64(plain[8:])
	return Device{d.User, d.Browser, [16]byte(plain[16:])}, true
}

// Browser names a browser of a wallet.
func (s *Sealer) Browser(u ledger.UserID, number uint64) string {
	return s.owned(kindBrowser, uint64(u), number)
}

// OpenBrowser reads a brw_ name.
func (s *Sealer) OpenBrowser(name string) (ledger.UserID, uint64, error) {
	u, n, err := s.openOwned(kindBrowser, name)
	return ledger.UserID(u), n, err
}
