package ledger

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// TeamRole is what a member of a vendor's team may do. The words are stored.
type TeamRole string

// Roles of a vendor's team. Everybody reads all of it.
const (
	TeamOwner     TeamRole = "owner"     // all, with webhooks and the team itself
	TeamCatalogue TeamRole = "catalogue" // offers
	TeamFinance   TeamRole = "finance"   // refunds and disputes
	TeamRead      TeamRole = "read"
)

// TeamRoles are all roles of a team.
var TeamRoles = []string{string(TeamOwner), string(TeamCatalogue), string(TeamFinance), string(TeamRead)}

// Lowers tells whether the role may do nothing that another one may not.
func (r TeamRole) Lowers(from TeamRole) bool {
	return r != from && (r == TeamRead || from == TeamOwner)
}

const (
	// MaxTeam bounds the members of a vendor's team, MaxTeamCodes the codes that wait for one.
	MaxTeam, MaxTeamCodes = 50, 10
	// TeamCodeLife is how long a code for a new member is good.
	TeamCodeLife = 24 * time.Hour
	// maxMemberName bounds what a member is called, in characters.
	maxMemberName = 40
	// TeamLeft is the word of the journal for a place that has ended.
	TeamLeft = "none"
)

// TeamMember is a place in the team of a vendor: first a code that waits for a key, then the key that has used it. A
// key is in one team at most. The team knows nothing of a wallet that the key may have, and the wallet nothing of it.
type TeamMember struct {
	Vendor  VendorID
	No      EntryNo // of the entry that made the code
	Role    TeamRole
	By      string // fingerprint of who has made it
	Made    time.Time
	Hash    [32]byte // of the code, while nobody has used it
	Expires time.Time
	// Fingerprint is of the member's key, "" while the code waits.
	Fingerprint string
	Name        string // the member's own words
	Joined      time.Time
	Used        string  // the day of the last use in UTC, 2026-11-24
	Last        EntryNo // the newest entry about this place
}

// Member tells whether somebody has the place.
func (m TeamMember) Member() bool { return m.Fingerprint != "" }

// Waits tells whether the code of the place can be used. One that lasts longer than it can was made by a clock that was
// ahead.
func (m TeamMember) Waits(now time.Time) bool {
	return m.No != 0 && !m.Member() && now.Before(m.Expires) && m.Expires.Sub(now) <= TeamCodeLife+clockSlack
}

// Subject is what entries call the place.
func (m TeamMember) Subject() string {
	if m.Member() {
		return "team " + m.Fingerprint
	}
	return "team code"
}

// UsedOn returns the member as used on the day of an instant; changed is false if that is known.
func (m TeamMember) UsedOn(now time.Time) (used TeamMember, changed bool) {
	day := now.UTC().Format(time.DateOnly)
	changed = m.Used != day
	m.Used = day
	return m, changed
}

// MayAs refuses with ErrNotAllowed a member who has none of the roles. Without roles everybody in the team may.
func (m TeamMember) MayAs(roles ...TeamRole) error {
	if m.Member() && (len(roles) == 0 || slices.Contains(roles, m.Role)) {
		return nil
	}
	if !m.Member() {
		return RefuseNoTeam()
	}
	return Refuse(ErrNotAllowed, "Ask an owner of the team: team role MEMBER ROLE.",
		"This is for the role %s of the team; yours is %s.", orWords(roles), m.Role)
}

// orWords puts roles into a sentence: "owner or finance".
func orWords(roles []TeamRole) string {
	words := make([]string, len(roles))
	for i, r := range roles {
		words[i] = string(r)
	}
	return strings.Join(words, " or ")
}

// RefuseNoTeam says that a key is in no vendor's team.
func RefuseNoTeam() error {
	return Refuse(ErrNotAllowed, "Ask an owner of the team for a code, then type: team join CODE",
		"This key is in no vendor's team.")
}

// RefuseTeamCode says that no place waits under a code, whatever the cause.
func RefuseTeamCode() error {
	return Refuse(ErrNotFound, "Ask an owner of the team for another one.", "This code is not known, used, or over.")
}

// RefuseOwnVendor refuses staff who decide about a vendor in whose team they are.
func RefuseOwnVendor() error {
	return Refuse(ErrNotAllowed, "Ask a colleague.", "You are in the team of this vendor: others decide about it.")
}

// checkTeamRole refuses with ErrInvalid what is no role of a team.
func checkTeamRole(r TeamRole) error {
	if slices.Contains(TeamRoles, string(r)) {
		return nil
	}
	return Invalid("role", "Say "+strings.Join(TeamRoles, ", ")+".", "%q is no role of a team.", CleanLine(string(r), 20))
}

// TeamFacts is what decisions about a team need to know.
type TeamFacts struct {
	No   EntryNo
	Team []TeamMember // of the vendor: members and codes
}

// TeamOutcome is a place after a step. One that has ended is deleted, with all codes that its member had made.
type TeamOutcome struct {
	Entry Entry
	Place TeamMember
	Ended []TeamMember
}

// TeamOrder is what a step is asked for.
type TeamOrder struct {
	Vendor VendorID
	Role   TeamRole
	Hash   [32]byte
	Actor  Actor
	Name   string
}

// change begins an entry about a place.
func (m TeamMember) change(no EntryNo, a Actor, old, now TeamRole, at time.Time) Entry {
	e := entry(no, at, KindStaff, a)
	e.Vendor, e.Change = m.Vendor, &Change{Name: m.Subject(), Old: string(old), New: string(now)}
	if m.No != no {
		e.Cause = m.No
	}
	return e
}

