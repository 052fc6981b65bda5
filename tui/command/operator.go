package command

import (
	"cmp"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// operatorCommands are what the operator does with vendors and staff.
func operatorCommands() []Command {
	return []Command{
		{
			Path: "vendor create", Help: "open a vendor and print its API key, once", Role: ledger.RoleOperator,
			Inputs: []Input{
				arg(KindName),
				option("origin", KindURL, "the vendor's site, such as https://news.example; without one it sells from its inbox"),
				option("title", KindTitle, "what people read; without it the name"),
			},
			JSON: view.VendorKey{}, Run: runVendorCreate,
		},
		{
			Path: "vendor key", Help: "make a new API key for a vendor, and end its earlier ones", Role: ledger.RoleOperator,
			Moves: true, Inputs: []Input{arg(KindName)}, JSON: view.VendorKey{}, Run: runVendorKey,
		},
		{
			Path: "staff add", Help: "let an SSH key work for the service", Role: ledger.RoleOperator,
			Long: "KEY is the line of the public key file (ssh-ed25519 AAAA… name), in quotes or not, or its " +
				"fingerprint SHA256:…",
			Inputs: []Input{
				arg(KindPublicKey).repeated(),
				option("role", KindRole, "rep (disputes, checks), operator (everything), or none to end it").needed(),
				option("wallet", KindHandle, "the person's own wallet, w_…: its money is for others to decide about"),
			},
			JSON: view.Staff{}, Run: runStaffAdd,
		},
		{
			Path: "staff list", Help: "list who works for the service, and who has", Role: ledger.RoleOperator,
			JSON: view.Page[view.Staff]{}, Run: runStaffList,
		},
		{
			Path: "desk audit", Help: "list what staff did, and whose wallets they looked at", Role: ledger.RoleOperator,
			Long: "Every change is also in the journal, with the key that made it. A look is written down once a day for " +
				"each wallet, one into it once for each quarter of an hour. The entry of an act is in: report ledger.",
			Inputs: []Input{
				option("staff", KindStaff, "only of this member of staff"),
				option("wallet", KindHandle, "only about this wallet"),
				option("act", KindAct, "only acts that begin so, such as desk or deposit"),
				option("since", KindSince, "not older than this: 2026-11-01, or 7d, 12h"),
				option("until", KindUntil, "older than this: 2026-12-01, or 7d, 12h"),
				pageSize(), option("cursor", KindCursor, "go on after the page that ended with this"),
			},
			JSON: view.Page[view.StaffAct]{}, Run: runStaffLog,
		},
	}
}

// runVendorCreate opens a vendor. People read the title; where there is none they read the name.
func runVendorCreate(r *Run) error {
	title := cmp.Or(r.flag("title"), r.Args[0])
	k, err := r.Service.VendorCreate(r.Ctx, r.Who, view.VendorRequest{
		Name: r.Args[0], Title: title, Origin: r.flag("origin"),
	})
	return r.answerVendorKey(k, err)
}

// runVendorKey ends the earlier keys of the vendor in the same step, so that a lost key opens nothing (claim 12). What
// sells with them stops, so that is asked.
func runVendorKey(r *Run) error {
	if !r.Yes {
		if _, err := r.Service.PayTerms(r.Ctx, r.Who, r.Args[0]); err != nil { // whether there is such a vendor
			return err
		}
		return confirm("vendor key "+quote(r.Args[0])+" --yes", "",
			"This would make a new key for %s, printed once. What sells with an earlier key stops.", typed(r.Args[0]))
	}
	return r.answerVendorKey(r.Service.VendorKey(r.Ctx, r.Who, r.Args[0]))
}

// answerVendorKey prints an API key, once: only its hash is stored.
func (r *Run) answerVendorKey(k view.VendorKey, err error) error {
	return r.answerOf(k, err, func(s *textWriter) {
		ended := ""
		if k.Ended > 0 {
			ended = view.Plural(uint64(k.Ended), "earlier key")
		}
		s.facts("", fact("Vendor", k.Name), fact("Id", k.ID), fact("Origin", k.Origin), fact("Ended", ended))
		s.gap()
		s.line("API key, shown this once: " + k.Key)
	})
}

// runStaffAdd takes the line of a public key file as it stands there, so its words are put together again. The role
// none ends a key and keeps its record, because the journal names it.
func runStaffAdd(r *Run) error {
	roles := map[string]ledger.Role{"rep": ledger.RoleRep, "operator": ledger.RoleOperator, "none": ledger.RoleNone}
	role := roles[r.flag("role")]
	added, err := r.Service.StaffAdd(r.Ctx, r.Who, strings.Join(r.Args, " "), role, r.flag("wallet"))
	return r.answerOf(added, err, func(s *textWriter) {
		s.facts("", fact("Key", added.Fingerprint), fact("Name", added.Name), fact("Role", added.Role.String()),
			fact("Added", s.at(added.Added)), fact("Ended", s.at(added.Ended)))
	})
}

// runStaffList lists staff.
func runStaffList(r *Run) error {
	p, err := r.Service.StaffList(r.Ctx, r.Who)
	return answerPage(r, p, err, "Nobody works here.", view.StaffTable)
}

// runStaffLog lists the staff log page by page.
func runStaffLog(r *Run) error {
	limit, err := r.limit()
	if err != nil {
		return err
	}
	q := view.AuditQuery{
		Paging: view.Paging{Limit: limit, Before: view.Cursor(r.flag("cursor"))}, Staff: r.flag("staff"),
		Wallet: r.flag("wallet"), Act: r.flag("act"),
	}
	if q.Since, err = r.since("since"); err != nil {
		return err
	}
	if q.Until, err = r.since("until"); err != nil {
		return err
	}
	none := "Staff have done nothing yet."
	if q != (view.AuditQuery{Paging: view.Paging{Limit: limit}}) {
		none = "Nothing like that."
	}
	p, err := r.Service.StaffLog(r.Ctx, r.Who, q)
	return answerPage(r, p, err, none, view.StaffActTable)
}

// policyCommands are what the operator decides for all wallets.
func policyCommands() []Command {
	return []Command{
		{
			Path: "policy show", Help: "show what the operator has decided for all wallets", Role: ledger.RoleOperator,
			Place: "policy",
			JSON:  view.Page[view.Setting]{}, Run: runPolicyShow,
		},
		{
			Path: "policy set", Help: "change one setting of the policy", Role: ledger.RoleOperator,
			Place: "policy", Key: "policy:enter", Inputs: []Input{arg(KindSetting), arg(KindValue)},
			Long: "What weakens a control over staff (" + strings.Join(ledger.Guarded(), ", ") + ") is asked for first, and\n" +
				"holds once another operator types the same within 14 days. An only operator types it again three days\n" +
				"later; while the books are three days old at most it holds at once. The value that there is takes it back.\n" +
				"An amount holds in each currency that has none of its own. \"200.00, JPY 30000\" gives JPY its own;\n" +
				"\"JPY default\" takes it away. What is not named stays as it is.",
			JSON: view.Page[view.Setting]{}, Run: runPolicySet,
		},
	}
}

// runPolicyShow lists the settings with their meaning, so that policy set needs no manual.
func runPolicyShow(r *Run) error { return r.answerPolicy(r.Service.Policy(r.Ctx, r.Who)) }

// runPolicySet changes one setting. What a value may be is decided by the rules, which say so in their refusal.
func runPolicySet(r *Run) error {
	return r.answerPolicy(r.Service.SetPolicy(r.Ctx, r.Who, r.Args[0], r.Args[1]))
}

// answerPolicy shows all settings after each change: one can bound another.
func (r *Run) answerPolicy(all []view.Setting, err error) error {
	err = answerList(r, all, err, "No settings.",
		func(all []view.Setting, _ view.Format) view.Table { return view.SettingTable(all) })
	var asked view.List[view.Ask]
	for _, s := range all {
		for _, a := range s.Asked {
			a.Again = "policy set " + s.Name + " " + quote(a.Value)
			asked = append(asked, a)
		}
	}
	return r.withAsked(asked, err)
}

// withAsked says behind an answer what waits for a second operator.
func (r *Run) withAsked(asked []view.Ask, err error) error {
	if draw := r.draw; err == nil && draw != nil && len(asked) > 0 {
		r.draw = func(s *textWriter) {
			draw(s)
			for _, a := range asked {
				s.gap()
				s.text("", a.Words(s.format()))
			}
		}
	}
	return err
}
