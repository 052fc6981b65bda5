package books

import (
	"context"

	"tuppence/server/ledger"
)

// vendorMemberRow is a place in the team of a vendor. A code is kept as a hash.
type vendorMemberRow struct {
	Vendor      ledger.VendorID `cbor:"1,keyasint,omitempty" since:"2"`
	No          ledger.EntryNo  `cbor:"2,keyasint,omitempty" since:"2"`
	Role        ledger.TeamRole `cbor:"3,keyasint,omitempty" since:"2"`
	By          string          `cbor:"4,keyasint,omitempty" since:"2"`
	Made        instant         `cbor:"5,keyasint,omitempty" since:"2"`
	Hash        [32]byte        `cbor:"6,keyasint,omitzero" since:"2"`
	Expires     instant         `cbor:"7,keyasint,omitempty" since:"2"`
	Fingerprint string          `cbor:"8,keyasint,omitempty" since:"2"`
	Name        string          `cbor:"9,keyasint,omitempty" since:"2"`
	Joined      instant         `cbor:"10,keyasint,omitempty" since:"2"`
	Used        string          `cbor:"11,keyasint,omitempty" since:"2"`
	Last        ledger.EntryNo  `cbor:"12,keyasint,omitempty" since:"2"`
}

var teamMembers = codec[ledger.TeamMember, vendorMemberRow]{
	pack: func(m ledger.TeamMember) vendorMemberRow {
		return vendorMemberRow{
			Vendor: m.Vendor, No: m.No, Role: m.Role, By: m.By, Made: pack(m.Made), Hash: m.Hash, Expires: pack(m.Expires),
			Fingerprint: m.Fingerprint, Name: m.Name, Joined: pack(m.Joined), Used: m.Used, Last: m.Last,
		}
	},
	unpack: func(r vendorMemberRow) ledger.TeamMember {
		return ledger.TeamMember{
			Vendor: r.Vendor, No: r.No, Role: r.Role, By: r.By, Made: r.Made.time(), Hash: r.Hash, Expires: r.Expires.time(),
			Fingerprint: r.Fingerprint, Name: r.Name, Joined: r.Joined.time(), Used: r.Used, Last: r.Last,
		}
	},
}

// Marks stand between the table of the voice numbers and what leads to a place in a team: no number begins so.
const (
	teamKeyMark  = "~"
	teamCodeMark = "+"
)

func teamKey(m ledger.TeamMember) []byte { return key(tTeam, m.Vendor, m.No) }

// teamIndexes: a code that is used leads nowhere.
func teamIndexes(m ledger.TeamMember) [][]byte {
	switch {
	case m.No == 0:
		return nil
	case m.Member():
		return [][]byte{key(tVoice, teamKeyMark, m.Fingerprint)}
	}
	return [][]byte{key(tVoice, teamCodeMark, m.Hash)}
}

// Team reads the places of a vendor's team, members and codes, in the order in which they were made.
func (r Reader) Team(v ledger.VendorID) ([]ledger.TeamMember, error) {
	return scan(r, key(tTeam, v), after(key(tTeam, v)), false, 0, teamMembers.decode)
}

// TeamByKey finds the place of a key.
func (r Reader) TeamByKey(fingerprint string) (ledger.TeamMember, bool, error) {
	return r.teamAt(key(tVoice, teamKeyMark, fingerprint))
}

// TeamByCode finds the place that waits under the hash of a code.
func (r Reader) TeamByCode(hash [32]byte) (ledger.TeamMember, bool, error) {
	return r.teamAt(key(tVoice, teamCodeMark, hash))
}

func (r Reader) teamAt(index []byte) (m ledger.TeamMember, found bool, err error) {
	at, found, err := r.get(index)
	if err != nil || !found {
		return m, false, err
	}
	return load(r, at, teamMembers)
}

// PutTeamMember writes a place of a team.
func (t Tx) PutTeamMember(m ledger.TeamMember) error {
	return putIndexed(t, teamKey(m), teamMembers, m, teamIndexes)
}

// DropTeamMember deletes a place that has ended. Its entries stay.
func (t Tx) DropTeamMember(m ledger.TeamMember) error {
	for _, k := range append(teamIndexes(m), teamKey(m)) {
		if err := t.tx.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// teamSum is the newest entry about a place of a team.
type teamSum struct {
	vendor        ledger.VendorID
	last          ledger.EntryNo
	subject, role string
}

// team follows the teams of vendors through the journal.
func (a *auditor) team(rec Record) {
	if rec.Kind != ledger.KindStaff || rec.Vendor == 0 || rec.Change == nil {
		return
	}
	no := rec.Cause
	had, again := a.teams[no]
	if no == 0 {
		no = rec.No
	} else if !again || had.vendor != rec.Vendor {
		a.find(rowsEqual, "entry %d changes a place in the team of vendor %d that nobody made", rec.No, rec.Vendor)
	}
	a.teams[no] = teamSum{rec.Vendor, rec.No, rec.Change.Name, rec.Change.New}
}

// teamRows compares the teams of vendors with the journal: who is in which, and as what. Codes that are over are
// forgotten, so an entry about one needs no row.
func (a *auditor) teamRows(ctx context.Context) error {
	err := rows(ctx, a, tTeam, teamMembers, teamKey, func(_ []byte, m ledger.TeamMember) error {
		if j := a.teams[m.No]; j != (teamSum{m.Vendor, m.Last, m.Subject(), string(m.Role)}) {
			a.find(rowsEqual, "place %d in the team of vendor %d is %s as %q, the journal says otherwise",
				m.No, m.Vendor, m.Subject(), m.Role)
		}
		delete(a.teams, m.No)
		return nil
	})
	for no, j := range a.teams {
		if j.subject != (ledger.TeamMember{}).Subject() && j.role != ledger.TeamLeft {
			a.find(rowsEqual, "place %d in the team of vendor %d has no row", no, j.vendor)
		}
	}
	return err
}
