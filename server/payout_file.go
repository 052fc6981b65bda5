package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// methodPayouts is what the files of payouts are listed under.
const methodPayouts = "payouts"

// wayOf is the way in which a settlement would leave by the terms of now.
func wayOf(r books.Reader, v ledger.Vendor, t ledger.Settlement, p ledger.Policy) (string, error) {
	terms := v.TermsIn(t.Amount.Currency, p)
	if t.Payee == 0 {
		return terms.Way, nil
	}
	_, name, err := partyNames(r, t)
	return terms.For(v, t.Payee, name).Way, err
}

// PayoutSubmit lets what is approved in a currency leave in one way ("": from a list), at most 400 payouts: from then
// on the name of the file and its bytes are fixed, and what goes to the operator's gateway is on its way. A payout
// without an account waits, and so does one of a vendor that is suspended. It refuses with ErrNotAllowed a caller who
// is no operator, with ErrInvalid a way that is not set up, and with ErrState if nothing can leave so, or not yet after
// a restore.
func (s *Server) PayoutSubmit(
	ctx context.Context, who view.Caller, c ledger.Currency, way string,
) (v view.PayoutFile, err error) {
	if way == "" {
		way = ledger.WayCSV
	}
	w, found := s.wayNamed(way)
	if !found {
		return v, ledger.Invalid("way", "See what is needed for it in OPERATING.md.",
			"No payouts leave by %q here.", ledger.CleanLine(way, 20))
	}
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, "payout submit", func(tx books.Tx, st ledger.Staff) error {
		if err := s.refuseRestored(tx.Reader); err != nil {
			return err
		}
		z, err := s.newPayoutFreezer(tx, w, c, staffActor(st), at)
		if err != nil {
			return err
		}
		if err := z.all(); err != nil {
			return err
		}
		v, err = s.payoutFile(tx.Reader, z.file)
		v.NoAccount, v.Suspended = z.waits, z.stopped
		return err
	})
	if err == nil && way == ledger.WayHook {
		s.gateway.wake()
	}
	return v, err
}

// payoutFreezer puts settlements into one file.
type payoutFreezer struct {
	s     *Server
	tx    books.Tx
	way   funding.PayoutWay
	c     ledger.Currency
	actor ledger.Actor
	at    time.Time
	p     ledger.Policy
	file  ledger.EntryNo
	bank  *books.BankFile // nil: no bank gets it
	rows  []funding.PayoutRow
	nos   []ledger.EntryNo // of the settlements of the rows
	waits uint64           // have no account
	other map[string]int   // leave in another way
	// stopped are those of vendors that are suspended.
	stopped uint64
}

func (s *Server) newPayoutFreezer(
	tx books.Tx, w funding.PayoutWay, c ledger.Currency, a ledger.Actor, at time.Time,
) (z *payoutFreezer, err error) {
	z = &payoutFreezer{s: s, tx: tx, way: w, c: c, actor: a, at: at, other: map[string]int{}}
	if z.file, err = tx.Next(); err != nil {
		return nil, err
	}
	if z.p, err = policy(tx.Reader); err != nil || !w.Banks() {
		return z, err
	}
	z.bank, err = s.newBankFile(tx, w.Way(), c, at)
	if err == nil {
		z.bank.Payouts = z.file
	}
	return z, err
}

// newBankFile begins a file of payouts for a bank.
func (s *Server) newBankFile(tx books.Tx, network string, c ledger.Currency, at time.Time) (*books.BankFile, error) {
	n, err := tx.NextBankFile()
	if err != nil {
		return nil, err
	}
	g, err := tx.Generation()
	if err != nil {
		return nil, err
	}
	f := &books.BankFile{No: g.Owned(n), Network: network, Method: methodPayouts, Currency: c, Created: at}
	f.Modifier, err = modifier(tx.Reader, *f)
	return f, err
}

