package server

import (
	"context"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// The team of a vendor is the keys that may work for it in the terminal. Whatever a member does is the vendor's own act
// by the use cases of the HTTP side: see [Seller]. A key that also has a wallet is two callers who know nothing of each
// other.

// teamAct is what a member does: the words of the command, and who in the team may.
type teamAct struct {
	words string
	roles []ledger.TeamRole // none: everybody
	sells bool              // a vendor that is suspended may not
}

// Acts of a team, by who may do them.
func readsShop(words string) teamAct { return teamAct{words: words} }

func ownsShop(words string) teamAct {
	return teamAct{words: words, roles: []ledger.TeamRole{ledger.TeamOwner}}
}

// requireTeam returns the place of the calling key and its vendor. It refuses with ErrNotAllowed a key that is in no
// team, a role that does not suffice, and what a suspended vendor may not do.
func requireTeam(r books.Reader, who view.Caller, act teamAct) (m ledger.TeamMember, v ledger.Vendor, err error) {
	if who.Fingerprint == "" {
		return m, v, ledger.RefuseNoTeam()
	}
	if m, _, err = r.TeamByKey(who.Fingerprint); err != nil {
		return m, v, err
	}
	if err := m.MayAs(act.roles...); err != nil {
		return m, v, err
	}
	v, found, err := r.Vendor(m.Vendor)
	switch {
	case err != nil:
		return m, v, err
	case !found:
		return m, v, ledger.RefuseNoTeam()
	case act.sells && v.Status != ledger.VendorActive:
		return m, v, ledger.RefuseSuspended()
	}
	return m, v, nil
}

// teamActing is who of a team acts for a vendor.
type teamActing struct {
	who view.Caller
	act teamAct
}

// shop is the vendor of the calling key, for an act of its team, and notes that it uses its place. What the act reads
// and writes looks again whether the key may, in the same snapshot or transaction: see [Seller.view] and
// [Seller.acted].
func (s *Server) shop(ctx context.Context, who view.Caller, act teamAct) (*Seller, error) {
	var m ledger.TeamMember
	var v ledger.Vendor
	err := s.view(ctx, func(r books.Reader) (err error) {
		m, v, err = requireTeam(r, who, act)
		return err
	})
	if err != nil {
		return nil, s.refusedStaff(who, act.words, err)
	}
	s.noteTeamUse(ctx, m, s.clock())
	return &Seller{s: s, ID: v.ID, Hint: who.Fingerprint, by: &teamActing{who, act}}, nil
}

// acted does what was asked for if who asks still may, in the transaction that does it. For a member of a team it
// writes a line of the staff log; the key of a vendor's server may have been ended while its request was read.
func (v *Seller) acted(
	do func(books.Tx) (kind string, ref []byte, err error),
) func(books.Tx) (kind string, ref []byte, err error) {
	if v.by == nil {
		return v.byKey(do)
	}
	at := v.s.clock()
	return func(tx books.Tx) (kind string, ref []byte, err error) {
		err = v.s.asTeam(tx, v.by.who, v.by.act, at, func(m ledger.TeamMember, _ ledger.Vendor) error {
			if m.Vendor != v.ID {
				return ledger.RefuseNoTeam()
			}
			kind, ref, err = do(tx)
			return err
		})
		return kind, ref, err
	}
}

// byKey does what the vendor's server has asked for if its key was not ended meanwhile.
func (v *Seller) byKey(
	do func(books.Tx) (kind string, ref []byte, err error),
) func(books.Tx) (kind string, ref []byte, err error) {
	if v.key == ([32]byte{}) { // the service itself sells for the vendor, by a static link
		return do
	}
	return func(tx books.Tx) (kind string, ref []byte, err error) {
		switch id, found, err := tx.VendorByAPIKey(v.key); {
		case err != nil:
			return "", nil, err
		case !found || id != v.ID:
			return "", nil, ledger.RefuseUnauthenticated()
		}
		return do(tx)
	}
}

// asTeam does an act of a member inside a transaction, and notes that it uses its place. Each act is a line of the
// staff log, also one that writes no entry.
func (s *Server) asTeam(
	tx books.Tx, who view.Caller, act teamAct, at time.Time, do func(ledger.TeamMember, ledger.Vendor) error,
) error {
	m, v, err := requireTeam(tx.Reader, who, act)
	if err != nil {
		return err
	}
	m, unseen := m.UsedOn(at)
	if unseen { // before the act, which may end the place
		if err := tx.PutTeamMember(m); err != nil {
			return err
		}
	}
	before, _, err := tx.Head()
	if err != nil {
		return err
	}
	if err := do(m, v); err != nil {
		return err
	}
	head, _, err := tx.Head()
	if err != nil {
		return err
	}
	line := books.StaffAct{At: at, Key: who.Fingerprint, Role: ledger.RoleVendor, Act: act.words, Vendor: v.ID}
	if head != before {
		line.Entry = before + 1
	}
	return tx.PutStaffAct(line)
}

// updateTeam is one transaction about the team of the calling key.
func (s *Server) updateTeam(
	ctx context.Context, who view.Caller, act teamAct, at time.Time,
	do func(tx books.Tx, m ledger.TeamMember, v ledger.Vendor, f ledger.TeamFacts) error,
) error {
	err := s.update(ctx, func(tx books.Tx) error {
		return s.asTeam(tx, who, act, at, func(m ledger.TeamMember, v ledger.Vendor) error {
			f, err := teamFacts(tx, v.ID)
			if err != nil {
				return err
			}
			return do(tx, m, v, f)
		})
	})
	return s.refusedStaff(who, act.words, err)
}

// teamFacts loads what a decision about a team needs.
func teamFacts(tx books.Tx, v ledger.VendorID) (f ledger.TeamFacts, err error) {
	if f.Team, err = tx.Team(v); err != nil {
		return f, err
	}
	f.No, err = tx.Next()
	return f, err
}

// putTeam writes what a step has made of a team.
func putTeam(tx books.Tx, out ledger.TeamOutcome) error {
	if _, err := tx.Append(out.Entry); err != nil {
		return err
	}
	gone := false
	for _, m := range out.Ended {
		gone = gone || m.No == out.Place.No
		if err := tx.DropTeamMember(m); err != nil {
			return err
		}
	}
	if gone {
		return nil
	}
	return tx.PutTeamMember(out.Place)
}

// VendorTeam lists who works for a vendor in the terminal, and the codes that wait. It refuses with ErrNotAllowed a
// caller who is no operator, and with ErrNotFound an unknown vendor.
func (s *Server) VendorTeam(
	ctx context.Context, who view.Caller, vendor string,
) (page view.Page[view.TeamMember], err error) {
	at := s.clock()
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		v, err := s.vendorNamed(r, strings.TrimSpace(vendor))
		if err != nil {
			return err
		}
		page, err = s.teamView(r, v.ID, who, at)
		return err
	})
	return page, err
}

