package books

import (
	"bytes"
	"context"
	"time"

	"tuppence/server/ledger"
)

// voiceRow is a wallet's access by phone, in the record of its user: people have one, and few have any.
type voiceRow struct {
	Number string         `cbor:"1,keyasint,omitempty" since:"2"`
	No     ledger.EntryNo `cbor:"2,keyasint,omitempty" since:"2"`
	Set    instant        `cbor:"3,keyasint,omitempty" since:"2"`
	Salt   [16]byte       `cbor:"4,keyasint,omitzero" since:"2"`
	Hash   [32]byte       `cbor:"5,keyasint,omitzero" since:"2"`
	Wrong  uint32         `cbor:"6,keyasint,omitempty" since:"2"`
	Total  uint32         `cbor:"7,keyasint,omitempty" since:"2"`
	Since  instant        `cbor:"8,keyasint,omitempty" since:"2"`
	Locked instant        `cbor:"9,keyasint,omitempty" since:"2"`
	Asked  ledger.EntryNo `cbor:"10,keyasint,omitempty" since:"2"`
}

func packVoice(v ledger.Voice) *voiceRow {
	if v == (ledger.Voice{}) {
		return nil
	}
	return &voiceRow{
		Number: v.Number, No: v.No, Set: pack(v.Set), Salt: v.Salt, Hash: v.Hash, Wrong: v.Wrong, Total: v.Total,
		Since: pack(v.Since), Locked: pack(v.Locked), Asked: v.Asked,
	}
}

func (r *voiceRow) unpack() ledger.Voice {
	if r == nil {
		return ledger.Voice{}
	}
	return ledger.Voice{
		Number: r.Number, No: r.No, Set: r.Set.time(), Salt: r.Salt, Hash: r.Hash, Wrong: r.Wrong, Total: r.Total,
		Since: r.Since.time(), Locked: r.Locked.time(), Asked: r.Asked,
	}
}

// voiceStepRow is what an entry says of access by phone: nothing of the PIN.
type voiceStepRow struct {
	Act    string  `cbor:"1,keyasint,omitempty" since:"2"`
	Number string  `cbor:"2,keyasint,omitempty" since:"2"`
	Until  instant `cbor:"3,keyasint,omitempty" since:"2"`
}

// inviteRow is stored as a row until some time after its end, and in each entry about it.
type inviteRow struct {
	No      ledger.EntryNo `cbor:"1,keyasint,omitempty" since:"2"`
	Hash    [32]byte       `cbor:"2,keyasint,omitzero" since:"2"`
	By      string         `cbor:"3,keyasint,omitempty" since:"2"`
	Created instant        `cbor:"4,keyasint,omitempty" since:"2"`
	Expires instant        `cbor:"5,keyasint,omitempty" since:"2"`
	User    ledger.UserID  `cbor:"6,keyasint,omitempty" since:"2"`
	Used    instant        `cbor:"7,keyasint,omitempty" since:"2"`
}

var invites = codec[ledger.Invite, inviteRow]{pack: packInvite, unpack: inviteRow.unpack}

func packInvite(i ledger.Invite) inviteRow {
	return inviteRow{
		No: i.No, Hash: i.Hash, By: i.By, Created: pack(i.Created), Expires: pack(i.Expires), User: i.User,
		Used: pack(i.Used),
	}
}

func (r inviteRow) unpack() ledger.Invite {
	return ledger.Invite{
		No: r.No, Hash: r.Hash, By: r.By, Created: r.Created.time(), Expires: r.Expires.time(), User: r.User,
		Used: r.Used.time(),
	}
}

// asksMark stands between the table and an entry where the index is of requests and not of numbers: no number has it.
const asksMark = "?"

// voiceIndexes: the number that a caller types leads to the wallet, and so does the request that waits.
func voiceIndexes(v ledger.Voice) (all [][]byte) {
	if v.Number != "" {
		all = append(all, key(tVoice, v.Number))
	}
	if v.Asked != 0 {
		all = append(all, key(tVoice, asksMark, v.Asked))
	}
	return all
}

// UserByVoice finds the wallet that has a voice number.
func (r Reader) UserByVoice(number string) (u ledger.User, found bool, err error) {
	if len(number) != ledger.VoiceNumberLength {
		return u, false, nil
	}
	at, found, err := r.get(key(tVoice, number))
	if err != nil || !found {
		return u, false, err
	}
	return load(r, at, users)
}

// Callers reads the wallets whose callers wait for a representative, oldest first.
func (r Reader) Callers(limit int) ([]ledger.User, error) {
	from := key(tVoice, asksMark)
	return scan(r, from, after(from), false, limit, deref(r, users))
}

// Caller finds the wallet by the request of its caller, while that waits.
func (r Reader) Caller(no ledger.EntryNo) (u ledger.User, found bool, err error) {
	at, found, err := r.get(key(tVoice, asksMark, no))
	if err != nil || !found {
		return u, false, err
	}
	return load(r, at, users)
}

// Invite reads an invitation by the entry that made it.
func (r Reader) Invite(no ledger.EntryNo) (ledger.Invite, bool, error) {
	return load(r, key(tInvite, no), invites)
}

// InviteByCode finds an invitation by the hash of its code.
func (r Reader) InviteByCode(hash [32]byte) (i ledger.Invite, found bool, err error) {
	at, found, err := r.get(key(tVoice, inviteMark, hash))
	if err != nil || !found {
		return i, false, err
	}
	return load(r, at, invites)
}