// DecideTeamCode makes a place that waits for a key. It refuses with ErrInvalid an unknown role, and with ErrLimit a
// team that has enough members, or enough codes.
func DecideTeamCode(o TeamOrder, f TeamFacts, now time.Time) (out TeamOutcome, err error) {
	if err := checkTeamRole(o.Role); err != nil {
		return out, err
	}
	members, codes := 0, 0
	for _, m := range f.Team {
		switch {
		case m.Member():
			members++
		case m.Waits(now):
			codes++
		default:
			out.Ended = append(out.Ended, m) // over: its place is free
		}
	}
	switch {
	case members+codes >= MaxTeam:
		return out, Refuse(ErrLimit, "End a place first: team remove MEMBER.", "A team has at most %d members.", MaxTeam)
	case codes >= MaxTeamCodes:
		return out, Refuse(ErrLimit, "Wait until one is used or over, or end it: team remove ID.",
			"%d codes wait for a new member.", MaxTeamCodes)
	}
	m := TeamMember{
		Vendor: o.Vendor, No: f.No, Role: o.Role, By: o.Actor.Key, Made: instant(now), Hash: o.Hash,
		Expires: instant(now).Add(TeamCodeLife), Last: f.No,
	}
	out.Place, out.Entry = m, m.change(f.No, o.Actor, TeamLeft, o.Role, now)
	return out, nil
}

// DecideTeamJoin gives a place to the key that acts. It refuses with ErrNotFound a code that is over.
func DecideTeamJoin(m TeamMember, o TeamOrder, f TeamFacts, now time.Time) (out TeamOutcome, err error) {
	if !m.Waits(now) {
		return out, RefuseTeamCode()
	}
	name, err := typedLine("name", o.Name, maxMemberName)
	if err != nil {
		return out, err
	}
	m.Hash, m.Expires = [32]byte{}, time.Time{}
	m.Fingerprint, m.Name, m.Joined, m.Last = o.Actor.Key, name, instant(now), f.No
	m, _ = m.UsedOn(now)
	out.Place, out.Entry = m, m.change(f.No, o.Actor, TeamLeft, m.Role, now)
	return out, nil
}

// DecideTeamRole gives a member another role. It refuses with ErrInvalid an unknown one, and with ErrState the role of
// the last owner and of a code.
func DecideTeamRole(m TeamMember, o TeamOrder, f TeamFacts, now time.Time) (out TeamOutcome, err error) {
	if err := checkTeamRole(o.Role); err != nil {
		return out, err
	}
	switch {
	case !m.Member():
		return out, Refuse(ErrState, "End it and make another one: team remove ID.", "Nobody has used this code yet.")
	case m.Role == o.Role:
		return out, Refuse(ErrState, "See: team.", "The role is %s already.", m.Role)
	case f.lastOwner(m):
		return out, refuseLastOwner()
	}
	old := m.Role
	m.Role, m.Last = o.Role, f.No
	if old == TeamOwner {
		out.Ended = f.codesOf(m)
	}
	out.Place, out.Entry = m, m.change(f.No, o.Actor, old, m.Role, now)
	return out, nil
}

// DecideTeamEnd ends a place, and with it the codes that its member has made. It refuses with ErrState the last owner.
func DecideTeamEnd(m TeamMember, o TeamOrder, f TeamFacts, now time.Time) (out TeamOutcome, err error) {
	if f.lastOwner(m) {
		return out, refuseLastOwner()
	}
	out.Place, out.Entry = m, m.change(f.No, o.Actor, m.Role, TeamLeft, now)
	out.Ended = append(f.codesOf(m), m)
	return out, nil
}

// codesOf are the codes that a member has made and that nobody has used.
func (f TeamFacts) codesOf(m TeamMember) (all []TeamMember) {
	for _, c := range f.Team {
		if !c.Member() && m.Member() && c.By == m.Fingerprint {
			all = append(all, c)
		}
	}
	return all
}

// lastOwner tells whether a place is the only one of an owner.
func (f TeamFacts) lastOwner(m TeamMember) bool {
	return m.Member() && m.Role == TeamOwner && !slices.ContainsFunc(f.Team, func(o TeamMember) bool {
		return o.No != m.No && o.Member() && o.Role == TeamOwner
	})
}

func refuseLastOwner() error {
	return Refuse(ErrState, "Make another member an owner first: team role MEMBER owner.", "A team keeps an owner.")
}

// TeamNamed finds a place by its name, its fingerprint, or the beginning of that. It refuses with ErrNotFound and
// ErrInvalid what names none, or several.
func TeamNamed(team []TeamMember, typed string) (m TeamMember, err error) {
	typed = strings.TrimSpace(typed)
	var all []TeamMember
	for _, o := range team {
		print, _ := strings.CutPrefix(o.Fingerprint, "SHA256:")
		begin, _ := strings.CutPrefix(typed, "SHA256:")
		if typed != "" && o.Member() && (o.Name == typed || len(begin) >= 4 && strings.HasPrefix(print, begin)) {
			all = append(all, o)
		}
	}
	switch {
	case len(all) == 0:
		return m, Refuse(ErrNotFound, "See the team with: team.", "Nobody in the team is called %q.", CleanLine(typed, 40))
	case len(all) > 1:
		return m, Invalid("member", "Use the fingerprint, or the id that team prints.",
			"%d members are called %q.", len(all), CleanLine(typed, 40))
	}
	return all[0], nil
}

// SortTeam brings a team into the order of a list: members before codes, those who joined first on top.
func SortTeam(team []TeamMember) []TeamMember {
	return slices.SortedStableFunc(slices.Values(team), func(a, b TeamMember) int {
		if a.Member() != b.Member() {
			return map[bool]int{true: -1, false: 1}[a.Member()]
		}
		return cmp.Or(a.Joined.Compare(b.Joined), cmp.Compare(a.No, b.No))
	})
}
