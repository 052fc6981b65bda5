package command

import (
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// teamCommands are about who works for a vendor in the terminal.
func teamCommands() []Command {
	return []Command{
		{
			Path: "team", Help: "list who works for your vendor, with the codes that wait", Role: ledger.RoleVendor,
			Place: "team",
			Long: "An owner may do everything, catalogue changes offers, finance gives refunds and answers disputes, read " +
				"only reads.\nOnly owners see codes.",
			JSON: view.Page[view.TeamMember]{}, Run: runTeam,
		},
		{
			Path: "team join", Help: "come into the team of a vendor, by a code",
			Long: "The team knows this key and nothing of a wallet that it may have; without --name it calls you by the key.\n" +
				"Without CODE the code is read from the first line of the input.",
			Inputs: []Input{
				arg(KindTeamCode).optional(), option("name", KindKeyName, "what the team calls you"),
			},
			JSON: view.Identity{}, Run: runTeamJoin,
		},
		{
			Path: "team invite", Help: "print a code for a new member of the team", Role: ledger.RoleVendor,
			Long: "The code is printed once, is good once, and for a day. Codes that you have made end with your own place.",
			Inputs: []Input{
				option("role", KindTeamRole, "what the new member may do").needed(),
			},
			JSON: view.TeamCode{}, Run: func(r *Run) error {
				return r.answerTeamCode(r.Service.TeamInvite(r.Ctx, r.Who, r.flag("role")))
			},
		},
		{
			Path: "team role", Help: "give a member of the team another role", Role: ledger.RoleVendor,
			Inputs: []Input{arg(KindTeamMember), arg(KindTeamRole)},
			JSON:   view.TeamMember{}, Run: func(r *Run) error {
				return r.answerFacts(r.Service.TeamRole(r.Ctx, r.Who, r.Args[0], r.Args[1]))
			},
		},
		{
			Path: "team remove", Help: "end the place of a member, or a code, at once", Role: ledger.RoleVendor, Moves: true,
			Long: "Everybody may end the own place; the last owner stays.\n" +
				"Without --yes the command only says what would happen.",
			Inputs: []Input{arg(KindTeamMember)},
			JSON:   view.TeamMember{}, Run: runTeamRemove,
		},
		{
			Path: "team log", Help: "list what the team did in the terminal, newest first", Role: ledger.RoleVendor,
			Inputs: []Input{pageSize(), option("cursor", KindCursor, "go on after the page that ended with this")},
			JSON:   view.Page[view.TeamAct]{}, Run: runTeamLog,
		},
	}
}

// vendorTeamCommand is the operator's.
func vendorTeamCommand() Command {
	return Command{
		Path: "vendor team", Help: "list who works for a vendor in the terminal, or print a code for an owner",
		Role: ledger.RoleOperator,
		Long: "With --code it lists nobody and prints a code, once. Give it to the person whom the vendor names: who types " +
			"it owns the team.",
		Inputs: []Input{arg(KindName), on("code", "print a code for an owner of the team, good once and for a day")},
		JSON:   view.VendorTeam{}, Run: runVendorTeam,
	}
}

func runVendorTeam(r *Run) error {
	if r.on("code") {
		c, err := r.Service.VendorTeamCode(r.Ctx, r.Who, r.Args[0])
		return r.answerOf(view.VendorTeam{Code: &c}, err, func(s *textWriter) { s.teamCode(c) })
	}
	p, err := r.Service.VendorTeam(r.Ctx, r.Who, r.Args[0])
	return r.answerOf(view.VendorTeam{Members: p.Data}, err, func(s *textWriter) {
		if len(p.Data) == 0 {
			s.line("Nobody works for this vendor in the terminal. A code for the first one: vendor team NAME --code")
			return
		}
		s.table("", view.TeamTable(p.Data, s.format()))
	})
}

func runTeam(r *Run) error {
	p, err := r.Service.Team(r.Ctx, r.Who)
	return answerPage(r, p, err, "Nobody.", view.TeamTable)
}

// runTeamJoin tells what the key may do from now on.
func runTeamJoin(r *Run) error {
	code, err := r.code()
	if err != nil {
		return err
	}
	id, err := r.Service.TeamJoin(r.Ctx, r.Who, code, r.flag("name"))
	if err != nil {
		return err
	}
	r.Me = id
	return r.answer(id, func(s *textWriter) {
		s.line("This key works for " + id.Shop + " now, as " + id.ShopRole + ": " + view.TeamMay[id.ShopRole] + ".")
		s.line("See: shop today")
	})
}

// answerTeamCode prints a code. What the new member types stands on a line of its own, so that it can be copied whole.
func (r *Run) answerTeamCode(c view.TeamCode, err error) error {
	return r.answerOf(c, err, func(s *textWriter) { s.teamCode(c) })
}

func (s *textWriter) teamCode(c view.TeamCode) {
	s.line("The new member (" + c.Role + " of " + c.Vendor + ") types before " + s.at(c.Expires) + ":")
	s.gap()
	s.line("  " + c.Type)
	s.gap()
	s.line("It is good once, and shown this once.")
}

// runTeamRemove says first whose place it is.
func runTeamRemove(r *Run) error {
	if r.Yes {
		return r.answerFacts(r.Service.TeamRemove(r.Ctx, r.Who, r.Args[0]))
	}
	p, err := r.Service.Team(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	typedKey := strings.TrimPrefix(r.Args[0], "SHA256:")
	for _, m := range p.Data {
		isKey := len(typedKey) >= 4 && strings.HasPrefix(strings.TrimPrefix(m.Fingerprint, "SHA256:"), typedKey)
		if m.ID != r.Args[0] && m.Name != r.Args[0] && !isKey {
			continue
		}
		whose := "end the place of " + m.Name + " (" + m.Role + ", " + m.Fingerprint + ")"
		if m.Fingerprint == "" {
			whose = "end a code for the role " + m.Role
		}
		return confirm(r.again(), "", "This would %s, at once.", view.Clean(whose))
	}
	return ledger.Refuse(ledger.ErrNotFound, "See the team with: team", "Nobody in the team is called %s.",
		typed(r.Args[0]))
}

func runTeamLog(r *Run) error {
	q := view.Paging{Before: view.Cursor(r.flag("cursor"))}
	var err error
	if q.Limit, err = r.limit(); err != nil {
		return err
	}
	p, err := r.Service.TeamLog(r.Ctx, r.Who, q)
	return answerPage(r, p, err, "The team has done nothing yet.", view.TeamActTable)
}
