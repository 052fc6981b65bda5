package books

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"

	"tuppence/server/ledger"
	"tuppence/store"
)

// contentPart is how many bytes of content one row has: a transaction takes two of them, beside what else it writes.
const contentPart = 256 << 10

// PartsAtOnce is how many parts of content one transaction may write.
const PartsAtOnce = 2

// copyRow is what a vendor has left for its buyers; its bytes are in parts.
type copyRow struct {
	Vendor ledger.VendorID `cbor:"1,keyasint,omitempty" since:"2"`
	SHA256 [32]byte        `cbor:"2,keyasint,omitzero" since:"2"`
	Type   string          `cbor:"3,keyasint,omitempty" since:"2"`
	Size   uint32          `cbor:"4,keyasint,omitempty" since:"2"`
	Kept   instant         `cbor:"5,keyasint,omitempty" since:"2"`
	Whole  bool            `cbor:"6,keyasint,omitempty" since:"2"`
}

var copies = codec[ledger.Copy, copyRow]{
	pack: func(c ledger.Copy) copyRow {
		return copyRow{
			Vendor: c.Vendor, SHA256: c.SHA256, Type: c.Type, Size: c.Size, Kept: pack(c.Kept), Whole: c.Whole,
		}
	},
	unpack: func(r copyRow) ledger.Copy {
		return ledger.Copy{
			Vendor: r.Vendor, SHA256: r.SHA256, Type: r.Type, Size: r.Size, Kept: r.Kept.time(), Whole: r.Whole,
		}
	},
}

func copyKey(v ledger.VendorID, sum [32]byte) []byte { return key(tCopy, v, sum) }

func partKey(v ledger.VendorID, sum [32]byte, part int) []byte {
	return key(tCopyPart, v, sum, uint32(part))
}

// ContentParts divides content into the parts of which each is one row.
func ContentParts(content []byte) (parts [][]byte) {
	for len(content) > contentPart {
		parts, content = append(parts, content[:contentPart]), content[contentPart:]
	}
	return append(parts, content)
}

// Copy reads what is kept of content, by the hash of its bytes.
func (r Reader) Copy(v ledger.VendorID, sum [32]byte) (ledger.Copy, bool, error) {
	return load(r, copyKey(v, sum), copies)
}

// CopyBytes reads the bytes of a copy. It returns [store.ErrDamaged] for bytes that are not those of its hash.
func (r Reader) CopyBytes(c ledger.Copy) ([]byte, error) {
	all := make([]byte, 0, c.Size)
	for part := 0; len(all) < int(c.Size); part++ {
		b, found, err := load(r, partKey(c.Vendor, c.SHA256, part), blobs)
		if err != nil {
			return nil, err
		}
		if !found || len(b) == 0 {
			break
		}
		all = append(all, b...)
	}
	if sum := sha256.Sum256(all); sum != c.SHA256 {
		return nil, damaged(copyKey(c.Vendor, c.SHA256), fmt.Errorf("%d bytes of content have another hash", len(all)))
	}
	return all, nil
}

// PutCopyPart writes a part of content, counted from 0.
func (t Tx) PutCopyPart(v ledger.VendorID, sum [32]byte, part int, b []byte) error {
	k := partKey(v, sum, part)
	if _, found, err := t.get(k); err != nil || found { // its hash is its name: it is the same
		return err
	}
	return put(t, k, blobs, b)
}

// PutCopy writes what is kept. It comes before its parts, so that each is counted, and is whole behind the last one.
func (t Tx) PutCopy(c ledger.Copy) error { return put(t, copyKey(c.Vendor, c.SHA256), copies, c) }

// copyRows holds what is kept against its hash, and adds up what is kept for each vendor: vendorRows compares.
func (a *auditor) copyRows(ctx context.Context) error {
	at := func(c ledger.Copy) []byte { return copyKey(c.Vendor, c.SHA256) }
	return rows(ctx, a, tCopy, copies, at, func(_ []byte, c ledger.Copy) error {
		a.copied[c.Vendor] += c.Counts()
		if !c.Whole { // a stop has left it, or its vendor
			return nil
		}
		_, err := a.r.CopyBytes(c)
		if errors.Is(err, store.ErrDamaged) {
			a.find(rowsEqual, "content %s of vendor %d is not what was left", c.Name(), c.Vendor)
			err = nil
		}
		return err
	})
}

// sumOf reads a hash in hexadecimal, as offers name content.
func sumOf(hexadecimal string) (sum [32]byte, ok bool) {
	b, err := hex.DecodeString(hexadecimal)
	return sum, err == nil && len(b) == len(sum) && copy(sum[:], b) == len(sum)
}

// CopyFor finds the content that is kept for an offer version.
func (r Reader) CopyFor(id ledger.OfferID, version uint32) (c ledger.Copy, found bool, err error) {
	if version == 0 { // an inline offer
		return c, false, nil
	}
	o, found, err := r.Offer(id, version)
	if err != nil || !found {
		return c, false, err
	}
	return r.CopyNamed(id.Vendor, o.SHA256)
}

// CopyNamed finds content of a vendor that is whole, by the hash in hexadecimal that offers name it by.
func (r Reader) CopyNamed(v ledger.VendorID, hash string) (c ledger.Copy, found bool, err error) {
	sum, ok := sumOf(hash)
	if !ok {
		return c, false, nil
	}
	c, found, err = r.Copy(v, sum)
	return c, found && c.Whole, err
}
