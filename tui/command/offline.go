package command

import (
	"encoding/base64"
	"io"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// slipCommand prints what goes with a deposit.
func slipCommand() Command {
	return Command{
		Path: "deposits slip", Help: "print the slip of a deposit, the invoice of an order, or a bill, as PDF",
		Role: ledger.RoleUser, Inputs: []Input{arg(KindPaper)},
		Long: "ssh HOST deposits slip ID > slip.pdf. It has the reference as text and as bar code.",
		JSON: view.Sheet{}, Run: runSheet,
	}
}

// runSheet prints a sheet into a file.
func runSheet(r *Run) error {
	v, err := r.Service.DepositSheet(r.Ctx, r.Who, r.Args[0])
	if err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(v.PDF)
	if err != nil {
		return err
	}
	return r.answerFile(v, file{bytes: raw, binary: true})
}

// paylinkCommand begins a card deposit for a caller.
func paylinkCommand() Command {
	return Command{
		Path: "desk paylink", Help: "begin a card deposit for a caller, who types the card at the processor's",
		Role: ledger.RoleRep, Place: "desk", Acts: true,
		Long: "Tell the caller the address. It leads to the page of the card processor, once, and for 30 minutes.\n" +
			"Never ask for the number of a card, and never type one: it is refused wherever it is typed.",
		Inputs: []Input{arg(KindHandle), arg(KindAmount), arg(KindCurrency)},
		JSON:   view.PayLink{}, Run: runPaylink,
	}
}

func runPaylink(r *Run) error {
	amount, err := r.amount(r.Args[1], r.Args[2])
	if err != nil {
		return err
	}
	return r.answerFacts(r.Service.PayByPhone(r.Ctx, r.Who, r.Args[0], amount))
}

// orderCommands are those of a buyer with a purchase order.
func orderCommands() []Command {
	return []Command{
		{
			Path: "po template", Help: "print the text of a purchase order, to be signed", Role: ledger.RoleUser,
			Long: "Sign it with a key of your wallet and send both:\n" +
				"ssh HOST po template PO-17 120.00 EUR > order.txt\n" +
				"ssh-keygen -Y sign -n purchase@HOST -f KEY order.txt\n" +
				"cat order.txt order.txt.sig | ssh HOST po submit",
			Inputs: []Input{
				arg(KindOrderNumber), arg(KindAmount), arg(KindCurrency),
				option("until", KindDay, "the last day on which it may be accepted; without it 30 days from now"),
			},
			JSON: view.OrderText{}, Run: runOrderTemplate,
		},
		{
			Path: "po submit", Help: "submit a signed purchase order from the input", Role: ledger.RoleUser,
			Long: "The input is the text of po template and its signature below:\n" +
				"cat order.txt order.txt.sig | ssh HOST po submit.\n" +
				"The same order again is the same deposit.",
			JSON: view.Deposit{}, Run: runOrderSubmit,
		},
	}
}

func runOrderTemplate(r *Run) error {
	amount, err := r.amount(r.Args[1], r.Args[2])
	if err != nil {
		return err
	}
	until, err := r.day("until")
	if err != nil {
		return err
	}
	t, err := r.Service.OrderTemplate(r.Ctx, r.Who, r.Args[0], amount, until)
	if err != nil {
		return err
	}
	return r.answerFile(t, file{bytes: []byte(t.Text)})
}

func runOrderSubmit(r *Run) error {
	signed, err := r.piped(64<<10, "po submit")
	if err != nil {
		return err
	}
	return r.answerDeposit(r.Service.SubmitOrder(r.Ctx, r.Who, signed))
}

// answerDeposit is a deposit with what became of it and what is to be done.
func (r *Run) answerDeposit(d view.Deposit, err error) error {
	return r.answerOf(d, err, func(s *textWriter) {
		s.line(d.Outcome)
		s.gap()
		s.deposit("", d)
	})
}

// orderDeskCommands are those of staff.
func orderDeskCommands() []Command {
	reason := option("reason", KindWords, "why, in words that the buyer reads").needed()
	return []Command{
		{
			Path: "po enter", Help: "enter a purchase order that came on paper", Role: ledger.RoleRep,
			Place: "desk", Acts: true,
			Long: "Another person accepts it.",
			Inputs: []Input{
				arg(KindHandle), arg(KindOrderNumber), arg(KindAmount), arg(KindCurrency),
				option("until", KindDay, "the last day on which it may be accepted").needed(),
				option("scan", KindHash, "what sha256sum prints of the scan").needed(),
			},
			JSON: view.Deposit{}, Run: runOrderEnter,
		},
		{
			Path: "po accept", Help: "accept a purchase order: its tokens are lent, and it is invoiced", Role: ledger.RoleRep,
			Place: "desk", Acts: true, Inputs: []Input{arg(KindOrder)},
			Long: "Not by who has set the credit limit, and not by who has typed the order.",
			JSON: view.Deposit{}, Run: func(r *Run) error { return r.decideOrder("accept", ledger.Amount{}) },
		},
		{
			Path: "po deny", Help: "deny a purchase order", Role: ledger.RoleRep, Place: "desk", Acts: true,
			Inputs: []Input{arg(KindOrder), reason},
			JSON:   view.Deposit{}, Run: func(r *Run) error { return r.decideOrder("deny", ledger.Amount{}) },
		},
		{
			Path: "po invoice", Help: "print the invoice of a purchase order, as PDF", Role: ledger.RoleRep, Place: "desk",
			Long:   "ssh HOST po invoice ID > invoice.pdf. Its buyer prints it with deposits slip.",
			Inputs: []Input{arg(KindOrder)}, JSON: view.Sheet{}, Run: runSheet,
		},
		{
			Path: "po paid", Help: "the invoice of a purchase order was paid to the bank", Role: ledger.RoleRep,
			Place: "desk", Acts: true,
			Long:   "AMOUNT and CURRENCY must be what was ordered. Above the policy's two_persons, not by who has accepted it.",
			Inputs: []Input{arg(KindReference).repeated(), arg(KindAmount), arg(KindCurrency)},
			JSON:   view.Deposit{}, Run: runOrderPaid,
		},
		{
			Path: "po write-off", Help: "give up an overdue invoice: it is bad debt, and the wallet is frozen",
			Role: ledger.RoleRep, Place: "desk", Moves: true, Acts: true, Inputs: []Input{arg(KindOrder), reason},
			Long: "Not by who has accepted the order.", JSON: view.Deposit{}, Run: runOrderWriteOff,
		},
		{
			Path: "po credit", Help: "set what a wallet may owe for purchase orders", Role: ledger.RoleOperator,
			Place: "desk", Inputs: []Input{arg(KindHandle), arg(KindBound), arg(KindCurrency)},
			Long: "none is nothing: what is owed stays owed.", JSON: view.OrderCredit{}, Run: runOrderLimit,
		},
	}
}

func runOrderEnter(r *Run) error {
	amount, err := r.amount(r.Args[2], r.Args[3])
	if err != nil {
		return err
	}
	until, err := r.day("until")
	if err != nil {
		return err
	}
	return r.answerDeposit(r.Service.EnterOrder(r.Ctx, r.Who, view.PaperOrder{
		Wallet: r.Args[0], Number: r.Args[1], Amount: amount, Until: until, Scan: r.flag("scan"),
	}))
}

// decideOrder moves the order of the first argument on.
func (r *Run) decideOrder(step string, amount ledger.Amount) error {
	reason := ""
	if r.Flags.Lookup("reason") != nil {
		reason = r.flag("reason")
	}
	d, err := r.Service.DecideOrder(r.Ctx, r.Who, r.Args[0], step, amount, reason)
	return r.answerOf(d, err, func(s *textWriter) { s.deposit("", d) })
}

func runOrderPaid(r *Run) error {
	last := len(r.Args) - 2
	amount, err := r.amount(r.Args[last], r.Args[last+1])
	if err != nil {
		return err
	}
	d, err := r.Service.DecideOrder(r.Ctx, r.Who, strings.Join(r.Args[:last], " "), "paid", amount, "")
	return r.answerOf(d, err, func(s *textWriter) { s.deposit("", d) })
}

// runOrderWriteOff gives an invoice up. Without --yes it says which, and calls nothing that changes.
func runOrderWriteOff(r *Run) error {
	if r.Yes {
		return r.decideOrder("write-off", ledger.Amount{})
	}
	id, reason := r.Args[0], r.flag("reason")
	queue, err := r.Service.DeskDeposits(r.Ctx, r.Who, view.DeskQuery{Text: id})
	if err != nil {
		return err
	}
	if len(queue.Data) != 1 || queue.Data[0].Order == "" {
		return ledger.Refuse(ledger.ErrNotFound, "Copy the id from: desk deposits", "No order %s waits.", typed(id))
	}
	d := queue.Data[0]
	return confirm("po write-off "+id+" --reason "+quote(reason)+" --yes", "",
		"This would give up %s of the order %s of %s, and freeze the wallet.", d.Amount, d.Order, d.Handle)
}

func runOrderLimit(r *Run) error {
	c, err := r.currency(r.Args[2])
	if err != nil {
		return err
	}
	limit := ledger.Amount{Currency: c}
	if r.Args[1] != "none" {
		if limit, err = ledger.ReadAmount(r.Args[1], c); err != nil {
			return r.misread("AMOUNT", err)
		}
	}
	return r.answerFacts(r.Service.SetOrderLimit(r.Ctx, r.Who, r.Args[0], limit))
}

// billerCommands are those of a person who is charged on a bill.
func billerCommands() []Command {
	return []Command{
		{
			Path: "biller list", Help: "list who charges tokens on its bill, with your accounts", Role: ledger.RoleNone,
			Inputs: arrangeInputs(), JSON: view.Page[view.Biller]{}, Run: runBillers,
		},
		{
			Path: "biller join", Help: "add your account at a biller: its code is on the next bill", Role: ledger.RoleUser,
			Long: "The smallest charge goes on the bill with the code. The number is kept sealed, and shown by its end.\n" +
				"Then: biller confirm BILLER CODE, and fund AMOUNT CURRENCY --method isp, or utility.",
			Inputs: []Input{arg(KindBiller), arg(KindBillerAccount)},
			JSON:   view.Deposit{}, Run: func(r *Run) error {
				return r.answerDeposit(r.Service.JoinBiller(r.Ctx, r.Who, r.Args[0], r.Args[1]))
			},
		},
		{
			Path: "biller confirm", Help: "type the code that the bill has", Role: ledger.RoleUser,
			Inputs: []Input{arg(KindBiller), arg(KindBillCode)}, JSON: view.Biller{},
			Run: func(r *Run) error {
				return r.answerFacts(r.Service.ConfirmBiller(r.Ctx, r.Who, r.Args[0], r.Args[1]))
			},
		},
	}
}

func runBillers(r *Run) error {
	all, err := r.Service.Billers(r.Ctx, r.Who)
	return answerList(r, all, err, "There is no biller.", view.BillerTable)
}

// billerDeskCommands are those of the operator.
func billerDeskCommands() []Command {
	number := option("number", KindCount, "an earlier file, byte for byte; without it a new one of all that waits")
	return []Command{
		{
			Path: "biller set", Help: "open a biller, or change one", Role: ledger.RoleOperator,
			Long: "AMOUNT is what one of its accounts may be charged in a month. Kind and currency stay as they are first.",
			Inputs: []Input{
				arg(KindBiller), arg(KindAmount), arg(KindCurrency),
				option("kind", KindBillerKind, "what it bills").needed(),
				option("title", KindTitle, "what people read; without it the name"),
				option("keeps", KindPercent, "the part of a charge that it may keep"),
				on("closed", "nothing new is charged"),
			},
			JSON: view.Biller{}, Run: runBillerSet,
		},
		{
			Path: "biller file", Help: "print the file of charges for a biller", Role: ledger.RoleOperator,
			Long: "Each file is made once: ssh HOST biller file NAME > charges.csv. It has account numbers.\n" +
				"The form is tuppence-biller-1, CSV.",
			Inputs: []Input{arg(KindBiller), number}, JSON: view.BillerFile{}, Run: runBillerFile,
		},
		{
			Path: "biller read", Help: "take a biller's file from the input", Role: ledger.RoleOperator,
			Long: "All of it is taken, or nothing: ssh HOST biller read NAME < answers.csv. A file that was read before\n" +
				"changes nothing.",
			Inputs: []Input{arg(KindBiller)}, JSON: view.BillerRead{}, Run: runBillerRead,
		},
		{
			Path: "biller play", Help: "in a demo, print what a biller would answer to a file", Role: ledger.RoleOperator,
			Long: "SIMULATED. By the cents of the amount: 13 is rejected, 16 reversed, 17 remitted in part, 18 under a wrong\n" +
				"reference; all else is accepted, and with --later remitted.",
			Inputs: []Input{
				arg(KindBiller), on("later", "what it sends when the bills were paid"), number,
			},
			JSON: played{}, Run: runBillerPlay,
		},
	}
}

func runBillerSet(r *Run) error {
	monthly, err := r.amount(r.Args[1], r.Args[2])
	if err != nil {
		return err
	}
	return r.answerFacts(r.Service.SetBiller(r.Ctx, r.Who, view.BillerRequest{
		Name: r.Args[0], Title: r.flag("title"), Kind: r.flag("kind"), Cap: monthly, Cost: r.flag("keeps"),
		Closed: r.on("closed"),
	}))
}

// number is the number of a file, 0 for none.
func (r *Run) number() (uint64, error) {
	n, err := r.Flags.GetInt("number")
	must(err)
	if n < 0 {
		return 0, r.misuse("--number is %d, files are numbered from 1.", n)
	}
	return uint64(n), nil
}

func runBillerFile(r *Run) error {
	number, err := r.number()
	if err != nil {
		return err
	}
	f, err := r.Service.BillerFile(r.Ctx, r.Who, r.Args[0], number)
	if err != nil {
		return err
	}
	return r.answerFile(f, file{bytes: []byte(f.Text)})
}

func runBillerRead(r *Run) error {
	raw, err := r.piped(2<<20, "biller read NAME")
	if err != nil {
		return err
	}
	return r.answerFacts(r.Service.ReadBillerFile(r.Ctx, r.Who, r.Args[0], raw))
}

// played is a file of a biller that is played.
type played struct {
	Simulated bool   `json:"simulated"`
	Text      string `json:"text"` // all of it
}

func runBillerPlay(r *Run) error {
	number, err := r.number()
	if err != nil {
		return err
	}
	raw, err := r.Service.PlayBiller(r.Ctx, r.Who, r.Args[0], number, r.on("later"))
	if err != nil {
		return err
	}
	return r.answerFile(played{true, string(raw)}, file{bytes: raw})
}

// day reads a flag that is a day, zero if it is not given.
func (r *Run) day(flag string) (time.Time, error) {
	text := r.flag(flag)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, r.misuse("--%s is %q; it is a day such as 2026-12-31.", flag, typed(text))
	}
	return t, nil
}