// all puts what is approved into the file.
func (z *payoutFreezer) all() error {
	for behind := ledger.EntryNo(0); len(z.rows) < filePayouts; {
		list, err := z.tx.SettlementsUp(ledger.SettlementApproved, behind, duePage)
		if err != nil {
			return err
		}
		for _, t := range list {
			if behind = t.No; t.Amount.Currency != z.c || len(z.rows) == filePayouts {
				continue
			}
			if t.Way != z.way.Way() {
				z.other[t.Way]++
				continue
			}
			if err := z.add(t); err != nil {
				return err
			}
		}
		if len(list) < duePage {
			break
		}
	}
	if len(z.rows) == 0 {
		return z.nothing()
	}
	if z.bank == nil {
		return nil
	}
	return z.s.freezeBankFile(z.tx, z.way, z.bank, z.rows)
}

// nothing says why no payout leaves.
func (z *payoutFreezer) nothing() error {
	if z.stopped > 0 {
		return ledger.Refuse(ledger.ErrState, "Look into it, then: vendor resume, or settlement hold",
			"%s in %s wait while the vendor is suspended.", view.Plural(z.stopped, "payout"), z.c)
	}
	if z.waits > 0 {
		return ledger.Refuse(ledger.ErrState, "Type the account first: vendor account set",
			"%s in %s waits for a bank account.", view.Plural(z.waits, "payout"), z.c)
	}
	remedy := "Look at: settlements --state due"
	if len(z.other) > 0 {
		var ways []string
		for way := range z.other {
			ways = append(ways, way)
		}
		slices.Sort(ways)
		remedy = "Others leave with: payouts submit " + string(z.c) + " --way " + strings.Join(ways, ", --way ")
	}
	return ledger.Refuse(ledger.ErrState, remedy, "No payout in %s is approved for the way %s.", z.c, z.way.Way())
}

// add puts a settlement into the file, if it has an account where one is needed.
func (z *payoutFreezer) add(t ledger.Settlement) error {
	v, _, err := z.tx.Vendor(t.Vendor)
	if err != nil {
		return err
	}
	if v.Status == ledger.VendorSuspended {
		z.stopped++
		return nil
	}
	network := z.way.Way()
	if !z.way.Banks() { // a gateway gets the account, too, if there is one
		network = ""
		if k, err := z.s.checkerIn(z.c); err == nil && z.way.Way() == ledger.WayHook {
			network = k.Way()
		}
	}
	step := ledger.PayoutStep{Event: ledger.PayoutSubmit, File: z.file, Actor: z.actor}
	if a, _ := v.PayAccountOf(t.Payee, network); network != "" {
		step.Account = a.Payable()
	}
	if z.bank != nil {
		if step.Bank = z.bank.No; step.Account == 0 {
			z.waits++
			return nil
		}
	}
	out, err := putStep(z.tx, ledger.PayoutFacts{Policy: z.p, Settlement: t}, step, z.at)
	if err != nil {
		return err
	}
	row, err := z.s.payoutRow(z.tx.Reader, out.Settlement)
	if err != nil {
		return err
	}
	if z.bank != nil {
		if err := z.order(&row, out.Settlement); err != nil {
			return err
		}
	}
	z.rows, z.nos = append(z.rows, row), append(z.nos, t.No)
	if z.way.Way() != ledger.WayHook {
		return nil
	}
	return z.tx.PutPayoutJob(books.PayoutJob{No: t.No, Due: z.at, Created: z.at, Updated: z.at})
}

// order gives a row the id by which the bank knows it, and its account in plain.
func (z *payoutFreezer) order(row *funding.PayoutRow, t ledger.Settlement) (err error) {
	n, err := z.tx.NextTrace(z.bank.Network)
	if err != nil {
		return err
	}
	if row.Account, err = z.s.payeeAccount(z.tx.Reader, t); err != nil {
		return err
	}
	row.Order = z.way.Order(n, row.ID)
	return z.tx.PutBankItem(books.BankItem{
		Source: z.bank.Network + "/out", ID: row.Order, File: z.bank.No, Amount: t.Amount, At: z.at, Settlement: t.No,
	})
}

// freezeBankFile makes the bytes of a file of payouts, seals them and keeps them.
func (s *Server) freezeBankFile(tx books.Tx, w funding.PayoutWay, f *books.BankFile, rows []funding.PayoutRow) error {
	b := funding.PayoutBatch{
		Name: bankFileID(f.No), Modifier: f.Modifier, Created: f.Created, Total: ledger.Amount{Currency: f.Currency},
		Rows: rows,
	}
	for _, r := range rows {
		b.Total.Micros += r.Amount.Micros
	}
	plain, err := w.Write(b)
	if err != nil {
		return faultyRow(w, b, err)
	}
	f.Count, f.Micros, f.Hash = uint32(len(rows)), b.Total.Micros, sha256.Sum256(plain)
	if f.Data, err = s.seal.Seal(plain, sealedFile(f.No)); err != nil {
		return err
	}
	return tx.PutBankFile(*f)
}

