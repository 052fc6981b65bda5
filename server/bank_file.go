package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"tuppence/server/books"
	"tuppence/server/funding"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// fileRows bounds the orders of one file, so that the transaction that freezes them is short. The next file has the
// rest.
const fileRows = 1000

// bankFilePrefix begins the id of a file, which is also what the bank calls it.
const bankFilePrefix = "TPC"

func bankFileID(no uint64) string { return fmt.Sprintf("%s%012d", bankFilePrefix, no) }

func openBankFileID(id string) (uint64, error) {
	digits, ours := strings.CutPrefix(strings.TrimSpace(id), bankFilePrefix)
	no, err := strconv.ParseUint(digits, 10, 64)
	if !ours || err != nil || bankFileID(no) != bankFilePrefix+digits {
		return 0, orMissing(nil)
	}
	return no, nil
}

// sealedFile is the purpose under which the bytes of a file are sealed.
func sealedFile(no uint64) string { return fmt.Sprintf("bank file:%d", no) }

// MakeBankFiles puts the debits of a method that wait into files, one for each network: chosen, numbered and frozen in
// one transaction each. It returns none where nothing waits. It refuses with ErrNotAllowed who is no operator, with
// ErrInvalid a method that debits no bank accounts, and with ErrState what must not leave yet after a restore.
func (s *Server) MakeBankFiles(ctx context.Context, who view.Caller, method string) (all []view.BankFile, err error) {
	m, info, found := s.methodNamed(method)
	c, debits := m.(funding.Collector)
	if !found || !debits || !s.offered(info) {
		return nil, ledger.Invalid("method", "Name echeck or autodebit, if they are set up.",
			"There is no method named %q that debits bank accounts.", ledger.CleanLine(method, 20))
	}
	for _, currency := range info.Currencies {
		network := c.Network(currency)
		if network == "" {
			continue
		}
		w, err := s.waitingFor(ctx, who, info.Name, network, currency)
		if err != nil {
			return nil, err
		}
		if len(w.deposits)+len(w.mandates) == 0 {
			continue
		}
		f, err := s.freezeFile(ctx, who, c, info.Name, network, currency, w)
		if err != nil {
			return nil, err
		}
		if f.Debits+f.Asked > 0 {
			all = append(all, f)
		}
	}
	return all, nil
}

// waiting is what waits for a file. It is looked at again in the transaction.
type waiting struct {
	deposits []ledger.DepositID
	mandates []ledger.MandateID
}

// waitingFor reads what waits for a file, oldest first.
func (s *Server) waitingFor(
	ctx context.Context, who view.Caller, method, network string, c ledger.Currency,
) (w waiting, err error) {
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		w = waiting{}
		err := r.EachMandate(func(m ledger.Mandate) error {
			if m.Network == network && m.State == ledger.MandatePending && m.Trace == "" && len(w.mandates) < fileRows {
				w.mandates = append(w.mandates, m.ID)
			}
			return nil
		})
		if err != nil {
			return err
		}
		return eachOpen(r, func(d ledger.Deposit) error {
			if d.Method != method || d.State != ledger.DepositCreated || d.Amount.Currency != c ||
				len(w.deposits) == fileRows {
				return nil
			}
			if _, may, err := mayDebit(r, d); err != nil || !may { // it takes no place from those behind it
				return err
			}
			w.deposits = append(w.deposits, d.ID)
			return nil
		})
	})
	return w, err
}

// eachOpen visits the deposits on which something is still to come, oldest first.
func eachOpen(r books.Reader, visit func(ledger.Deposit) error) error {
	var behind ledger.Deposit
	for {
		page, err := r.OpenDeposits(behind, duePage)
		if err != nil {
			return err
		}
		for _, d := range page {
			if err := visit(d); err != nil {
				return err
			}
			behind = d
		}
		if len(page) < duePage {
			return nil
		}
	}
}

// freezeFile makes one file, in one transaction: what is in it, and its bytes, are the same for ever.
func (s *Server) freezeFile(
	ctx context.Context, who view.Caller, c funding.Collector, method, network string, currency ledger.Currency, w waiting,
) (v view.BankFile, err error) {
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, "bank file", func(tx books.Tx, st ledger.Staff) error {
		v = view.BankFile{}
		if err := s.refuseRestored(tx.Reader); err != nil {
			return err
		}
		n, err := tx.NextBankFile()
		if err != nil {
			return err
		}
		g, err := tx.Generation()
		if err != nil {
			return err
		}
		f := books.BankFile{No: g.Owned(n), Network: network, Method: method, Currency: currency, Created: at}
		if f.Modifier, err = modifier(tx.Reader, f); err != nil {
			return err
		}
		fz := freezer{s: s, tx: tx, c: c, f: &f, actor: staffActor(st), at: at}
		if err := fz.all(w); err != nil || len(fz.lines) == 0 { // somebody else was faster
			return err
		}
		plain, err := c.Write(funding.FileOrder{
			Network: network, ID: bankFileID(f.No), Modifier: f.Modifier, Created: at, Debits: fz.lines,
		})
		if err != nil {
			return err
		}
		f.Hash = sha256.Sum256(plain)
		if f.Data, err = s.seal.Seal(plain, sealedFile(f.No)); err != nil {
			return err
		}
		v = bankFileView(f)
		return tx.PutBankFile(f)
	})
	if err == nil {
		for _, id := range w.deposits {
			s.notifier.wake(topicUser(id.User))
		}
	}
	return v, err
}