// Invites reads invitations, newest first, before one (0: from the newest).
func (r Reader) Invites(before ledger.EntryNo, limit int) ([]ledger.Invite, error) {
	to := after(key(tInvite))
	if before > 0 {
		to = key(tInvite, before)
	}
	return scan(r, key(tInvite), to, true, limit, invites.decode)
}

// OldInvites reads those of the first limit invitations that were over at an instant.
func (r Reader) OldInvites(until time.Time, limit int) (old []ledger.Invite, err error) {
	all, err := scan(r, key(tInvite), after(key(tInvite)), false, limit, invites.decode)
	for _, i := range all {
		if !i.Expires.After(until) {
			old = append(old, i)
		}
	}
	return old, err
}

// inviteMark stands between the table and the hash of a code.
const inviteMark = "!"

// inviteIndexes: a code that is used leads nowhere.
func inviteIndexes(i ledger.Invite) [][]byte {
	if i.No == 0 || i.User != 0 {
		return nil
	}
	return [][]byte{key(tVoice, inviteMark, i.Hash)}
}

// PutInvite writes an invitation.
func (t Tx) PutInvite(i ledger.Invite) error {
	return putIndexed(t, key(tInvite, i.No), invites, i, inviteIndexes)
}

// DropInvite forgets an invitation that is over. Its entries stay.
func (t Tx) DropInvite(i ledger.Invite) error {
	for _, k := range append(inviteIndexes(i), key(tInvite, i.No)) {
		if err := t.tx.Delete(k); err != nil {
			return err
		}
	}
	return nil
}

// voiceSums are what the journal says of access by phone, of wallets that their owners froze by phone, and of
// invitations.
type voiceSums struct {
	access  map[ledger.UserID]ledger.Voice
	paused  map[ledger.UserID]ledger.EntryNo
	invites map[ledger.EntryNo]ledger.Invite
}

func newVoiceSums() voiceSums {
	return voiceSums{
		map[ledger.UserID]ledger.Voice{}, map[ledger.UserID]ledger.EntryNo{}, map[ledger.EntryNo]ledger.Invite{},
	}
}

// voice follows access by phone and invitations through the journal.
func (a *auditor) voice(rec Record) {
	switch {
	case rec.Kind == ledger.KindVoice && rec.Voice != nil:
		had := a.voices.access[rec.User]
		if rec.Voice.Act == ledger.VoiceHelped && had.Asked == 0 {
			a.find(rowsEqual, "entry %d answers a request of user %d that nobody made", rec.No, rec.User)
		}
		if rec.Voice.Act != ledger.VoiceSet && rec.Voice.Number != had.Number {
			a.find(rowsEqual, "entry %d is of a voice number that user %d has not", rec.No, rec.User)
		}
		a.voices.access[rec.User] = had.After(rec.Entry)
	case rec.Kind == ledger.KindFreeze && rec.Actor.Key == ledger.PhoneKey:
		a.voices.paused[rec.User] = rec.No
	case rec.Kind == ledger.KindFreeze:
		delete(a.voices.paused, rec.User)
	case rec.Kind == ledger.KindInvite && rec.Invite != nil:
		i := *rec.Invite
		had, again := a.voices.invites[i.No]
		made := !again && i.No == rec.No && i.User == 0
		used := again && had.User == 0 && i.User != 0 && i.User == rec.User && i.Hash == had.Hash
		if !made && !used {
			a.find(rowsEqual, "entry %d uses invitation %d, which is not open", rec.No, i.No)
		}
		a.voices.invites[i.No] = i
	case rec.Kind == ledger.KindVoice, rec.Kind == ledger.KindInvite:
		a.find(rowsEqual, "entry %d is of calls or invitations and says nothing of them", rec.No)
	}
}

// userVoice compares a user with the journal: all of the access but the PIN and the count of wrong ones.
func (a *auditor) userVoice(u ledger.User) {
	v := u.Voice
	v.Salt, v.Hash, v.Wrong, v.Total, v.Since = [16]byte{}, [32]byte{}, 0, 0, time.Time{}
	if j := a.voices.access[u.ID]; !sameVoice(v, j) {
		a.find(rowsEqual, "the phone access of user %d is %v, the journal says %v", u.ID, v, j)
	}
	delete(a.voices.access, u.ID)
	if u.Voice.Number != "" && u.Voice.Hash == ([32]byte{}) {
		a.find(rowsEqual, "the phone access of user %d has no PIN", u.ID)
	}
	if u.Paused != 0 && (u.Status != ledger.UserFrozen || a.voices.paused[u.ID] != u.Paused) {
		a.find(rowsEqual, "user %d may thaw what entry %d has not frozen", u.ID, u.Paused)
	}
}

func sameVoice(a, b ledger.Voice) bool {
	return a.Number == b.Number && a.No == b.No && a.Asked == b.Asked && a.Set.Equal(b.Set) && a.Locked.Equal(b.Locked)
}

// inviteRows compares invitations with the journal. Those that are over are forgotten, so an entry needs no row.
func (a *auditor) inviteRows(ctx context.Context) error {
	at := func(i ledger.Invite) []byte { return key(tInvite, i.No) }
	err := rows(ctx, a, tInvite, invites, at, func(_ []byte, i ledger.Invite) error {
		if j := a.voices.invites[i.No]; !bytes.Equal(invites.encode(j), invites.encode(i)) {
			a.find(rowsEqual, "invitation %d is another one than the journal says", i.No)
		}
		return nil
	})
	for u := range a.voices.access {
		a.find(rowsEqual, "the phone access of user %d has no row", u)
	}
	return err
}
