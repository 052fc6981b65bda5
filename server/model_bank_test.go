package server

import (
	"pgregory.net/rapid"

	"tuppence/server/funding/debit/simbank"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// banks is what a model knows of banks: accounts and mandates by name, files that no bank has, and answers in no order.
type banks struct {
	bank               simbank.Bank
	accounts, mandates []string
	files              []view.BankFile
	answers            [][]byte
}

// bankStep does something about bank accounts: a person's, the operator's, or the bank's.
func (w *model) bankStep(r *rapid.T) {
	switch rapid.IntRange(0, 6).Draw(r, "bank") {
	case 0:
		w.addBank(r)
	case 1, 2:
		amount := ledger.Amount{Micros: rapid.Int64Range(512, 520).Draw(r, "cents") * 10_000, Currency: w.currency(r)}
		_, err := w.Fund(w.ctx, w.who(r), view.FundRequest{
			Amount: amount, Method: rapid.SampledFrom([]string{"autodebit", "echeck"}).Draw(r, "method"),
		})
		w.ok(r, err)
	case 3:
		made, err := w.MakeBankFiles(w.ctx, w.operator, rapid.SampledFrom([]string{"autodebit", "echeck"}).Draw(r, "method"))
		if w.ok(r, err) {
			w.banks.files = append(w.banks.files, made...)
		}
	case 4:
		w.bankTakes(r)
	case 5:
		w.bankAnswers(r)
	case 6:
		if rapid.Bool().Draw(r, "remove") {
			_, err := w.BankRemove(w.ctx, w.who(r), one(r, "account", w.banks.accounts))
			w.ok(r, err)
			return
		}
		_, err := w.RevokeMandate(w.ctx, w.who(r), one(r, "mandate", w.banks.mandates))
		w.ok(r, err)
	}
}

func (w *model) addBank(r *rapid.T) {
	c := w.currency(r)
	q := view.BankRequest{
		Currency: c, Account: annsIBAN, Holder: annsName, Most: ledger.Amount{Micros: 9 * ledger.Unit, Currency: c},
	}
	if c == "USD" {
		q.Account = annsAccount
	}
	b, err := w.BankAdd(w.ctx, w.who(r), q)
	if w.ok(r, err) {
		w.banks.accounts, w.banks.mandates = append(w.banks.accounts, b.ID), append(w.banks.mandates, b.Mandate)
	}
}

// bankTakes brings a file to the bank, perhaps without a word of it to the service, perhaps twice.
func (w *model) bankTakes(r *rapid.T) {
	if len(w.banks.files) == 0 {
		return
	}
	f := rapid.SampledFrom(w.banks.files).Draw(r, "file")
	plain, err := w.BankFile(w.ctx, w.operator, f.ID)
	if err != nil {
		r.Fatal(err)
	}
	answers, err := w.banks.bank.Take(f.Network, plain, w.time.Now())
	if err != nil {
		r.Fatal(err)
	}
	for _, a := range answers {
		w.banks.answers = append(w.banks.answers, a.File)
	}
	if rapid.Bool().Draw(r, "sent") {
		_, err := w.BankSent(w.ctx, w.operator, f.ID)
		w.ok(r, err)
	}
}

// bankAnswers reads any answer of the bank, whatever is known of it.
func (w *model) bankAnswers(r *rapid.T) {
	if len(w.banks.answers) == 0 {
		return
	}
	file := rapid.SampledFrom(w.banks.answers).Draw(r, "answer")
	_, err := w.ReadBankFile(w.ctx, w.operator, file, rapid.IntRange(0, 3).Draw(r, "yes") > 0)
	w.ok(r, err)
}
