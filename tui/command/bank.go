package command

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// bankCommands are about a person's bank accounts, and the permission to debit them (claim 38).
func bankCommands() []Command {
	return []Command{
		{
			Path: "bank accounts", Help: "list your bank accounts that can be debited", Role: ledger.RoleUser, Place: "accounts",
			JSON: view.Page[view.BankAccount]{}, Run: runBankAccounts,
		},
		{
			Path: "bank add", Help: "add a bank account, with a mandate to debit it", Role: ledger.RoleUser, Place: "accounts",
			Asks: true,
			Long: "ACCOUNT is an IBAN, or in the USA the routing number, the account number, and savings if it is one.\n" +
				"Without it the account is read from the first line of the input, so that your shell's history does not\n" +
				"keep it: ssh HOST bank add EUR --holder NAME --most 100.00 < account.txt\n" +
				"Without --yes it prints the text of the mandate, and nothing is kept.",
			Inputs: []Input{
				arg(KindCurrency), arg(KindAccount).optional().repeated(),
				option("holder", KindTitle, "the name that stands on the account").needed(),
				option("most", KindAmount, "how much one debit may be").needed(),
			},
			JSON: view.BankAccount{}, Run: runBankAdd,
		},
		{
			Path: "bank remove", Help: "delete a bank account and end its mandate", Role: ledger.RoleUser, Place: "accounts",
			Moves:  true,
			Long:   "Nobody can read it any more. While a debit is under way it is kept.",
			Inputs: []Input{arg(KindBank)},
			JSON:   view.BankAccount{}, Run: runBankRemove,
		},
		{
			Path: "mandates", Help: "list the mandates to debit your bank accounts", Role: ledger.RoleUser, Place: "accounts",
			JSON: view.Page[view.Mandate]{}, Run: runMandates,
		},
		{
			Path: "mandate revoke", Help: "end a mandate: no further debit goes to the bank", Role: ledger.RoleUser,
			Place: "accounts", Moves: true,
			Long:   "What the bank has by now is carried out.",
			Inputs: []Input{arg(KindMandate)},
			JSON:   view.Mandate{}, Run: runMandateRevoke,
		},
	}
}

// bankFileCommands are the files that go to banks and come from them.
func bankFileCommands() []Command {
	return []Command{
		{
			Path: "bank file", Help: "make the files for the bank, or print one", Role: ledger.RoleOperator,
			Long: "With --method it puts what waits into a file for each network: chosen, numbered and frozen at once.\n" +
				"With an ID it prints that file, always the same bytes: ssh HOST bank file ID > FILE\n" +
				"It has account numbers in it: bring it to the bank and delete it. Then say: bank sent ID",
			Inputs: []Input{arg(KindFile).optional(), option("method", KindMethod, "put what waits for it into files")},
			JSON:   madeFiles{}, Run: runBankFile,
		},
		{
			Path: "bank files", Help: "list the files for the bank, newest first", Role: ledger.RoleOperator,
			Inputs: []Input{pageSize()}, JSON: view.Page[view.BankFile]{}, Run: runBankFiles,
		},
		{
			Path: "bank sent", Help: "say that the bank has a file: its debits clear from then on", Role: ledger.RoleOperator,
			Inputs: []Input{arg(KindFile)}, JSON: view.BankFile{}, Run: runBankSent,
		},
		{
			Path: "bank resume", Help: "let orders leave again after a restore", Role: ledger.RoleOperator,
			Long: "What left after the backup is not known in restored books: it would leave twice. Compare with the\n" +
				"bank, the billers and your gateway first. A payout that has left by then: settlement hold, and payout paid.",
			Inputs: []Input{option("reason", KindWords, "what you have found").needed()}, JSON: view.Resumed{},
			Run: func(r *Run) error { return r.answerFacts(r.Service.BankResume(r.Ctx, r.Who, r.flag("reason"))) },
		},
		{
			Path: "bank read", Help: "read a file of the bank from the input", Role: ledger.RoleOperator, Asks: true,
			Long: "Returns and changes (NACHA), answers and statements (pain.002, camt.053, camt.054), statements in CSV:\n" +
				"ssh HOST bank read --yes < FILE. Without --yes it tells what would follow. A file twice is read once.",
			JSON: view.BankNews{}, Run: runBankRead,
		},
	}
}