// modifier counts the files of a network on the same day before this one.
func modifier(r books.Reader, f books.BankFile) (n uint32, err error) {
	const day = "2006-01-02"
	for no := f.No - 1; ; no-- {
		e, found, err := r.BankFile(no)
		if err != nil || !found || e.Created.Format(day) != f.Created.Format(day) {
			return n, err
		}
		if e.Network == f.Network {
			n++
		}
	}
}

// freezer puts orders into a file.
type freezer struct {
	s     *Server
	tx    books.Tx
	c     funding.Collector
	f     *books.BankFile
	actor ledger.Actor
	at    time.Time
	lines []funding.Debit
}

// all puts what waits into the file.
func (z *freezer) all(w waiting) error {
	for _, id := range w.mandates {
		if err := z.ask(id); err != nil {
			return err
		}
	}
	for _, id := range w.deposits {
		if err := z.debit(id); err != nil {
			return err
		}
	}
	return nil
}

// add makes the next line of the file, with the plain account of its mandate.
func (z *freezer) add(m ledger.Mandate, d funding.Debit) (funding.Debit, error) {
	n, err := z.tx.NextTrace(z.f.Network)
	if err != nil {
		return d, err
	}
	d.ID, d.Mandate, d.MandateID = z.c.ID(z.f.Network, n, d.Name), m, z.s.seal.Mandate(m.ID)
	if d.Account, err = z.s.bankParty(z.tx.Reader, m); err != nil {
		return d, err
	}
	z.lines = append(z.lines, d)
	return d, nil
}

// ask puts the question into the file whether the account of a mandate is there.
func (z *freezer) ask(id ledger.MandateID) error {
	m, _, err := z.tx.Mandate(id)
	if err != nil || m.State != ledger.MandatePending || m.Trace != "" {
		return err
	}
	due, clears := z.c.When(z.f.Network, z.at, true)
	d, err := z.add(m, funding.Debit{Name: z.s.seal.Mandate(id), Asks: true, Due: due})
	if err != nil {
		return unlessItWaits(err)
	}
	z.f.Asked++
	_, err = stepMandate(z.tx, m, ledger.MandateEvent{
		What: ledger.MandateAsked, Trace: d.ID, Clears: clears, Actor: z.actor,
	}, z.at)
	if err != nil {
		return err
	}
	return z.tx.PutBankItem(books.BankItem{
		Source: z.f.Network + "/out", ID: d.ID, File: z.f.No, User: id.User, Number: id.Number, Asks: true, At: z.at,
	})
}

// debit puts a debit into the file. One whose mandate or wallet does not permit it any more waits.
func (z *freezer) debit(id ledger.DepositID) error {
	d, _, err := z.tx.Deposit(id)
	if err != nil || d.State != ledger.DepositCreated {
		return err
	}
	m, may, err := mayDebit(z.tx.Reader, d)
	if err != nil || !may {
		return err
	}
	due, clears := z.c.When(z.f.Network, z.at, false)
	line, err := z.add(m, funding.Debit{
		Name: z.s.seal.Deposit(id), Amount: d.Amount, Due: due, Again: d.Try > 0,
	})
	if err != nil {
		return unlessItWaits(err)
	}
	z.f.Count++
	z.f.Micros += d.Amount.Micros
	_, err = advance(z.tx, d, ledger.DepositEvent{
		To: ledger.DepositSubmitted, External: line.ID, Due: due, Clears: clears, Actor: z.actor,
	}, z.at)
	if err != nil {
		return err
	}
	return z.tx.PutBankItem(books.BankItem{
		Source: z.f.Network + "/out", ID: line.ID, File: z.f.No, User: id.User, Number: id.Number, Amount: d.Amount, At: z.at,
	})
}

// unlessItWaits is the error of an order that belongs into a file, nil for one that cannot leave now, or whose account
// is not there: it waits for the next file, and keeps no other from leaving.
func unlessItWaits(err error) error {
	if code := ledger.Code(err); code == ledger.Code(ledger.ErrState) || code == ledger.Code(ledger.ErrNotFound) {
		return nil
	}
	return err
}

// mayDebit reads the mandate of a debit, and whether it and the wallet permit the debit now.
func mayDebit(r books.Reader, d ledger.Deposit) (m ledger.Mandate, may bool, err error) {
	m, _, err = r.Mandate(ledger.MandateID{User: d.ID.User, Number: d.Mandate})
	if err != nil || m.Permits(d.Amount) != nil {
		return m, false, err
	}
	u, _, err := r.User(d.ID.User)
	return m, u.Status == ledger.UserActive, err
}

