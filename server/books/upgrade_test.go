package books

import (
	"bytes"
	"fmt"
	"testing"
)

// Books that lack nothing but a field which came later are claimed without a look at their rows; an upgrade that was
// stopped before goes on where it was.
func TestUpgradeWithinAGeneration(t *testing.T) {
	before := fmt.Sprintf("books %d.%d", generation, len(fieldNumbers())-1)
	place := key(tWallet)
	for name, stopped := range map[string]bool{"whole": false, "stopped": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.do(func(tx Tx) error {
				if err := tx.PutMeta(FormatName, []byte(before)); err != nil || !stopped {
					return err
				}
				return tx.PutMeta(upgradeName, place)
			})
			looked := false
			o := UpgradeOptions{Batch: 1, Progress: func(_, _ uint64) {
				looked = true
				w.see(func(r Reader) error {
					at, more, err := r.Meta(upgradeName)
					if more && bytes.Compare(at, place) <= 0 {
						t.Errorf("it began once more: it is at %s", keyName(at))
					}
					return err
				})
			}}
			if err := Upgrade(t.Context(), w.kv, o); err != nil {
				t.Fatal(err)
			}
			if looked != stopped {
				t.Errorf("looked at rows: %v, want %v", looked, stopped)
			}
			w.see(func(r Reader) error {
				had, _, err := r.Meta(FormatName)
				if string(had) != Format {
					t.Errorf("the format is %q, want %q", had, Format)
				}
				if _, left, _ := r.Meta(upgradeName); left {
					t.Error("the upgrade has not ended")
				}
				return err
			})
		})
	}
}
