package books

import "tuppence/server/ledger"

// nora is the first owner of the team of the vendor, finn the member that she has invited.
var nora, finn = ledger.Actor{Role: ledger.RoleVendor, Key: "SHA256:nora"}, ledger.Actor{
	Role: ledger.RoleVendor, Key: "SHA256:finn",
}

// teams does a step in the team of the vendor.
func (w *world) teams(decide func(ledger.TeamFacts) (ledger.TeamOutcome, error)) (m ledger.TeamMember) {
	w.t.Helper()
	w.do(func(tx Tx) (err error) {
		f := ledger.TeamFacts{}
		if f.Team, err = tx.Team(w.offer.ID.Vendor); err != nil {
			return err
		}
		if f.No, err = tx.Next(); err != nil {
			return err
		}
		out, err := decide(f)
		if err != nil {
			return err
		}
		m = out.Place
		for _, gone := range out.Ended {
			if err := tx.DropTeamMember(gone); err != nil {
				return err
			}
			if gone.No == m.No {
				_, err := tx.Append(out.Entry)
				return err
			}
		}
		return first(appended(tx, out.Entry), tx.PutTeamMember(out.Place))
	})
	return m
}

// comes gives a key a place in the team.
func (w *world) comes(who, by ledger.Actor, role ledger.TeamRole) ledger.TeamMember {
	w.t.Helper()
	m := w.teams(func(f ledger.TeamFacts) (ledger.TeamOutcome, error) {
		return ledger.DecideTeamCode(ledger.TeamOrder{
			Vendor: w.offer.ID.Vendor, Role: role, Hash: [32]byte{byte(f.No)}, Actor: by,
		}, f, w.now)
	})
	return w.teams(func(f ledger.TeamFacts) (ledger.TeamOutcome, error) {
		return ledger.DecideTeamJoin(m, ledger.TeamOrder{Name: "a member", Actor: who}, f, w.now)
	})
}

// teamsUp gives a busy world a vendor with a team of two, of which a third has left, and a code that waits.
func (l *busyWorld) teamsUp() {
	l.t.Helper()
	l.comes(nora, ledger.Actor{Role: ledger.RoleOperator, Key: "SHA256:op"}, ledger.TeamOwner)
	l.member = l.comes(finn, nora, ledger.TeamFinance)
	l.member = l.teams(func(f ledger.TeamFacts) (ledger.TeamOutcome, error) {
		return ledger.DecideTeamRole(l.member, ledger.TeamOrder{Role: ledger.TeamRead, Actor: nora}, f, l.now)
	})
	gone := l.comes(ledger.Actor{Role: ledger.RoleVendor, Key: "SHA256:gone"}, nora, ledger.TeamRead)
	l.teams(func(f ledger.TeamFacts) (ledger.TeamOutcome, error) {
		return ledger.DecideTeamEnd(gone, ledger.TeamOrder{Actor: nora}, f, l.now)
	})
	l.teams(func(f ledger.TeamFacts) (ledger.TeamOutcome, error) {
		return ledger.DecideTeamCode(ledger.TeamOrder{
			Vendor: l.offer.ID.Vendor, Role: ledger.TeamOwner, Hash: [32]byte{99}, Actor: nora,
		}, f, l.now)
	})
}

// teamFaults are those of teams: nobody comes into one, and no role grows, without an entry.
func teamFaults() []fault {
	type world = busyWorld
	member := func(l *world) []byte { return teamKey(l.member) }
	return []fault{
		{"role that grew", rowsEqual, "the journal says otherwise", inRow(member, teamMembers,
			func(_ *world, m *ledger.TeamMember) { m.Role = ledger.TeamOwner })},
		{"place of another key", rowsEqual, "the journal says otherwise", inRow(member, teamMembers,
			func(_ *world, m *ledger.TeamMember) { m.Fingerprint = "SHA256:eve" })},
		{"member without a place", rowsEqual, "in the team of vendor 1 has no row", without(member)},
		{"place that nobody made", rowsEqual, "that nobody made", inEntry(
			func(l *world) ledger.EntryNo { return l.member.Last },
			func(_ *world, e *ledger.Entry) { e.Cause = 1 },
		)},
	}
}
