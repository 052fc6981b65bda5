package books

import (
	"context"
	"errors"
	"time"

	"tuppence/server/ledger"
)

// ErrRestores says that books have as many restores behind them as names have room for.
var ErrRestores = errors.New("books: too many restores")

// Generations reads the generations of the books, oldest first: one for each restore.
func (r Reader) Generations() ([]ledger.Generation, error) {
	return scan(r, key(tGeneration), after(key(tGeneration)), false, 0, generations.decode)
}

// Generation reads the generation in which numbers are given now; the zero one is that of books which were never
// restored.
func (r Reader) Generation() (g ledger.Generation, err error) {
	all, err := scan(r, key(tGeneration), after(key(tGeneration)), true, 1, generations.decode)
	if err == nil && len(all) > 0 {
		g = all[0]
	}
	return g, err
}

// BeginGeneration begins the generation of books that were just restored, with an entry that says so. Names that are
// given from then on are not those of the branch which the restore leaves behind. It returns ErrRestores when there
// have been [ledger.MaxGenerations]. Books without an entry have given no name and begin none.
func (t Tx) BeginGeneration(tag [16]byte, at time.Time) (g ledger.Generation, err error) {
	last, err := t.Generation()
	if err != nil {
		return g, err
	}
	if last.No >= ledger.MaxGenerations {
		return g, ErrRestores
	}
	head, _, err := t.Head()
	if err != nil || head == 0 {
		return g, err
	}
	user, _, err := load(t.Reader, key(tCounter, "user"), counts)
	if err != nil {
		return g, err
	}
	vendor, _, err := load(t.Reader, key(tCounter, "vendor"), counts)
	if err != nil {
		return g, err
	}
	g = ledger.Generation{
		No: last.No + 1, Tag: tag, Entry: following(head), User: ledger.UserID(following(user)),
		Vendor: ledger.VendorID(following(vendor)), At: at.UTC().Truncate(time.Microsecond),
	}
	_, err = t.Append(ledger.Entry{
		At: g.At, Kind: ledger.KindRestored, Actor: ledger.Actor{Role: ledger.RoleSystem}, Change: g.Change(),
	})
	if err != nil {
		return g, err
	}
	return g, put(t, generationKey(g), generations, g)
}

// generationKey: in the order in which they began.
func generationKey(g ledger.Generation) []byte { return key(tGeneration, uint64(g.No)) }

// generationRow is written once, by a restore.
type generationRow struct {
	No     uint16          `cbor:"1,keyasint,omitempty"`
	Tag    [16]byte        `cbor:"2,keyasint,omitzero"`
	Entry  ledger.EntryNo  `cbor:"3,keyasint,omitempty"`
	User   ledger.UserID   `cbor:"4,keyasint,omitempty"`
	Vendor ledger.VendorID `cbor:"5,keyasint,omitempty"`
	At     instant         `cbor:"6,keyasint,omitempty"`
}

var generations = codec[ledger.Generation, generationRow]{
	pack: func(g ledger.Generation) generationRow {
		return generationRow{
			No: g.No, Tag: g.Tag, Entry: g.Entry, User: g.User, Vendor: g.Vendor, At: pack(g.At),
		}
	},
	unpack: func(r generationRow) ledger.Generation {
		return ledger.Generation{
			No: r.No, Tag: r.Tag, Entry: r.Entry, User: r.User, Vendor: r.Vendor, At: r.At.time(),
		}
	},
}

// generationRows checks that each restore that the journal tells of has its generation, and no other is there: a wrong
// one would give the names of a lost branch to others.
func (a *auditor) generationRows(ctx context.Context) error {
	err := rows(ctx, a, tGeneration, generations, generationKey, func(_ []byte, g ledger.Generation) error {
		if a.restores[g.Entry] != *g.Change() {
			a.find(rowsEqual, "generation %d is not what entry %d says", g.No, g.Entry)
		}
		delete(a.restores, g.Entry)
		return nil
	})
	for no := range a.restores {
		a.find(rowsEqual, "entry %d tells of a restore whose generation is not there", no)
	}
	return err
}
