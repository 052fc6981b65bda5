package tui

import (
	"strings"

	"github.com/spf13/pflag"

	"tuppence/server/ledger"
)

// houseCommands are what the operator does with vendors and staff.
func houseCommands() []Command {
	return []Command{
		{
			Path: "vendor create", Args: "NAME", Help: "open a vendor and print its API key, once", Role: ledger.RoleOperator,
			Flags: func(fs *pflag.FlagSet) {
				fs.String("origin", "", "the vendor's site, an `URL` such as https://news.example")
				need(fs, "origin")
				fs.String("title", "", "`TITLE` for people; without it the name")
			},
			JSON: vendorKeyJSON{}, Run: runVendorCreate,
		},
		{
			Path: "vendor key", Args: "NAME", Help: "make a new API key for a vendor and print it, once", Role: ledger.RoleOperator,
			JSON: vendorKeyJSON{}, Run: runVendorKey,
		},
		{
			Path: "staff add", Args: "KEY…", Help: "let an SSH key work for the house", Role: ledger.RoleOperator,
			Long: "KEY is the line of the public key file (ssh-ed25519 AAAA… name), in quotes or not, or its fingerprint SHA256:…",
			Flags: func(fs *pflag.FlagSet) {
				fs.String("role", "", "`ROLE` is rep (disputes, checks), operator (everything), or none to end it")
				need(fs, "role")
			},
			JSON: staffJSON{}, Run: runStaffAdd,
		},
	}
}

func runVendorCreate(r *Run) error {
	title := r.flag("title")
	if title == "" {
		title = r.Args[0]
	}
	k, err := r.Service.VendorCreate(r.Ctx, r.Who, ledger.VendorRequest{Name: r.Args[0], Title: title, Origin: r.flag("origin")})
	return r.answerVendorKey(k, err)
}

func runVendorKey(r *Run) error {
	k, err := r.Service.VendorKey(r.Ctx, r.Who, r.Args[0])
	return r.answerVendorKey(k, err)
}

func (r *Run) answerVendorKey(k ledger.VendorKey, err error) error {
	if err != nil {
		return err
	}
	return r.answer(wireVendorKey(k), func(s *sheet) {
		ended := ""
		if k.Ended > 0 {
			ended = plural(uint64(k.Ended), "earlier key")
		}
		s.facts("", fact{"vendor", k.Name}, fact{"id", k.ID}, fact{"origin", k.Origin}, fact{"ended", ended})
		s.gap()
		s.line("API key, shown this once: " + k.Key)
	})
}

func runStaffAdd(r *Run) error {
	var role ledger.Role
	switch r.flag("role") {
	case "rep":
		role = ledger.RoleRep
	case "operator":
		role = ledger.RoleOperator
	case "none":
		role = ledger.RoleNone
	default:
		return r.misuse("--role is %q; it is rep, operator or none.", r.flag("role"))
	}
	added, err := r.Service.StaffAdd(r.Ctx, r.Who, strings.Join(r.Args, " "), role)
	if err != nil {
		return err
	}
	return r.answer(staffJSON{added.Fingerprint, added.Name, roleWord(added.Role), moment(added.Added), moment(added.Ended)}, func(s *sheet) {
		s.facts("", fact{"key", added.Fingerprint}, fact{"name", added.Name}, fact{"role", roleWord(added.Role)}, fact{"added", s.at(added.Added)},
			fact{"ended", s.at(added.Ended)})
	})
}

// policyCommands are what the operator decides for everybody.
func policyCommands() []Command {
	return []Command{
		{
			Path: "policy show", Help: "show what the house has decided for everybody", Role: ledger.RoleOperator,
			JSON: []policyJSON(nil), Run: runPolicyShow,
		},
		{
			Path: "policy set", Args: "NAME VALUE", Help: "change one setting of the policy", Role: ledger.RoleOperator,
			JSON: []policyJSON(nil), Run: runPolicySet,
		},
	}
}

func runPolicyShow(r *Run) error {
	all, err := r.Service.Policy(r.Ctx, r.Who)
	return r.answerPolicy(all, err)
}

func runPolicySet(r *Run) error {
	all, err := r.Service.SetPolicy(r.Ctx, r.Who, r.Args[0], r.Args[1])
	return r.answerPolicy(all, err)
}

func (r *Run) answerPolicy(all []ledger.PolicyLine, err error) error {
	if err != nil {
		return err
	}
	return r.answer(wire(all, wirePolicy), func(s *sheet) {
		rows := make([][]string, 0, len(all))
		for _, p := range all {
			rows = append(rows, []string{p.Name, p.Value, p.Help})
		}
		s.table("", []column{{title: "Name"}, {title: "Value"}, {title: "Meaning", elastic: true}}, rows)
	})
}