// faultyRow names the payout that no bank would take, so that a person can hold it and let the others leave.
func faultyRow(w funding.PayoutWay, b funding.PayoutBatch, err error) error {
	for i := range b.Rows {
		one := b
		one.Rows, one.Total = b.Rows[i:i+1], b.Rows[i].Amount
		if _, why := w.Write(one); why != nil {
			return ledger.Refuse(ledger.ErrState, "Stop it, so that the others can leave: settlement hold "+b.Rows[i].ID,
				"No bank would take the payout %s: %s", b.Rows[i].ID, why)
		}
	}
	return err
}

// payoutRow is a settlement as a row of a file, without its account.
func (s *Server) payoutRow(r books.Reader, t ledger.Settlement) (row funding.PayoutRow, err error) {
	vendor, payee, err := partyNames(r, t)
	if payee != "" {
		vendor += "/" + payee
	}
	id := s.seal.Settlement(t.No)
	return funding.PayoutRow{ID: id, To: t.PayTo, Payee: vendor, Amount: t.Amount, Order: id}, err
}

// PayoutFile returns a file of payouts with its bytes. One for a bank has account numbers in it, so that is a line of
// the staff log. It refuses with ErrNotAllowed a caller who is no operator, with ErrNotFound, and with ErrState a file
// for a bank that is so old that its bytes were deleted.
func (s *Server) PayoutFile(ctx context.Context, who view.Caller, id string) (v view.PayoutFile, err error) {
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		no, err := s.seal.OpenPayoutFile(strings.TrimSpace(id))
		if err != nil {
			return ledger.RefuseNotFound("file of payouts")
		}
		v, err = s.payoutFile(r, no)
		return err
	})
	if err != nil || v.Bank == "" {
		return v, err
	}
	plain, err := s.BankFile(ctx, who, v.Bank)
	v.Content = string(plain)
	return v, err
}

// payoutFile shows a file. That of a list is made of its frozen rows; that of a bank is shown without its bytes.
func (s *Server) payoutFile(r books.Reader, no ledger.EntryNo) (v view.PayoutFile, err error) {
	rec, _, err := r.Entry(no)
	if err != nil {
		return v, err
	}
	list, err := r.Settlements(books.SettlementQuery{File: no}, 0)
	if err != nil {
		return v, err
	}
	if len(list) == 0 {
		return v, ledger.RefuseNotFound("file of payouts")
	}
	slices.Reverse(list)
	b := funding.PayoutBatch{
		Name: s.seal.PayoutFile(no), Created: rec.At, Total: ledger.Amount{Currency: list[0].Amount.Currency},
	}
	for _, t := range list {
		row, err := s.payoutRow(r, t)
		if err != nil {
			return v, err
		}
		b.Total.Micros += t.Amount.Micros
		b.Rows = append(b.Rows, row)
		switch t.State {
		case ledger.SettlementSubmitted:
			v.Waiting++
		case ledger.SettlementReturned, ledger.SettlementReissued:
			v.Returned++
		}
	}
	v.ID, v.Way, v.Payouts, v.Total = b.Name, list[0].Way, uint64(len(list)), b.Total
	v.Created = view.At(b.Created)
	if bank := list[0].Bank; bank != 0 {
		f, found, err := r.BankFile(bank)
		if err != nil || !found {
			return v, orMissing(err)
		}
		v.Bank, v.Digest = bankFileID(bank), hex.EncodeToString(f.Hash[:])
		v.Name = v.Bank + map[string]string{ledger.WaySEPA: ".xml", ledger.WayACH: ".ach"}[v.Way]
		return v, nil
	}
	content, err := payoutCSV(b)
	sum := sha256.Sum256(content)
	v.Name, v.Digest, v.Content = b.Name+".csv", hex.EncodeToString(sum[:]), string(content)
	return v, err
}
