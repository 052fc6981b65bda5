package command

import (
	"encoding/csv"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// offerInputs are what an offer may have, as flags.
func offerInputs() []Input {
	return []Input{
		option("description", KindWords, "what buyers read"),
		option("url", KindURL, "what opens after the purchase, on a verified site"),
		option("views", KindCount, "how often it may be opened; 0: no bound"),
		option("hours", KindCount, "hours after the first use; 0: no bound"),
		option("days", KindCount, "days after the purchase; 0: no bound"),
		option("until", KindDay, "the last day on which it is sold and opens"),
		option("plan", KindRoyaltyPlan, "the royalty plan of its sales, or none"),
	}
}

// shopOfferCommands change what a vendor sells.
func shopOfferCommands() []Command {
	return []Command{
		{
			Path: "shop offer add", Help: "offer something new", Role: ledger.RoleVendor,
			Long: "Without a site of your own put the text or picture itself into inbox of: sftp HOST\n" +
				"README.txt there says how.",
			Inputs: append([]Input{
				arg(KindTitle), arg(KindAmount), arg(KindCurrency), option("kind", KindOfferKind, "what it is").preset("content"),
			}, append(offerInputs(), onceKey())...),
			JSON: view.Offer{}, Run: runShopOfferAdd,
		},
		{
			Path: "shop offer change", Help: "make a new version of an offer", Role: ledger.RoleVendor,
			Long: "What is not named stays as it is. Who has bought keeps the version that was bought.",
			Inputs: append([]Input{
				arg(KindOffer), option("title", KindTitle, "another title"), option("price", KindAmount, "another price"),
			}, append(offerInputs(), onceKey())...),
			JSON: view.Offer{}, Run: runShopOfferChange,
		},
		{
			Path: "shop offer end", Help: "sell an offer no more", Role: ledger.RoleVendor, Moves: true,
			Long: "What was sold stays open. shop offer resume sells it again.\n" +
				"Without --yes the command only says what it is.",
			Inputs: []Input{arg(KindOffer)}, JSON: view.Offer{}, Run: runShopOfferEnd,
		},
		{
			Path: "shop offer resume", Help: "sell an offer again that was ended", Role: ledger.RoleVendor,
			Inputs: []Input{arg(KindOffer)}, JSON: view.Offer{},
			Run: func(r *Run) error { return r.shopOfferStatus(string(ledger.OfferActive)) },
		},
		{
			Path: "shop export", Help: "print the catalogue as CSV, for shop import", Role: ledger.RoleVendor,
			Long: "ssh HOST shop export > catalogue.csv", JSON: view.Catalogue{}, Run: runShopExport,
		},
		{
			Path: "shop import", Help: "read a catalogue, tell what it changes, and change it", Role: ledger.RoleVendor,
			Long: "Send it: ssh HOST shop import < catalogue.csv. That changes nothing, and prints a mark of what would " +
				"change.\n" +
				"ssh HOST shop import --apply MARK < catalogue.csv does it, all or nothing, if it is still the same.\n" +
				"A line with an id makes the next version of that offer, one without an id a new offer. Offers that are not " +
				"named stay.\nThe columns are " + strings.Join(view.CatalogueColumns, ", ") +
				"; the status is active or retired.\n" +
				"A file is UTF-8 and has at most 200 lines. A cell that is as shop export prints it changes nothing.\n" +
				"Of a long text the part that changes is shown, with --json all of it.",
			Inputs: []Input{option("apply", KindDiff, "do it: the mark that was printed")},
			JSON:   view.ImportDiff{}, Run: runShopImport,
		},
	}
}

// shopActCommands are about money, disputes and hooks.
func shopActCommands() []Command {
	text := option("text", KindWords, "what the buyer and staff read").needed()
	contest := func(act, help string, more ...Input) Command {
		return Command{
			Path: "shop dispute " + act, Help: help, Role: ledger.RoleVendor,
			Inputs: append([]Input{arg(KindShopDispute)}, append(more, onceKey())...),
			JSON:   view.VendorDispute{}, Run: func(r *Run) error { return runShopContest(r, act) },
		}
	}
	accept := contest(view.ShopAccept, "give in: all of it goes back to the buyer at once")
	accept.Moves = true
	return []Command{
		{
			Path: "shop refund", Help: "give a sale back, whole or in part", Role: ledger.RoleVendor, Moves: true,
			Long: "Without an amount all that is left goes back. Without --yes the command only says what would happen.",
			Inputs: []Input{
				arg(KindSale), arg(KindAmount).optional(), arg(KindCurrency).optional(),
				option("reason", KindRefund, "why, one word of the list").needed(), onceKey(),
			},
			JSON: view.Refund{}, Run: runShopRefund,
		},
		accept,
		contest(view.ShopOffer, "offer the buyer a part: the buyer takes it, or a person decides",
			arg(KindAmount), arg(KindCurrency), text),
		contest(view.ShopAnswer, "answer with what was delivered, and when: a person decides", text),
		contest(view.ShopAppeal, "appeal a verdict for the buyer, once: another person decides", text),
		{
			Path: "shop redeliver", Help: "send an event to your hooks once more", Role: ledger.RoleVendor,
			Inputs: []Input{arg(KindEventID), option("hook", KindHook, "only to this one")},
			JSON:   view.VendorEvent{}, Run: func(r *Run) error {
				return r.answerFacts(r.Service.ShopRedeliver(r.Ctx, r.Who, r.Args[0], r.flag("hook")))
			},
		},
		{
			Path: "shop rotate", Help: "give a hook a new secret, which is printed once", Role: ledger.RoleVendor, Moves: true,
			Long: "The old secret signs too for a while, so that your server can be changed without a gap.\n" +
				"Without --yes the command only says what would happen.",
			Inputs: []Input{arg(KindHook), option("overlap", KindDuration, "how long the old one signs; without it 24h")},
			JSON:   view.Endpoint{}, Run: runShopRotate,
		},
	}
}

// offerOrder reads the flags of an offer.
func (r *Run) offerOrder() (q view.ShopOfferOrder, err error) {
	text := func(name string) *string {
		if f := r.Flags.Lookup(name); f == nil || !f.Changed {
			return nil
		}
		return new(r.flag(name))
	}
	q.Title, q.Description, q.ContentURL, q.Plan = text("title"), text("description"), text("url"), text("plan")
	for name, to := range map[string]**uint32{"views": &q.Views, "hours": &q.Hours, "days": &q.Days} {
		n, err := r.Flags.GetInt(name)
		if err != nil || n < 0 || n > 1<<30 {
			return q, r.misuse("--%s is a number such as 5.", name)
		}
		if r.Flags.Changed(name) {
			*to = new(uint32(n))
		}
	}
	if r.flag("until") != "" {
		day, err := r.day("until")
		if err != nil {
			return q, err
		}
		q.Expires = new(day.Add(24 * time.Hour))
	}
	q.Key = r.flag("key")
	return q, nil
}

func runShopOfferAdd(r *Run) error {
	q, err := r.offerOrder()
	if err != nil {
		return err
	}
	price, err := r.amount(r.Args[1], r.Args[2])
	if err != nil {
		return err
	}
	q.Title, q.Price, q.Kind = &r.Args[0], &price, r.flag("kind")
	return r.answerFacts(r.Service.ShopOfferAdd(r.Ctx, r.Who, q))
}

// runShopOfferChange reads a price in the currency that the offer has.
func runShopOfferChange(r *Run) error {
	q, err := r.offerOrder()
	if err != nil {
		return err
	}
	if text := r.flag("price"); text != "" {
		o, err := r.Service.ShopOffer(r.Ctx, r.Who, r.Args[0])
		if err != nil {
			return err
		}
		price, err := r.amount(text, string(o.Price.Currency))
		if err != nil {
			return err
		}
		q.Price = &price
	}
	if q == (view.ShopOfferOrder{Key: q.Key}) {
		return r.misuse("Name what changes.")
	}
	return r.answerFacts(r.Service.ShopOfferChange(r.Ctx, r.Who, r.Args[0], q))
}

func runShopOfferEnd(r *Run) error {
	if r.Yes {
		return r.shopOfferStatus(string(ledger.OfferRetired))
	}
	o, err := r.Service.ShopOffer(r.Ctx, r.Who, r.Args[0])
	if err != nil {
		return err
	}
	return confirm(r.again(), "", "This would end %q, which sells at %s.", view.Clean(o.Title), o.Price)
}

func (r *Run) shopOfferStatus(status string) error {
	return r.answerFacts(r.Service.ShopOfferChange(r.Ctx, r.Who, r.Args[0], view.ShopOfferOrder{Status: &status}))
}

// exportMost bounds a catalogue that is printed, in offers.
const exportMost = 10_000

// runShopExport prints all pages of the catalogue.
func runShopExport(r *Run) error {
	var b strings.Builder
	w := csv.NewWriter(&b)
	if err := w.Write(view.CatalogueColumns); err != nil {
		return err
	}
	out := view.Catalogue{}
	for q := (view.Paging{Limit: view.MaxRows}); ; {
		p, err := r.Service.ShopOffers(r.Ctx, r.Who, q)
		if err != nil {
			return err
		}
		for _, o := range p.Data {
			if err := w.Write(o.Cells()); err != nil {
				return err
			}
		}
		if out.Offers += len(p.Data); p.Next == "" || out.Offers >= exportMost {
			out.More = p.Next != ""
			break
		}
		q.Before = p.Next
	}
	w.Flush()
	out.CSV = b.String()
	f := file{bytes: []byte(out.CSV)}
	if out.More {
		f.note = "These are the newest " + view.Plural(out.Offers, "offer") + ". There are more."
	}
	return r.answerFile(out, f)
}

// importMost bounds a catalogue that is read, in bytes.
const importMost = 1 << 20

// runShopImport tells what would change, or changes it.
func runShopImport(r *Run) error {
	raw, err := r.piped(importMost, "shop import")
	if err != nil {
		return err
	}
	d, err := r.Service.ShopImport(r.Ctx, r.Who, raw, r.flag("apply"))
	return r.answerOf(d, err, func(s *textWriter) {
		if len(d.Rows) == 0 {
			s.line("This changes nothing.")
			return
		}
		s.table("", view.ImportTable(d.Rows, s.format()))
		s.gap()
		told := view.Plural(d.Added, "new offer") + " and " + view.Plural(d.Changed, "new version") + ". "
		if d.Applied {
			s.line(told + "Done.")
			return
		}
		s.line(told + "Nothing has changed yet. To do it: shop import --apply " + d.Mark + " < FILE")
	})
}

// runShopRefund gives a sale back. Without --yes it says what, and calls nothing that changes.
func runShopRefund(r *Run) error {
	var amount ledger.Amount
	var err error
	switch len(r.Args) {
	case 2:
		return r.misuse("CURRENCY is missing.")
	case 3:
		if amount, err = r.amount(r.Args[1], r.Args[2]); err != nil {
			return err
		}
	}
	id, reason := r.Args[0], r.flag("reason")
	if r.Yes {
		return r.answerFacts(r.Service.ShopRefund(r.Ctx, r.Who, id, amount, reason, r.flag("key")))
	}
	c, err := r.Service.ShopSale(r.Ctx, r.Who, id)
	if err != nil {
		return err
	}
	left := c.Left()
	if left.Micros <= 0 {
		return ledger.Refuse(ledger.ErrState, "See it with: shop sale "+view.Clean(id), "All of it went back already.")
	}
	if amount.Micros == 0 {
		amount = left
	}
	return confirm(r.again(), "", "This would give %s of %s for %q back to the buyer.", amount, left,
		view.Clean(c.Offer.Title))
}

// runShopContest does what a vendor may in a dispute. To give in is asked for.
func runShopContest(r *Run, act string) error {
	q := view.ShopDisputeAct{ID: r.Args[0], Act: act, Key: r.flag("key")}
	if act != view.ShopAccept {
		q.Text = r.flag("text")
	}
	if act == view.ShopOffer {
		var err error
		if q.Amount, err = r.amount(r.Args[1], r.Args[2]); err != nil {
			return err
		}
	}
	if act == view.ShopAccept && !r.Yes {
		d, err := r.Service.ShopDispute(r.Ctx, r.Who, q.ID)
		if err != nil {
			return err
		}
		return confirm(r.again(), "", "This would give %s back to the buyer, for good.", d.Amount)
	}
	return r.answerCase(r.Service.ShopContest(r.Ctx, r.Who, q))
}

// runShopRotate prints the new secret, once.
func runShopRotate(r *Run) error {
	if !r.Yes {
		all, err := r.Service.ShopHooks(r.Ctx, r.Who)
		if err != nil {
			return err
		}
		for _, h := range all {
			if h.ID == r.Args[0] {
				return confirm(r.again(), "", "This would give %s a new secret. Your server has to know it.", view.Clean(h.URL))
			}
		}
		return ledger.Refuse(ledger.ErrNotFound, "Copy the id from: shop hooks", "There is no hook %s.", typed(r.Args[0]))
	}
	overlap, err := r.Flags.GetDuration("overlap")
	if err != nil {
		return err
	}
	if !r.Flags.Changed("overlap") {
		overlap = 24 * time.Hour
	}
	e, err := r.Service.ShopRotate(r.Ctx, r.Who, r.Args[0], overlap)
	return r.answerOf(e, err, func(s *textWriter) {
		s.facts("", e.Facts(s.format())...)
		s.gap()
		s.line("Secret, shown this once: " + e.Secret)
	})
}
