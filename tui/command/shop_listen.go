package command

import (
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// shopListenCommands are for who writes a server that takes events, on a machine without a public address.
func shopListenCommands() []Command {
	return []Command{
		{
			Path: "shop listen", Help: "print events as they come, signed, for tuppence forward", Role: ledger.RoleVendor,
			Long: "ssh HOST shop listen --json | tuppence forward http://localhost:3000/hooks\n" +
				"Each event is a line: its id, its type, the payload as it is signed, and the headers of Standard Webhooks. " +
				"The first line has the secret, which is the same each time that your key listens.\n" +
				"It prints what comes from now on, until you end it. A reader that is too slow is told how many events it has " +
				"missed.",
			JSON: view.Heard{}, Run: runShopListen,
		},
		{
			Path: "shop trigger", Help: "send a sample of an event, marked as a test", Role: ledger.RoleVendor,
			Long: "It goes to shop listen of your key, or to one hook. Its payload says \"test\":true, and nothing happens in " +
				"the books.",
			Inputs: []Input{arg(KindEvent), option("hook", KindHook, "to this hook, and not to who listens")},
			JSON:   view.Trigger{}, Run: func(r *Run) error {
				t, err := r.Service.ShopTrigger(r.Ctx, r.Who, r.Args[0], r.flag("hook"))
				return r.answerFacts(t, err)
			},
		},
	}
}

// runShopListen prints events until its client ends it.
func runShopListen(r *Run) error {
	if r.live == nil {
		return r.misuse("shop listen prints as it comes, and here the whole answer is printed at once.")
	}
	f := view.Format{Zone: ZoneOf(r.Me.Zone)}
	return r.Service.ShopListen(r.Ctx, r.Who, func(h view.Heard) error { return r.printLine(h, h.Words(f)) })
}