// Team lists the members of the calling key's team, and for owners the codes that wait. It refuses with ErrNotAllowed a
// key that is in no team.
func (s *Server) Team(ctx context.Context, who view.Caller) (page view.Page[view.TeamMember], err error) {
	at := s.clock()
	err = s.viewFor(ctx, topicKey(who.Fingerprint), func(r books.Reader) error {
		m, v, err := requireTeam(r, who, readsShop("team"))
		if err != nil {
			return err
		}
		page, err = s.teamView(r, v.ID, who, at)
		if m.Role != ledger.TeamOwner {
			page.Data = slices.DeleteFunc(page.Data, func(t view.TeamMember) bool { return t.Fingerprint == "" })
		}
		return err
	})
	return page, err
}

// teamView shows the places of a team; codes that are over are none.
func (s *Server) teamView(
	r books.Reader, v ledger.VendorID, who view.Caller, at time.Time,
) (page view.Page[view.TeamMember], err error) {
	all, err := r.Team(v)
	for _, m := range ledger.SortTeam(all) {
		if m.Member() || m.Waits(at) {
			page.Data = append(page.Data, s.memberView(m, who))
		}
	}
	return page, err
}

func (s *Server) memberView(m ledger.TeamMember, who view.Caller) view.TeamMember {
	v := view.TeamMember{
		ID: s.seal.TeamMember(m.No), Fingerprint: m.Fingerprint, Name: m.Name, Role: string(m.Role), Added: view.At(m.Joined),
		LastUsed: m.Used, Here: m.Member() && m.Fingerprint == who.Fingerprint, Expires: view.At(m.Expires),
	}
	if !m.Member() {
		v.Added = view.At(m.Made)
	}
	return v
}

// teamActor is the actor of what a member of a team does.
func teamActor(who view.Caller) ledger.Actor {
	return ledger.Actor{Role: ledger.RoleVendor, Key: who.Fingerprint}
}

// TeamRole gives a member another role, from its next act on. It refuses with ErrNotAllowed who is no owner, with
// ErrNotFound and ErrInvalid what names no member, and with ErrState the last owner.
func (s *Server) TeamRole(ctx context.Context, who view.Caller, member, role string) (view.TeamMember, error) {
	may := func(m, _ ledger.TeamMember) (free bool, err error) { return ledger.TeamRole(role).Lowers(m.Role), nil }
	return s.changeTeam(ctx, who, ownsShop("team role"), member, may, func(
		m, _ ledger.TeamMember, f ledger.TeamFacts, at time.Time,
	) (ledger.TeamOutcome, error) {
		return ledger.DecideTeamRole(m, ledger.TeamOrder{Role: ledger.TeamRole(role), Actor: teamActor(who)}, f, at)
	})
}

