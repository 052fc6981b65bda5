package command

import (
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// agentCommands are about the keys by which programs pay.
func agentCommands() []Command {
	return []Command{
		{
			Path: "agents", Help: "list the keys by which programs pay from this wallet", Role: ledger.RoleUser, Place: "me",
			Long: "A program signs its requests with such a key and pays within its limits, also while the purchase\n" +
				"window is closed. The key opens nothing: it does not log in. Keys that have ended are listed for a while.",
			JSON: view.Page[view.Agent]{}, Run: runAgents,
		},
		{
			Path: "agent add", Help: "let a program pay with an SSH key of its own, inside limits", Role: ledger.RoleUser,
			Key: "me:A",
			Long: "Make the key for the program alone: ssh-keygen -t ed25519 -f builder\n" +
				"Then add the line of builder.pub here, in quotes or not. The limits of the wallet hold beside its own.\n" +
				"Whoever has the key file spends what it may: stop it with agent end.",
			Inputs: append([]Input{
				arg(KindAgentName), arg(KindAgentKey).repeated(),
				option("each", KindAmount, "at most so much for one purchase").needed(),
				option("day", KindAmount, "at most so much on one day").needed(),
				option("total", KindAmount, "at most so much over its life; left out: no such limit"),
				option("vendor", KindVendors, "pays only there; left out: everywhere"),
				option("currency", KindCurrency, "the account; may be left out while there is one"),
			}, agentDays("for so many days, at most 400; left out: 90")),
			JSON: view.Agent{}, Run: runAgentAdd,
		},
		{
			Path: "agent limit", Help: "change what a program may pay", Role: ledger.RoleUser, Asks: true,
			Long: "Lowering a limit is always allowed. One that becomes looser needs --yes: without it, the command says\n" +
				"what would change. While it is new, a key of the wallet only lowers.",
			Inputs: []Input{
				arg(KindAgent), option("each", KindAmount, "at most so much for one purchase"),
				option("day", KindAmount, "at most so much on one day"),
				option("total", KindBound, "at most so much over its life, or none"),
				agentDays("for so many days from now on, at most 400"),
			},
			JSON: view.Agent{}, Run: runAgentLimit,
		},
		{
			Path: "agent end", Help: "stop a program: its key pays no more, at once", Role: ledger.RoleUser,
			Long:   "What waits for its vendors goes back to the wallet. The same key may be added again.",
			Inputs: []Input{arg(KindAgent)}, JSON: view.Agent{}, Run: runAgentEnd,
		},
	}
}

func agentDays(help string) Input { return option("days", KindCount, help) }

// runAgents lists the keys.
func runAgents(r *Run) error {
	all, err := r.Service.Agents(r.Ctx, r.Who)
	return answerPage(r, view.All(all), err, "No program pays from this wallet. Let one: agent add", view.AgentTable)
}

// days is the number of days that was given, 0 for none.
func (r *Run) days() (int, error) {
	if !r.Flags.Changed("days") {
		return 0, nil
	}
	n, err := r.Flags.GetInt("days")
	if err != nil || n < 1 {
		return 0, r.misuse("--days is a number such as 30.")
	}
	return n, nil
}

// runAgentAdd adds a key.
func runAgentAdd(r *Run) error {
	q := view.AgentOrder{Name: r.Args[0], Key: strings.Join(r.Args[1:], " "), Vendors: r.commas("vendor")}
	var err error
	if q.Days, err = r.days(); err != nil {
		return err
	}
	if q.Currency, err = r.currencyOr(r.flag("currency")); err != nil {
		return err
	}
	for _, b := range []struct {
		flag string
		to   *int64
	}{{"each", &q.Each}, {"day", &q.Day}, {"total", &q.Total}} {
		if text := r.flag(b.flag); text != "" {
			if *b.to, err = r.allowance("--"+b.flag, text, q.Currency); err != nil {
				return err
			}
		}
	}
	a, err := r.Service.AddAgent(r.Ctx, r.Who, q)
	return r.answerFacts(a, err)
}

// runAgentLimit changes limits of a key.
func runAgentLimit(r *Run) error {
	had, err := r.agent(r.Args[0])
	if err != nil {
		return err
	}
	q, c := view.AgentChange{Name: r.Args[0], Confirmed: r.Yes}, had.Each.Currency
	if q.Days, err = r.days(); err != nil {
		return err
	}
	for _, b := range []struct {
		flag string
		to   **int64
	}{{"each", &q.Each}, {"day", &q.Day}, {"total", &q.Total}} {
		text, none := r.flag(b.flag), int64(0)
		switch {
		case text == "":
		case b.flag == "total" && strings.EqualFold(text, "none"):
			*b.to = &none
		default:
			micros, err := r.allowance("--"+b.flag, text, c)
			if err != nil {
				return err
			}
			*b.to = &micros
		}
	}
	if q == (view.AgentChange{Name: q.Name, Confirmed: q.Confirmed}) {
		return r.misuse("What should change? Give --each, --day, --total or --days.")
	}
	a, err := r.Service.LimitAgent(r.Ctx, r.Who, q)
	return r.answerFacts(a, r.confirmed(err))
}

// runAgentEnd ends a key at once and asks for no --yes: who finds that a program spends what it should not must not be
// held up, and the key can be added again.
func runAgentEnd(r *Run) error { return r.answerFacts(r.Service.EndAgent(r.Ctx, r.Who, r.Args[0])) }

// agent finds the key that a word names, among those that have not ended.
func (r *Run) agent(name string) (view.Agent, error) {
	all, err := r.Service.Agents(r.Ctx, r.Who)
	if err != nil {
		return view.Agent{}, err
	}
	known := view.Map(all, func(a view.Agent) ledger.Agent {
		return ledger.Agent{Name: a.Name, Fingerprint: a.Fingerprint, Ended: a.Ended.Time}
	})
	found, err := ledger.AgentNamed(known, name)
	for _, a := range all {
		if err == nil && a.Ended.IsZero() && a.Fingerprint == found.Fingerprint {
			return a, nil
		}
	}
	return view.Agent{}, err
}
