package books

import (
	"bytes"

	"tuppence/server/ledger"
	"tuppence/store"
)

// content is what the vendor of a world has left for its buyers, in two parts.
func content() []byte { return bytes.Repeat([]byte("ice "), contentPart/3) }

// leavesContent has the vendor leave content.
func (w *world) leavesContent() ledger.Copy {
	w.t.Helper()
	b := content()
	c, err := ledger.NewCopy(w.vendor, "text/plain", b, w.now)
	w.ok(err)
	w.ok(w.try(func(tx Tx) error {
		for i, part := range ContentParts(b) {
			if err := tx.PutCopyPart(w.vendor, c.SHA256, i, part); err != nil {
				return err
			}
		}
		v, _, err := tx.Vendor(w.vendor)
		if err != nil {
			return err
		}
		if v, err = v.Keep(c); err != nil {
			return err
		}
		c.Whole = true
		return first(tx.PutVendor(v), tx.PutCopy(c))
	}))
	return c
}

// contentFaults are those of content that vendors have left.
func contentFaults() []fault {
	row := func(l *busyWorld) []byte { return copyKey(l.copied.Vendor, l.copied.SHA256) }
	part := func(l *busyWorld) []byte { return partKey(l.copied.Vendor, l.copied.SHA256, 1) }
	return []fault{
		{"content without its end", rowsEqual, "is not what was left", without(part)},
		{"content with another end", rowsEqual, "is not what was left", inRow(part, blobs,
			func(_ *busyWorld, b *[]byte) { *b = []byte("other") })},
		{"content that is not counted", rowsEqual, "bytes of content here", without(row)},
		{"content of no vendor", rowsEqual, "which is not there", func(_ *busyWorld, tx store.Tx) error {
			return Write(tx).PutCopy(ledger.Copy{Vendor: 99, Size: 1})
		}},
	}
}