// TeamRemove ends the place of a member, or a code, at once. A member may end its own place. It refuses with
// ErrNotAllowed who is no owner, with ErrNotFound and ErrInvalid what names no place, and with ErrState the last owner.
func (s *Server) TeamRemove(ctx context.Context, who view.Caller, member string) (view.TeamMember, error) {
	may := func(m, me ledger.TeamMember) (free bool, err error) {
		if m.No != me.No {
			err = me.MayAs(ledger.TeamOwner)
		}
		return true, err
	}
	return s.changeTeam(ctx, who, readsShop("team remove"), member, may, func(
		m, me ledger.TeamMember, f ledger.TeamFacts, at time.Time,
	) (ledger.TeamOutcome, error) {
		if _, err := may(m, me); err != nil {
			return ledger.TeamOutcome{}, err
		}
		return ledger.DecideTeamEnd(m, ledger.TeamOrder{Actor: teamActor(who)}, f, at)
	})
}

// changeTeam changes a place in the team of the caller, which is named by its id, its name or its key, and wakes the
// screens of that key: they show what it may do now. Whether the caller may is judged before anything is taken from its
// acts of the day. What is free takes nothing: an owner ends a place and lowers a role whatever was used up.
func (s *Server) changeTeam(
	ctx context.Context, who view.Caller, act teamAct, member string,
	may func(m, me ledger.TeamMember) (free bool, err error),
	decide func(m, me ledger.TeamMember, f ledger.TeamFacts, at time.Time) (ledger.TeamOutcome, error),
) (shown view.TeamMember, err error) {
	at := s.clock()
	if err := s.mayChangeTeam(ctx, who, act, member, may); err != nil {
		return shown, err
	}
	key := ""
	err = s.updateTeam(ctx, who, act, at, func(
		tx books.Tx, me ledger.TeamMember, _ ledger.Vendor, f ledger.TeamFacts,
	) error {
		m, err := s.teamNamed(f.Team, member)
		if err != nil {
			return err
		}
		out, err := decide(m, me, f, at)
		if err != nil {
			return err
		}
		key, shown = m.Fingerprint, s.memberView(out.Place, who)
		return putTeam(tx, out)
	})
	if err != nil {
		return view.TeamMember{}, err
	}
	if key != "" {
		s.notifier.wake(topicKey(key))
	}
	return shown, nil
}

// mayChangeTeam judges a change of a place before the transaction, and takes one of the acts of the caller if it is not
// free.
func (s *Server) mayChangeTeam(
	ctx context.Context, who view.Caller, act teamAct, member string,
	may func(m, me ledger.TeamMember) (free bool, err error),
) error {
	mine, err := s.shop(ctx, who, act)
	if err != nil {
		return err
	}
	var free bool
	err = s.view(ctx, func(r books.Reader) error {
		me, _, err := requireTeam(r, who, act)
		if err != nil {
			return err
		}
		team, err := r.Team(me.Vendor)
		if err != nil {
			return err
		}
		m, err := s.teamNamed(team, member)
		if err != nil {
			return err
		}
		free, err = may(m, me)
		return err
	})
	if err != nil || free {
		return s.refusedStaff(who, act.words, err)
	}
	return mine.takeRequest()
}

// teamNamed finds a place by its id, or else as [ledger.TeamNamed] does. An id of another team is not found.
func (s *Server) teamNamed(team []ledger.TeamMember, typed string) (ledger.TeamMember, error) {
	if no, err := s.seal.OpenTeamMember(strings.TrimSpace(typed)); err == nil {
		for _, m := range team {
			if m.No == no {
				return m, nil
			}
		}
	}
	return ledger.TeamNamed(team, typed)
}

// withTeam adds the team of a key to what is known of it. That is no use of the place: a key of both logs in for its
// wallet, of which the team knows nothing.
func withTeam(r books.Reader, id *view.Identity) error {
	m, found, err := r.TeamByKey(id.Fingerprint)
	if err != nil || !found {
		return err
	}
	v, _, err := r.Vendor(m.Vendor)
	if err != nil {
		return err
	}
	id.Shop, id.ShopRole = v.Name, string(m.Role)
	if id.Role == ledger.RoleNone {
		id.Role, id.Name = ledger.RoleVendor, m.Name
	}
	return nil
}