// bankParty reads the account of a mandate in plain, for a line of a file.
func (s *Server) bankParty(r books.Reader, m ledger.Mandate) (a funding.Account, err error) {
	plain, err := s.openVault(r, vaultOf(m, m.Bank))
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(plain, &a); err != nil {
		return a, fmt.Errorf("record %d of the vault is no bank account", m.Bank)
	}
	return a, nil
}

// bankFileView shows a file.
func bankFileView(f books.BankFile) view.BankFile {
	v := view.BankFile{
		ID: bankFileID(f.No), Method: f.Method, Network: f.Network, Created: view.At(f.Created), Sent: view.At(f.Sent),
		Debits: f.Count, Asked: f.Asked, Sum: ledger.Amount{Micros: f.Micros, Currency: f.Currency},
		Hash: hex.EncodeToString(f.Hash[:]),
	}
	if f.Payouts != 0 {
		v.Payouts, v.Debits = f.Count, 0
	}
	return v
}

// BankFiles lists the newest files for banks, newest first.
func (s *Server) BankFiles(ctx context.Context, who view.Caller, p view.Paging) (all []view.BankFile, err error) {
	err = s.viewStaff(ctx, who, operatorOnly, func(r books.Reader, _ ledger.Staff) error {
		list, err := r.BankFiles(p.Rows())
		all = view.Map(list, bankFileView)
		return err
	})
	return all, err
}

// BankFile returns the bytes of a file, always the same ones. It has account numbers in plain, so an operator alone
// gets it, and that is a line of the staff log.
func (s *Server) BankFile(ctx context.Context, who view.Caller, id string) (plain []byte, err error) {
	no, err := openBankFileID(id)
	if err != nil {
		return nil, err
	}
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, "bank file "+bankFileID(no), func(tx books.Tx, st ledger.Staff) error {
		f, found, err := tx.BankFile(no)
		if err != nil || !found {
			return orMissing(err)
		}
		if len(f.Data) == 0 {
			return ledger.RefuseState("file", "deleted, because it is old")
		}
		if plain, err = s.seal.Open(f.Data, sealedFile(no)); err != nil {
			return err
		}
		if sha256.Sum256(plain) != f.Hash {
			return fmt.Errorf("file %d is not the one that was made", no)
		}
		return tx.PutStaffAct(books.StaffAct{At: at, Key: st.Fingerprint, Role: st.Role, Act: "bank file " + bankFileID(no)})
	})
	return plain, err
}

// BankSent says that the bank has a file: from then on its debits clear. Saying it again changes nothing.
func (s *Server) BankSent(ctx context.Context, who view.Caller, id string) (v view.BankFile, err error) {
	no, err := openBankFileID(id)
	if err != nil {
		return v, err
	}
	ids, err := s.debitsIn(ctx, no)
	if err != nil {
		return v, err
	}
	at := s.clock()
	err = s.updateStaff(ctx, who, operatorOnly, "bank sent", func(tx books.Tx, st ledger.Staff) error {
		f, err := fileTaken(tx, no, ids, staffActor(st), at)
		v = bankFileView(f)
		return err
	})
	s.clearing.look()
	for _, id := range ids {
		s.notifier.wake(topicUser(id.User))
	}
	return v, err
}

// debitsIn reads which debits of a file are still on their way to the bank.
func (s *Server) debitsIn(ctx context.Context, no uint64) (ids []ledger.DepositID, err error) {
	err = s.view(ctx, func(r books.Reader) error {
		ids = nil
		f, found, err := r.BankFile(no)
		if err != nil || !found {
			return orMissing(err)
		}
		return eachOpen(r, func(d ledger.Deposit) error {
			if d.State != ledger.DepositSubmitted {
				return nil
			}
			i, _, err := r.BankItem(f.Network+"/out", d.External)
			if i.File == no {
				ids = append(ids, d.ID)
			}
			return err
		})
	})
	return ids, err
}

// fileTaken writes that the bank has a file.
func fileTaken(
	tx books.Tx, no uint64, ids []ledger.DepositID, a ledger.Actor, at time.Time,
) (f books.BankFile, err error) {
	f, found, err := tx.BankFile(no)
	if err != nil || !found {
		return f, orMissing(err)
	}
	for _, id := range ids {
		d, _, err := tx.Deposit(id)
		if err != nil {
			return f, err
		}
		if d.State != ledger.DepositSubmitted {
			continue
		}
		if _, err := advance(tx, d, ledger.DepositEvent{To: ledger.DepositPendingClears, Actor: a}, at); err != nil {
			return f, err
		}
	}
	if !f.Sent.IsZero() {
		return f, nil
	}
	f.Sent = at
	return f, tx.PutBankFile(f)
}