// piped reads the input, at most so many bytes.
func (r *Run) piped(most int64, line string) (raw []byte, err error) {
	if r.In != nil {
		if raw, err = io.ReadAll(io.LimitReader(r.In, most+1)); err != nil {
			return nil, err
		}
	}
	switch {
	case len(raw) == 0:
		return nil, r.misuse("The input is empty. Send the file: ssh HOST %s < FILE", line)
	case int64(len(raw)) > most:
		return nil, r.misuse("The input is longer than %d bytes.", most)
	}
	return raw, nil
}

// file is an answer that is printed byte for byte, so that it can be kept in a file.
type file struct {
	bytes  []byte
	binary bool   // not for a terminal
	note   string // said beside it
}

// answerFile is the answer of a command that prints a file.
func (r *Run) answerFile(result any, f file) error {
	r.file = &f
	return r.answer(result, func(s *textWriter) {
		for line := range strings.Lines(string(f.bytes)) {
			s.line(view.Clean(strings.TrimRight(line, "\r\n")))
		}
		if f.note != "" {
			s.line(f.note)
		}
	})
}

// printed is the file as it is printed. It refuses one that is not for a terminal where it would go to one.
func (r *Run) printed() (text string, is bool, err error) {
	switch {
	case r.file == nil:
		return "", false, nil
	case r.file.binary && (r.live == nil || r.Options.Width != nil && r.Options.Width() > 0):
		return "", true, r.misuse("This is a file and not for a terminal: ssh HOST %s > FILE", strings.Join(r.words, " "))
	case r.live == nil:
		return "", false, nil
	}
	return string(r.file.bytes), true, nil
}