func runBankAccounts(r *Run) error {
	all, err := r.Service.BankAccounts(r.Ctx, r.Who)
	return answerList(r, all, err, "No bank accounts. To add one, type: help bank add", view.BankAccountTable)
}

// maxAccount bounds what is read of the input, in bytes.
const maxAccount = 128

// bankAccount takes an account from the command line, behind so many arguments, or from the first line of the input.
func (r *Run) bankAccount(behind int) (string, error) {
	account := strings.Join(r.Args[behind:], " ")
	if account == "" && r.In != nil {
		typed, err := bufio.NewReaderSize(io.LimitReader(r.In, maxAccount), maxAccount).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", err
		}
		account = strings.TrimSpace(typed)
	}
	if account == "" {
		return "", r.misuse("ACCOUNT is missing, on the command line and in the input.")
	}
	return account, nil
}

// runBankAdd adds a bank account. The account is in no line that is printed.
func runBankAdd(r *Run) error {
	c, err := r.currency(r.Args[0])
	if err != nil {
		return err
	}
	q := view.BankRequest{Currency: c, Holder: r.flag("holder")}
	if q.Most, err = r.amount(r.flag("most"), string(c)); err != nil {
		return err
	}
	if q.Account, err = r.bankAccount(1); err != nil {
		return err
	}
	if r.Yes {
		v, err := r.Service.BankAdd(r.Ctx, r.Who, q)
		return r.answerFacts(v, r.unquoted(err))
	}
	terms, err := r.Service.BankTerms(r.Ctx, r.Who, q)
	if err != nil {
		return r.unquoted(err)
	}
	// A screen and a talk run the line themselves; what is printed has no account in it.
	account, rest := "", ", with the account as before"
	if r.live == nil && len(r.Args) > 1 {
		account, rest = " "+quote(q.Account), ""
	}
	again := "bank add " + string(c) + account + " --holder " + quote(q.Holder) + " --most " + q.Most.Number() +
		" --yes" + rest
	return confirm(again, "", "This would add %s to your wallet, with this mandate:\n%s\n", terms.Account, terms.Text)
}

// unquoted says of an account that is none where the rest of it may come from.
func (r *Run) unquoted(err error) error {
	if !errors.Is(err, ledger.ErrInvalid) || !lostQuotes(r.Args[1:]) {
		return err
	}
	return r.misuse("A part of the name was read as the account: a shell took its quotes. Quote the line, too:\n" +
		`ssh HOST "bank add EUR ACCOUNT --holder 'ANN LEE' --most 100.00"`)
}

// lostQuotes reports whether the last of a name stands before or behind an account, or in its place: a shell has taken
// the quotes around it. Groups of an IBAN inside of it may be letters alone.
func lostQuotes(account []string) bool {
	for i, word := range account {
		end := i == 0 || i == len(account)-1
		if end && !strings.ContainsAny(word, "0123456789") && word != "savings" && word != "checking" {
			return true
		}
	}
	return false
}

