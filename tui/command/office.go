package command

import (
	"encoding/base64"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// addressCommands are about bills on paper (claim 39).
func addressCommands() []Command {
	return []Command{
		{
			Path: "bill address", Help: "show where your bills are mailed, masked", Role: ledger.RoleUser, Place: "accounts",
			Long: "Without an address bills are electronic: they stand in bills, and nothing is mailed.",
			JSON: view.Address{}, Run: func(r *Run) error { return r.answerFacts(r.Service.Address(r.Ctx, r.Who)) },
		},
		{
			Path: "bill address set", Help: "get bills on paper, at a postal address", Role: ledger.RoleUser, Place: "accounts",
			Long: "The address is kept sealed; it is printed on letters and shown to nobody. One that was there is deleted.\n" +
				"Without the flags its five lines are read from the input, so that your shell's history does not keep it:\n" +
				"name, street, postcode, town, country. ssh HOST bill address set < address.txt",
			Inputs: []Input{
				option("name", KindPostal, "the name on the letter"),
				option("street", KindPostal, "street and number of the house"),
				option("postcode", KindPostal, "its postcode"),
				option("town", KindPostal, "the town"),
				option("country", KindCountry, "the country, in two letters"),
			},
			JSON: view.Address{}, Run: runAddressSet,
		},
		{
			Path: "bill address remove", Help: "delete the postal address: bills are electronic again", Role: ledger.RoleUser,
			Place: "accounts", Moves: true,
			Long: "Nobody can read it any more. Letters that were printed have it still, and their files for 100 days.",
			JSON: view.Address{}, Run: runAddressRemove,
		},
	}
}

// maxPostal bounds what is read of an address, in bytes.
const maxPostal = 2 << 10

// runAddressSet keeps a postal address. It is in no line that is printed.
func runAddressSet(r *Run) error {
	a := ledger.PostalAddress{
		Name: r.flag("name"), Street: r.flag("street"), Postcode: r.flag("postcode"), Town: r.flag("town"),
		Country: r.flag("country"),
	}
	if a == (ledger.PostalAddress{}) {
		raw, err := r.piped(maxPostal, "bill address set")
		if err != nil {
			return err
		}
		lines := strings.Split(strings.TrimSpace(string(raw)), "\n")
		if len(lines) != 5 {
			return r.misuse("The input has %d lines: name, street, postcode, town and country are five.", len(lines))
		}
		a = ledger.PostalAddress{Name: lines[0], Street: lines[1], Postcode: lines[2], Town: lines[3], Country: lines[4]}
	}
	return r.answerFacts(r.Service.SetAddress(r.Ctx, r.Who, a))
}

func runAddressRemove(r *Run) error {
	if !r.Yes {
		a, err := r.Service.Address(r.Ctx, r.Who)
		if err != nil {
			return err
		}
		return confirm("bill address remove --yes", "", "This would delete the postal address %s; bills are electronic then.",
			a.Mask)
	}
	return r.answerFacts(r.Service.RemoveAddress(r.Ctx, r.Who))
}

// mailCommands print bills.
func mailCommands() []Command {
	return []Command{
		{
			Path: "bills print", Help: "print bills and reminders that wait for the post, as PDF", Role: ledger.RoleOperator,
			Place: "desk",
			Long: "ssh HOST bills print > letters.pdf. Each batch is made once, and its bills are mailed from then on; with\n" +
				"--number an earlier one comes again, byte for byte, for 100 days. Who has given a postal address gets the\n" +
				"bill, and three reminders: 7, 21 and 35 days after it was due, if bill_reminder is 7d. Delete the file when\n" +
				"it is printed: it has addresses.",
			Inputs: []Input{option("number", KindCount, "an earlier batch, byte for byte; without it a new one")},
			JSON:   view.Mailing{}, Run: runBillsPrint,
		},
		{
			Path: "bills printed", Help: "list the batches of letters, or the pages of one", Role: ledger.RoleOperator,
			Place:  "desk",
			Inputs: []Input{option("number", KindCount, "the pages of this batch"), pageSize()},
			JSON:   view.Page[view.Mailing]{}, Run: runMailings,
		},
	}
}

func runBillsPrint(r *Run) error {
	number, err := r.number()
	if err != nil {
		return err
	}
	v, err := r.Service.PrintBills(r.Ctx, r.Who, number)
	if err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(v.PDF)
	if err != nil {
		return err
	}
	return r.answerFile(v, file{bytes: raw, binary: true})
}

// runMailings lists batches, or says what is on the pages of one.
func runMailings(r *Run) error {
	number, err := r.number()
	if err != nil {
		return err
	}
	if number > 0 {
		v, err := r.Service.PrintBills(r.Ctx, r.Who, number)
		v.PDF = ""
		return r.answerOf(view.All([]view.Mailing{v}), err, func(s *textWriter) {
			s.table("", r.only(view.LetterTable(v.Pages, s.format())))
		})
	}
	var p view.Paging
	if p.Limit, err = r.limit(); err != nil {
		return err
	}
	all, err := r.Service.Mailings(r.Ctx, r.Who, p)
	return answerPage(r, view.All(all), err, "No letters were printed yet.", view.MailingTable)
}

// closeCommand lists closed months.
func closeCommand() Command {
	return Command{
		Path: "report close", Help: "list the months that are closed, or print what one was closed with",
		Role: ledger.RoleOperator,
		Long: "A month (UTC) is closed by itself a minute after its end: what each class stood at, the last entry, and\n" +
			"the hash of the journal up to it. Nothing is booked into it any more. tuppence check recomputes all of it.\n" +
			"Where nothing was booked around its end for 40 days the clock may be wrong: then it waits for month close.",
		Inputs: []Input{
			arg(KindMonth).optional(), pageSize(), option("cursor", KindCursor, "go on after the page that ended with this"),
		},
		JSON: view.Page[view.Month]{}, Run: runClose,
	}
}

// monthCommand closes months by hand.
func monthCommand() Command {
	return Command{
		Path: "month close", Help: "close a month that waits for a person, and those before it", Role: ledger.RoleOperator,
		Long: "Months close by themselves. One around whose end nothing was booked for 40 days waits: the service was\n" +
			"stopped, or its clock is wrong, and a month that is closed stays closed. Look at the clock of the server first.",
		Inputs: []Input{
			arg(KindMonth), on("clock-is-right", "you have looked at the clock of the server, and it is right"),
		},
		JSON: view.Month{}, Run: func(r *Run) error {
			return r.answerFacts(r.Service.CloseMonth(r.Ctx, r.Who, r.Args[0], r.on("clock-is-right")))
		},
	}
}

func runClose(r *Run) error {
	if len(r.Args) > 0 {
		m, err := r.Service.Month(r.Ctx, r.Who, r.Args[0])
		return r.answerOf(view.All([]view.Month{m}), err, func(s *textWriter) {
			s.facts("", m.Facts(s.format())...)
			s.gap()
			s.table("", r.only(view.TrialTable(m.Totals, s.format())))
		})
	}
	p := view.Paging{Before: view.Cursor(r.flag("cursor"))}
	var err error
	if p.Limit, err = r.limit(); err != nil {
		return err
	}
	page, err := r.Service.Months(r.Ctx, r.Who, p)
	return answerPage(r, page, err, "No month is closed yet.", view.MonthTable)
}

// unclaimedCommands are about balances whose owners were not seen for long.
func unclaimedCommands() []Command {
	return []Command{
		{
			Path: "report unclaimed", Help: "list balances whose owners were not seen for long", Role: ledger.RoleOperator,
			Long: "With dormant_after in the policy a balance is announced in its wallet; later it is unclaimed property,\n" +
				"class 2500, never income. Whoever signs in gets it back at par.",
			Inputs: []Input{pageSize(), option("cursor", KindCursor, "go on after the page that ended with this")},
			JSON:   view.Page[view.Unclaimed]{}, Run: runUnclaimed,
		},
		{
			Path: "unclaimed remit", Help: "pay unclaimed property to the state; takes two persons", Role: ledger.RoleOperator,
			Moves: true,
			Long: "The first person asks for it, another one does it: for the same sum, which both have seen.\n" +
				"Pay the amount from the bank, with the reason on it.",
			Inputs: []Input{
				arg(KindHandle), arg(KindCurrency), option("reason", KindWords, "to whom, and why").needed(), seenSum(),
			},
			JSON: view.Unclaimed{}, Run: runRemit,
		},
	}
}

func runUnclaimed(r *Run) error {
	p := view.Paging{Before: view.Cursor(r.flag("cursor"))}
	var err error
	if p.Limit, err = r.limit(); err != nil {
		return err
	}
	page, err := r.Service.Unclaimed(r.Ctx, r.Who, p)
	return answerPage(r, page, err, "Nothing is unclaimed.", view.UnclaimedTable)
}

// runRemit pays unclaimed property to the state. Without --yes it says whose, and how much.
func runRemit(r *Run) error {
	c, err := r.currency(r.Args[1])
	if err != nil {
		return err
	}
	if r.Yes {
		sum, err := r.seen(c)
		if err != nil {
			return err
		}
		return r.answerFacts(r.Service.Remit(r.Ctx, r.Who, r.Args[0], sum, r.flag("reason")))
	}
	for p := (view.Paging{}); ; {
		page, err := r.Service.Unclaimed(r.Ctx, r.Who, p)
		if err != nil {
			return err
		}
		for _, u := range page.Data {
			if u.Handle != r.Args[0] || u.Amount.Currency != c || u.Amount.Micros == 0 {
				continue
			}
			again := "unclaimed remit " + u.Handle + " " + string(c) + " --reason " + quote(r.flag("reason")) +
				" --expect " + u.Amount.Number() + " --yes"
			if !u.Asked {
				return confirm(again, "", "This would ask for a second person to pay %s of %s to the state.", u.Amount, u.Handle)
			}
			return confirm(again, "", "This would pay %s of %s to the state, for good.", u.Amount, u.Handle)
		}
		if p.Before = page.Next; p.Before == "" {
			return ledger.Refuse(ledger.ErrNotFound, "See what is with: report unclaimed", "Nothing of %s in %s is unclaimed.",
				typed(r.Args[0]), c)
		}
	}
}

// methodCommands freeze a way to add funds.
func methodCommands() []Command {
	return []Command{
		{
			Path: "method freeze", Help: "take nothing new by one way to add funds; what runs goes on",
			Role: ledger.RoleOperator,
			Long: "The reason stands in methods, where everybody reads it. While bills are frozen nothing is bought on\n" +
				"credit; what is owed is billed, mailed and paid.",
			Inputs: []Input{arg(KindMethod), arg(KindWords)}, JSON: view.ClosedMethod{},
			Run: func(r *Run) error {
				return r.answerFacts(r.Service.SetMethod(r.Ctx, r.Who, r.Args[0], false, r.Args[1]))
			},
		},
		{
			Path: "method thaw", Help: "open a way to add funds again", Role: ledger.RoleOperator,
			Inputs: []Input{arg(KindMethod)}, JSON: view.ClosedMethod{},
			Run: func(r *Run) error {
				return r.answerFacts(r.Service.SetMethod(r.Ctx, r.Who, r.Args[0], true, ""))
			},
		},
	}
}
