package server

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/seal"
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

// shop is the vendor of the calling key, for an act of its team. What the act reads and writes looks again whether the
// key may, in the same snapshot or transaction: see [Seller.view] and [Seller.acted].
func (s *Server) shop(ctx context.Context, who view.Caller, act teamAct) (*Seller, error) {
	var v ledger.Vendor
	err := s.view(ctx, func(r books.Reader) (err error) {
		_, v, err = requireTeam(r, who, act)
		return err
	})
	if err != nil {
		return nil, s.refusedStaff(who, act.words, err)
	}
	return &Seller{s: s, ID: v.ID, Hint: who.Fingerprint, by: &teamActing{who, act}}, nil
}

// acted does what a member of a team has asked for, if it still may, and writes a line of the staff log. What a
// vendor's server does is done as it is.
func (v *Seller) acted(
	do func(books.Tx) (kind string, ref []byte, err error),
) func(books.Tx) (kind string, ref []byte, err error) {
	if v.by == nil {
		return do
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

// asTeam does an act of a member inside a transaction. Each act is a line of the staff log, also one that writes no
// entry.
func (s *Server) asTeam(
	tx books.Tx, who view.Caller, act teamAct, at time.Time, do func(ledger.TeamMember, ledger.Vendor) error,
) error {
	m, v, err := requireTeam(tx.Reader, who, act)
	if err != nil {
		return err
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
	line := books.StaffAct{At: at, Key: who.Fingerprint, Role: ledger.RoleVendor, Act: act.words}
	if head != before {
		line.Entry = before + 1
	}
	return tx.PutStaffAct(line)
}

// updateTeam is one transaction about the team of the calling key. It takes a request of the vendor's day.
func (s *Server) updateTeam(
	ctx context.Context, who view.Caller, act teamAct, at time.Time,
	do func(tx books.Tx, m ledger.TeamMember, v ledger.Vendor, f ledger.TeamFacts) error,
) error {
	mine, err := s.shop(ctx, who, act)
	if err != nil {
		return err
	}
	if err := mine.takeRequest(); err != nil {
		return err
	}
	err = s.update(ctx, func(tx books.Tx) error {
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
		out, err := ledger.DecideTeamCode(ledger.TeamOrder{
			Vendor: v.ID, Role: ledger.TeamOwner, Hash: seal.HashCode(code), Actor: staffActor(st),
		}, f, at)
		if err != nil {
			return err
		}
		c = s.teamCode(v, out.Place, code)
		return putTeam(tx, out)
	})
	if err != nil {
		return view.TeamCode{}, err
	}
	return c, nil
}

// teamCode shows a code, once.
func (s *Server) teamCode(v ledger.Vendor, m ledger.TeamMember, code string) view.TeamCode {
	return view.TeamCode{
		Vendor: v.Name, Role: string(m.Role), Code: code, Type: "ssh " + s.house.Host + " team join " + code,
		Expires: view.At(m.Expires),
	}
}

// TeamJoin gives the calling key a place in the team of a vendor, by a code that is good once.
//
// It refuses with ErrNotFound a code that is not known, used or over, with ErrRate a caller who has typed too many, and
// with ErrState a key that is in a team.
func (s *Server) TeamJoin(ctx context.Context, who view.Caller, typed, name string) (id view.Identity, err error) {
	if who.Fingerprint == "" {
		return id, ledger.Refuse(ledger.ErrUnauthenticated, "Log in with an SSH key.", "A member of a team is a key.")
	}
	if _, comment, err := ledger.ParsePublicKey(who.Key); err == nil && name == "" {
		name = comment
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
		At: at, Key: who.Fingerprint, Role: ledger.RoleVendor, Act: "team join", Entry: out.Entry.No,
	})
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

// TeamInvite makes a code for a new member with a role, in this answer only: once, within a day. It refuses with
// ErrNotAllowed who is no owner, with ErrInvalid an unknown role, and with ErrLimit a team that is full.
func (s *Server) TeamInvite(ctx context.Context, who view.Caller, role string) (c view.TeamCode, err error) {
	code, err := s.seal.TeamCode()
	if err != nil {
		return c, err
	}
	at := s.clock()
	err = s.updateTeam(ctx, who, ownsShop("team invite"), at, func(
		tx books.Tx, _ ledger.TeamMember, v ledger.Vendor, f ledger.TeamFacts,
	) error {
		out, err := ledger.DecideTeamCode(ledger.TeamOrder{
			Vendor: v.ID, Role: ledger.TeamRole(role), Hash: seal.HashCode(code), Actor: teamActor(who),
		}, f, at)
		if err != nil {
			return err
		}
		c = s.teamCode(v, out.Place, code)
		return putTeam(tx, out)
	})
	if err != nil {
		return view.TeamCode{}, err
	}
	return c, nil
}

// teamActor is the actor of what a member of a team does.
func teamActor(who view.Caller) ledger.Actor {
	return ledger.Actor{Role: ledger.RoleVendor, Key: who.Fingerprint}
}

// TeamRole gives a member another role, from its next act on. It refuses with ErrNotAllowed who is no owner, with
// ErrNotFound and ErrInvalid what names no member, and with ErrState the last owner.
func (s *Server) TeamRole(ctx context.Context, who view.Caller, member, role string) (view.TeamMember, error) {
	return s.changeTeam(ctx, who, ownsShop("team role"), member, func(
		m, _ ledger.TeamMember, f ledger.TeamFacts, at time.Time,
	) (ledger.TeamOutcome, error) {
		return ledger.DecideTeamRole(m, ledger.TeamOrder{Role: ledger.TeamRole(role), Actor: teamActor(who)}, f, at)
	})
}

// TeamRemove ends the place of a member, or a code, at once. A member may end its own place. It refuses with
// ErrNotAllowed who is no owner, with ErrNotFound and ErrInvalid what names no place, and with ErrState the last owner.
func (s *Server) TeamRemove(ctx context.Context, who view.Caller, member string) (view.TeamMember, error) {
	return s.changeTeam(ctx, who, readsShop("team remove"), member, func(
		m, me ledger.TeamMember, f ledger.TeamFacts, at time.Time,
	) (ledger.TeamOutcome, error) {
		if m.No != me.No {
			if err := me.MayAs(ledger.TeamOwner); err != nil {
				return ledger.TeamOutcome{}, err
			}
		}
		return ledger.DecideTeamEnd(m, ledger.TeamOrder{Actor: teamActor(who)}, f, at)
	})
}

// changeTeam changes a place in the team of the caller, which is named by its id, its name or its key, and wakes the
// screens of that key: they show what it may do now.
func (s *Server) changeTeam(
	ctx context.Context, who view.Caller, act teamAct, member string,
	decide func(m, me ledger.TeamMember, f ledger.TeamFacts, at time.Time) (ledger.TeamOutcome, error),
) (shown view.TeamMember, err error) {
	at := s.clock()
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

// TeamLog lists what the team of the calling key did, newest first. It refuses with ErrNotAllowed who is no owner, and
// with ErrInvalid an unknown cursor.
func (s *Server) TeamLog(
	ctx context.Context, who view.Caller, q view.Paging,
) (page view.Page[view.TeamAct], err error) {
	before, err := history.OpenCursor(s.seal, q.Before)
	if err != nil {
		return page, err
	}
	err = s.viewFor(ctx, topicKey(who.Fingerprint), func(r books.Reader) error {
		_, v, err := requireTeam(r, who, ownsShop("team log"))
		if err != nil {
			return err
		}
		page, err = deskPage(view.DeskQuery{Paging: q}, books.StaffAct{No: before},
			func(behind books.StaffAct, limit int) ([]books.StaffAct, error) { return r.StaffActs(behind.No, limit) },
			func(a books.StaffAct) (view.TeamAct, bool, error) { return s.teamActView(r, a, v.ID) },
			func(a books.StaffAct) (view.Cursor, time.Time) { return history.CloseCursor(s.seal, a.No), a.At })
		return err
	})
	return page, err
}

// teamActView shows a line of the staff log to the team of a vendor, if it is of that. Which team an act without an
// entry was of is known as long as its key is in it.
func (s *Server) teamActView(
	r books.Reader, a books.StaffAct, v ledger.VendorID,
) (shown view.TeamAct, mine bool, err error) {
	if a.Role != ledger.RoleVendor {
		return shown, false, nil
	}
	m, found, err := r.TeamByKey(a.Key)
	if err != nil {
		return shown, false, err
	}
	if a.Entry == 0 {
		mine = found && m.Vendor == v
	} else {
		e, _, err := r.Entry(a.Entry)
		if err != nil {
			return shown, false, err
		}
		mine = e.Vendor == v
		switch {
		case e.Amount.Micros != 0:
			shown.Note = e.Amount.String()
		case e.Change != nil:
			shown.Note = e.Change.Name + ": " + e.Change.New
		}
	}
	if m.Vendor == v {
		shown.Name = m.Name
	}
	shown.At, shown.Key, shown.Act = view.At(a.At), a.Key, a.Act
	return shown, mine, nil
}

// withTeam adds the team of a key to what is known of it; seen tells that its use of today is written down.
func (s *Server) withTeam(r books.Reader, id *view.Identity, at time.Time) (seen bool, err error) {
	m, found, err := r.TeamByKey(id.Fingerprint)
	if err != nil || !found {
		return true, err
	}
	v, _, err := r.Vendor(m.Vendor)
	if err != nil {
		return true, err
	}
	id.Shop, id.ShopRole = v.Name, string(m.Role)
	if id.Role == ledger.RoleNone {
		id.Role, id.Name = ledger.RoleVendor, m.Name
	}
	_, changed := m.UsedOn(at)
	return !changed, nil
}

// noteTeamUse writes down that a member was here today, as noteUse does.
func (s *Server) noteTeamUse(ctx context.Context, who view.Caller, at time.Time) {
	ctx, done := context.WithTimeout(ctx, noteUseWait)
	defer done()
	_ = s.update(ctx, func(tx books.Tx) error {
		m, found, err := tx.TeamByKey(who.Fingerprint)
		if err != nil || !found {
			return err
		}
		m, changed := m.UsedOn(at)
		if !changed {
			return nil
		}
		return tx.PutTeamMember(m)
	})
}

// decisions are the entries by which staff decide about a vendor.
var decisions = []ledger.Kind{
	ledger.KindDisputeStep, ledger.KindDisputeDecided, ledger.KindRefund, ledger.KindPayout, ledger.KindPayAccount,
	ledger.KindVendor, ledger.KindCampaign,
}

// refuseOwnVendor refuses with ErrNotAllowed staff who have just decided about a vendor in whose team they are: by this
// key, or by another one of the wallet that is known to be theirs. It looks at what was written behind an entry.
func refuseOwnVendor(tx books.Tx, st ledger.Staff, before ledger.EntryNo) error {
	own, err := ownVendors(tx.Reader, st)
	if err != nil || len(own) == 0 {
		return err
	}
	head, _, err := tx.Head()
	if err != nil {
		return err
	}
	for no := before + 1; no <= head; no++ {
		e, found, err := tx.Entry(no)
		switch {
		case err != nil:
			return err
		case !found:
			return errors.New("server: an entry of this transaction is not there")
		case slices.Contains(own, e.Vendor) && slices.Contains(decisions, e.Kind) && e.Actor.Key == st.Fingerprint:
			return ledger.RefuseOwnVendor()
		}
	}
	return nil
}

// ownVendors are the vendors in whose teams a member of staff is known to be.
func ownVendors(r books.Reader, st ledger.Staff) (own []ledger.VendorID, err error) {
	keys := []string{st.Fingerprint}
	if st.Wallet != 0 {
		u, _, err := r.User(st.Wallet)
		if err != nil {
			return nil, err
		}
		for _, k := range u.Keys {
			keys = append(keys, k.Fingerprint)
		}
	}
	for _, k := range keys {
		m, found, err := r.TeamByKey(k)
		if err != nil {
			return nil, err
		}
		if found {
			own = append(own, m.Vendor)
		}
	}
	return own, nil
}
