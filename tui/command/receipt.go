package command

import (
	"slices"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// freezeCommands stop a wallet and let it go on.
func freezeCommands() []Command {
	inputs := []Input{arg(KindHandle), option("reason", KindWords, "why, in words that its owner reads").needed()}
	return []Command{
		{
			Path: "freeze", Help: "stop a wallet: nothing is bought, funded or sent", Role: ledger.RoleRep, Place: "desk",
			Acts: true, Long: "What is there stays there, and thaw lets it go on.", Inputs: inputs, JSON: view.Frozen{},
			Run: func(r *Run) error {
				return r.answerFacts(r.Service.Freeze(r.Ctx, r.Who, r.Args[0], r.flag("reason")))
			},
		},
		{
			Path: "thaw", Help: "let a frozen wallet go on", Role: ledger.RoleRep, Place: "desk",
			Acts:   true,
			Long:   "A bank that takes a payment back freezes a wallet, too. What it owes it still owes.",
			Inputs: inputs, JSON: view.Frozen{},
			Run: func(r *Run) error {
				return r.answerFacts(r.Service.Thaw(r.Ctx, r.Who, r.Args[0], r.flag("reason")))
			},
		},
	}
}

// receiptCommands are for money that came and that no open deposit has announced so.
func receiptCommands() []Command {
	return []Command{
		{
			Path: "desk receipts", Help: "list money that came and belongs to nobody yet", Role: ledger.RoleRep, Place: "desk",
			Inputs: queueInputs("an id, what was written, a source, a wallet or an amount"),
			JSON:   view.Page[view.Unallocated]{}, Run: runDeskReceipts,
		},
		{
			Path: "receipt add", Help: "keep money apart that came and that nobody announced so", Role: ledger.RoleRep,
			Place: "desk", Acts: true,
			Long: "For what has no reference, a wrong one, another amount than was announced, or came twice or too late.\n" +
				"It belongs to nobody until a person matches it or sends it back.",
			Inputs: []Input{
				arg(KindAmount), arg(KindCurrency), option("source", KindSource, "how it came").needed(),
				option("text", KindWords, "the reference as it is written, in quotes"),
				option("mark", KindMark, "what identifies it: the same mark is taken once"),
				option("note", KindWords, "what else there is to say"),
			},
			JSON: view.Unallocated{}, Run: runReceiptAdd,
		},
		{
			Path: "receipt match", Help: "credit a receipt to a wallet as a new deposit", Role: ledger.RoleRep, Place: "desk",
			Acts: true,
			Inputs: []Input{
				arg(KindReceipt), option("wallet", KindHandle, "whose it is").needed(),
				option("reason", KindWords, "how you know, in words that its owner reads").needed(),
			},
			JSON: view.Unallocated{}, Run: runReceiptMatch,
		},
		{
			Path: "receipt return", Help: "send a receipt back to where it came from", Role: ledger.RoleRep, Place: "desk",
			Moves:  true,
			Acts:   true,
			Inputs: []Input{arg(KindReceipt), option("reason", KindWords, "why").needed()},
			JSON:   view.Unallocated{}, Run: runReceiptReturn,
		},
	}
}

func runDeskReceipts(r *Run) error {
	return answerQueue(r, r.Service.DeskReceipts, "No money waits for its owner.", view.UnallocatedTable)
}

func runReceiptAdd(r *Run) error {
	amount, err := r.amount(r.Args[0], r.Args[1])
	if err != nil {
		return err
	}
	return r.answerFacts(r.Service.ReceiptAdd(r.Ctx, r.Who, view.UnallocatedRequest{
		Amount: amount, Source: r.flag("source"), Text: r.flag("text"), Mark: r.flag("mark"), Note: r.flag("note"),
	}))
}

func runReceiptMatch(r *Run) error {
	return r.answerFacts(r.Service.ReceiptMatch(r.Ctx, r.Who, r.Args[0], r.flag("wallet"), r.flag("reason")))
}

// runReceiptReturn sends money away. Without --yes it says how much and where to, and calls nothing that changes.
func runReceiptReturn(r *Run) error {
	id, reason := r.Args[0], r.flag("reason")
	if r.Yes {
		return r.answerFacts(r.Service.ReceiptReturn(r.Ctx, r.Who, id, reason))
	}
	queue, err := r.Service.DeskReceipts(r.Ctx, r.Who, view.DeskQuery{Text: id})
	if err != nil {
		return err
	}
	i := slices.IndexFunc(queue.Data, func(v view.Unallocated) bool { return v.ID == id })
	if i < 0 {
		return ledger.Refuse(ledger.ErrNotFound, "Copy the id from: desk receipts", "No receipt %s waits.", typed(id))
	}
	if state := queue.Data[i].State; state != view.State(ledger.ReceiptUnallocated) {
		return ledger.RefuseState("receipt", string(state)+" already")
	}
	return confirm("receipt return "+id+" --reason "+quote(reason)+" --yes", "",
		"This would send %s back to where it came from (%s), for good.", queue.Data[i].Amount, queue.Data[i].Source)
}