// runBankRemove deletes an account.
func runBankRemove(r *Run) error {
	if r.Yes {
		return r.answerFacts(r.Service.BankRemove(r.Ctx, r.Who, r.Args[0]))
	}
	all, err := r.Service.BankAccounts(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	for _, b := range all {
		if b.ID == r.Args[0] {
			return confirm("bank remove "+b.ID+" --yes", "",
				"This would delete the bank account %s for good, and end its mandate.", b.Account)
		}
	}
	return ledger.Refuse(ledger.ErrNotFound, "Copy the id from: bank accounts", "There is no bank account %s.",
		typed(r.Args[0]))
}

func runMandates(r *Run) error {
	all, err := r.Service.Mandates(r.Ctx, r.Who)
	return answerList(r, all, err, "No mandates. They come with a bank account: help bank add", view.MandateTable)
}

// runMandateRevoke ends a mandate.
func runMandateRevoke(r *Run) error {
	if r.Yes {
		return r.answerFacts(r.Service.RevokeMandate(r.Ctx, r.Who, r.Args[0]))
	}
	all, err := r.Service.Mandates(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.ID == r.Args[0] && m.State != view.State(ledger.MandateEnded) {
			return confirm("mandate revoke "+m.ID+" --yes", "", "This would end the mandate to debit %s, for good.", m.Account)
		}
	}
	return ledger.Refuse(ledger.ErrNotFound, "Copy the id from: mandates", "No mandate %s stands.", typed(r.Args[0]))
}

// madeFiles are the files that were made.
type madeFiles struct {
	Files view.List[view.BankFile] `json:"files"`
}

// runBankFile makes files, or prints one. What it prints has account numbers in it, so it goes to whoever has asked and
// is kept by no screen.
func runBankFile(r *Run) error {
	method := r.flag("method")
	switch {
	case (method == "") == (len(r.Args) == 0):
		return r.misuse("Give either --method METHOD or the ID of a file.")
	case method != "":
		all, err := r.Service.MakeBankFiles(r.Ctx, r.Who, method)
		return r.answerOf(madeFiles{all}, err, func(s *textWriter) {
			if len(all) == 0 {
				s.line("Nothing waits for a file.")
				return
			}
			s.table("", view.BankFileTable(all, s.format()))
			s.gap()
			s.line("To print one: bank file ID > FILE. When the bank has it: bank sent ID")
		})
	case r.live == nil || r.on("json"):
		return r.misuse("It has account numbers in it, so it goes into a file: ssh HOST bank file %s > FILE",
			view.Clean(r.Args[0]))
	}
	plain, err := r.Service.BankFile(r.Ctx, r.Who, r.Args[0])
	return r.answerOf(nil, err, func(s *textWriter) { s.out.Write(plain) })
}

func runBankFiles(r *Run) error {
	limit, err := r.limit()
	if err != nil {
		return err
	}
	all, err := r.Service.BankFiles(r.Ctx, r.Who, view.Paging{Limit: limit})
	return answerList(r, all, err, "No file was made for a bank yet.", view.BankFileTable)
}

func runBankSent(r *Run) error { return r.answerFacts(r.Service.BankSent(r.Ctx, r.Who, r.Args[0])) }

// runBankRead reads a file of the bank. What a person has to look at makes the exit code.
func runBankRead(r *Run) error {
	var file []byte
	if r.In != nil {
		var err error
		if file, err = io.ReadAll(io.LimitReader(r.In, view.MaxBankFile+1)); err != nil {
			return err
		}
	}
	if len(file) == 0 {
		return r.misuse("The input is empty. Send the file: ssh HOST bank read < FILE")
	}
	v, err := r.Service.ReadBankFile(r.Ctx, r.Who, file, r.Yes)
	return r.answerOf(v, err, func(s *textWriter) {
		switch {
		case v.Again:
			s.line("Read already: " + v.What + ". Nothing was done.")
			return
		case len(v.Items) == 0:
			s.line("There is nothing in it: " + v.What + ".")
		default:
			s.line(v.What + ":")
			s.table("", view.NewsTable(v.Items))
		}
		s.gap()
		if v.Left > 0 {
			s.line("There are more than these: " + view.Plural(uint64(v.Left), "item") + ".")
		}
		if v.Person > 0 {
			s.line(view.Plural(uint64(v.Person), "item") + " for a person.")
		}
		if v.Read {
			s.line("Done. SHA-256 " + v.Hash)
		} else {
			s.line("Nothing has happened yet. To do it, send the file again with --yes.")
		}
	})
}

// knownOfBanks are a person's bank accounts, or the mandates to debit them.
func (r *Run) knownOfBanks(k Kind) ([]cobra.Completion, error) {
	if k == KindBank {
		all, err := r.Service.BankAccounts(r.Ctx, r.Who)
		return view.Map(all, func(b view.BankAccount) cobra.Completion {
			return choice(b.ID, b.Account+" "+string(b.Currency))
		}), err
	}
	all, err := r.Service.Mandates(r.Ctx, r.Who)
	return view.Map(all, func(m view.Mandate) cobra.Completion {
		return choice(m.ID, m.Account+" "+m.State.Words())
	}), err
}
