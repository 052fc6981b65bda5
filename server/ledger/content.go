package ledger

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"
)

// What content may have, in bytes.
const (
	// MaxContent is the largest piece that is kept here, or fetched.
	MaxContent = 1 << 20
	// maxCopies bounds all that is kept for a vendor, and leastCopy what each piece counts at least.
	maxCopies, leastCopy = 64 << 20, 4 << 10
)

// readable are the media types of content that the library shows or hands out. None of them is a program.
var readable = []string{
	"text/plain", "text/markdown", "text/html", "application/pdf", "image/png", "image/jpeg", "image/gif", "image/webp",
}

// Readable reports whether content of a media type is kept and opened here. Parameters are not part of it.
func Readable(media string) bool {
	for _, known := range readable {
		if strings.EqualFold(media, known) {
			return true
		}
	}
	return false
}

// ReadableTypes returns the media types of content that is kept and opened here.
func ReadableTypes() []string { return append([]string(nil), readable...) }

// Copy is content that a vendor has left here, so that buyers open it without the vendor's site, also when that is gone
// (claim 25). It never changes: its name is the hash of its bytes. Which sales it belongs to follows from that: those
// of an offer version that names the hash.
type Copy struct {
	Vendor VendorID
	SHA256 [32]byte
	Type   string // media type, one of the readable ones
	Size   uint32 // bytes
	Kept   time.Time
	Whole  bool // all of its bytes are here; until then it counts, and opens nothing
}

// Name returns the hash in hexadecimal, as offers name it.
func (c Copy) Name() string { return hex.EncodeToString(c.SHA256[:]) }

// NewCopy returns the copy of some bytes for a vendor. It refuses with ErrInvalid nothing, too much, and a type that
// the library does not show.
func NewCopy(v VendorID, media string, content []byte, now time.Time) (Copy, error) {
	switch {
	case !Readable(media):
		return Copy{}, Invalid("Content-Type", "Send one of "+strings.Join(readable, ", ")+".",
			"Content of the type %q is not kept here.", CleanLine(media, 60))
	case len(content) == 0:
		return Copy{}, Invalid("body", "Send the content as the body.", "There is no content.")
	case len(content) > MaxContent:
		return Copy{}, Invalid("body", "Keep it on your own site.", "Content of more than 1 MiB is not kept here.")
	}
	return Copy{
		Vendor: v, SHA256: sha256.Sum256(content), Type: strings.ToLower(media), Size: uint32(len(content)), Kept: now,
	}, nil
}

// Counts is what a copy counts of what its vendor may have, in bytes.
func (c Copy) Counts() uint64 { return max(uint64(c.Size), leastCopy) }

// Keep counts a copy among what is kept for its vendor. It refuses with ErrLimit what is too much.
func (v Vendor) Keep(c Copy) (Vendor, error) {
	v.Kept += c.Counts()
	if v.Kept > maxCopies {
		return v, Refuse(ErrLimit, "Let the site serve it: it is fetched from there when a buyer opens it.",
			"All content that is kept for a vendor may have 64 MiB.")
	}
	return v, nil
}
