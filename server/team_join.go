package server

import (
	"context"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

// VendorTeamCode makes a code by which a person becomes an owner of the team of a vendor, in this answer only: once,
// within a day. It refuses with ErrNotAllowed a caller who is no operator, with ErrNotFound an unknown vendor, and with
// ErrLimit a team that is full.
func (s *Server) VendorTeamCode(ctx context.Context, who view.Caller, vendor string) (c view.TeamCode, err error) {
	code, err := s.seal.TeamCode()
	if err != nil {
		return c, err
	}
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, "vendor team", func(tx books.Tx, st ledger.Staff) error {
		v, err := s.vendorNamed(tx.Reader, strings.TrimSpace(vendor))
		if err != nil {
			return err
		}
		f, err := teamFacts(tx, v.ID)
		if err != nil {
			return err
		}
		o := ledger.TeamOrder{Role: ledger.TeamOwner, Actor: staffActor(st)}
		c, err = s.teamCode(tx, v, o, code, f, at)
		return err
	})
	return c, err
}

// teamCode makes a place that waits for who types the code, which is shown this once.
func (s *Server) teamCode(
	tx books.Tx, v ledger.Vendor, o ledger.TeamOrder, code string, f ledger.TeamFacts, at time.Time,
) (c view.TeamCode, err error) {
	o.Vendor, o.Hash = v.ID, seal.HashCode(code)
	out, err := ledger.DecideTeamCode(o, f, at)
	if err != nil {
		return c, err
	}
	if err := putTeam(tx, out); err != nil {
		return c, err
	}
	m := out.Place
	return view.TeamCode{
		Vendor: v.Name, Role: string(m.Role), Code: code, Type: "ssh " + s.house.Host + " team join " + code,
		Expires: view.At(m.Expires),
	}, nil
}

// TeamJoin gives the calling key a place in the team of a vendor, by a code that is good once.
//
// It refuses with ErrNotFound a code that is not known, used or over, with ErrRate a caller who has typed too many, and
// with ErrState a key that is in a team.
func (s *Server) TeamJoin(ctx context.Context, who view.Caller, typed, name string) (id view.Identity, err error) {
	if who.Fingerprint == "" {
		return id, ledger.Refuse(ledger.ErrUnauthenticated, "Log in with an SSH key.", "A member of a team is a key.")
	}
	at := s.clock()
	err = s.countWrongCodes(who, longCode, at, func() error {
		return s.update(ctx, func(tx books.Tx) error { return s.teamJoin(tx, who, typed, name, at) })
	})
	if err != nil {
		return view.Identity{}, err
	}
	s.notifier.wake(topicKey(who.Fingerprint))
	return s.WhoAmI(ctx, who)
}

// teamJoin is TeamJoin inside its transaction.
func (s *Server) teamJoin(tx books.Tx, who view.Caller, typed, name string, at time.Time) error {
	if _, found, err := tx.TeamByKey(who.Fingerprint); err != nil {
		return err
	} else if found {
		return ledger.Refuse(ledger.ErrState, "Use another key, or end this place first: team remove MEMBER.",
			"This key is in the team of a vendor already.")
	}
	if err := mayOpen(tx.Reader, who.Fingerprint); err != nil {
		return err
	}
	m, found, err := tx.TeamByCode(seal.HashCode(typed))
	if err == nil && !found {
		err = ledger.RefuseTeamCode()
	}
	if err != nil {
		return err
	}
	f, err := teamFacts(tx, m.Vendor)
	if err != nil {
		return err
	}
	out, err := ledger.DecideTeamJoin(m, ledger.TeamOrder{
		Name: name, Actor: ledger.Actor{Role: ledger.RoleVendor, Key: who.Fingerprint},
	}, f, at)
	if err != nil {
		return err
	}
	if err := putTeam(tx, out); err != nil {
		return err
	}
	return tx.PutStaffAct(books.StaffAct{
		At: at, Key: who.Fingerprint, Role: ledger.RoleVendor, Act: "team join", Entry: out.Entry.No, Vendor: m.Vendor,
	})
}

// TeamInvite makes a code for a new member with a role, in this answer only: once, within a day. It refuses with
// ErrNotAllowed who is no owner, with ErrInvalid an unknown role, with ErrLimit a team that is full, and with ErrRate
// too many codes in a day.
func (s *Server) TeamInvite(ctx context.Context, who view.Caller, role string) (c view.TeamCode, err error) {
	code, err := s.seal.TeamCode()
	if err != nil {
		return c, err
	}
	at, act := s.clock(), ownsShop("team invite")
	mine, err := s.shop(ctx, who, act)
	if err != nil {
		return c, err
	}
	if err := mine.takeRequest(); err != nil {
		return c, err
	}
	if err := spend(s.budgets.invites, mine.client(), "codes for new members of this team", at); err != nil {
		return c, err
	}
	err = s.updateTeam(ctx, who, act, at, func(
		tx books.Tx, _ ledger.TeamMember, v ledger.Vendor, f ledger.TeamFacts,
	) error {
		o := ledger.TeamOrder{Role: ledger.TeamRole(role), Actor: teamActor(who)}
		c, err = s.teamCode(tx, v, o, code, f, at)
		return err
	})
	return c, err
}
