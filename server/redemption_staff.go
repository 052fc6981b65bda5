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

const (
	// methodRedemptions is what the files of redemptions are listed under.
	methodRedemptions = "redemptions"
	// fileRedemptions bounds the redemptions of one file, and how many of them are moved on in one commit.
	fileRedemptions = 400
)

// DeskRedemptions lists redemptions of all wallets, newest first. It refuses with ErrNotAllowed a key without a role,
// with ErrNotFound a file that is not there, and with ErrInvalid an unknown cursor.
func (s *Server) DeskRedemptions(
	ctx context.Context, who view.Caller, q view.RedemptionQuery,
) (page view.Page[view.Redemption], err error) {
	before, err := s.openCursor(q.Before)
	if err != nil {
		return page, err
	}
	of := books.RedemptionQuery{State: ledger.RedemptionState(q.State), Before: ledger.EntryNo(before)}
	if q.File != "" {
		of.State = ""
		if of.File, err = openBankFileID(q.File); err != nil {
			return page, err
		}
	}
	return deskList(ctx, s, who, "redemptions list", func(
		r books.Reader, saw func(ledger.UserID),
	) (page view.Page[view.Redemption], err error) {
		list, err := r.Redemptions(of, q.Rows()+1)
		if err != nil {
			return page, err
		}
		shown := make(map[ledger.EntryNo]view.Redemption, len(list))
		for i, d := range list {
			u, _, err := r.User(d.User)
			if err != nil {
				return page, err
			}
			if i < q.Rows() {
				saw(d.User)
			}
			shown[d.No] = s.redemptionView(d, u.Handle)
		}
		return pageOf(s.seal, list, q.Rows(), func(d ledger.Redemption) view.Redemption { return shown[d.No] },
			func(d ledger.Redemption) uint64 { return uint64(d.No) }), nil
	})
}

// RedemptionStep moves a redemption on: approve, deny, paid, fail, return. The id of a file means all of its
// redemptions of which it is not known how they ended, and only paid. What a processor has it is asked about first. It
// refuses with ErrNotFound, with ErrState what cannot follow and what the processor knows, with ErrInvalid a missing
// reason, and with ErrNotAllowed a caller without the role, and the own wallet.
func (s *Server) RedemptionStep(
	ctx context.Context, who view.Caller, q view.RedemptionStep,
) (moved view.RedemptionsMoved, err error) {
	if strings.HasPrefix(q.ID, bankFilePrefix) {
		return s.redemptionsPaid(ctx, who, q)
	}
	roles, at := operatorOnly, s.clock()
	if q.Event == ledger.RedeemApprove || q.Event == ledger.RedeemDeny {
		roles = deskRoles
	}
	var d, seen ledger.Redemption
	err = s.viewStaff(ctx, who, roles, func(r books.Reader, _ ledger.Staff) error {
		seen, err = s.redemptionNamed(r, q.ID)
		return err
	})
	atProcessor := toProcessor(seen) && (seen.State == ledger.RedemptionSubmitted || seen.State == ledger.RedemptionPaid)
	if err == nil && atProcessor && q.Event != ledger.RedeemApprove && q.Event != ledger.RedeemDeny {
		err = s.refundUnknown(ctx, seen)
	}
	if err != nil {
		return moved, err
	}
	err = s.updateStaff(ctx, who, roles, "redemption "+q.Event, func(tx books.Tx, st ledger.Staff) error {
		if d, err = s.redemptionNamed(tx.Reader, q.ID); err != nil {
			return err
		}
		if toProcessor(d) && d.State != seen.State {
			return ledger.RefuseState("redemption", string(d.State))
		}
		ev := ledger.RedemptionEvent{Event: q.Event, Reason: q.Reason, Actor: staffActor(st)}
		d, err = stepRedemption(tx, d, ev, st, at)
		return err
	})
	if err != nil {
		return moved, err
	}
	s.notifier.wake(topicUser(d.User), topicDesk)
	if err := s.sendBack(ctx, d.No); err != nil {
		return moved, err
	}
	v, err := s.redemptionNow(ctx, d.No, true)
	moved.Redemptions = view.List[view.Redemption]{v}
	return moved, err
}

// redemptionsPaid says that a file was carried out. What has failed or come back stays so, and the own wallet's waits
// for another person.
func (s *Server) redemptionsPaid(
	ctx context.Context, who view.Caller, q view.RedemptionStep,
) (moved view.RedemptionsMoved, err error) {
	no, err := openBankFileID(q.ID)
	if err != nil {
		return moved, err
	}
	if q.Event != ledger.RedeemPaid {
		return moved, ledger.Invalid("id", "Name one redemption.", "Of a whole file it can only be said that it was paid.")
	}
	at := s.clock()
	var users []ledger.UserID
	err = s.updateStaff(ctx, who, operatorOnly, "redemption paid", func(tx books.Tx, st ledger.Staff) error {
		moved, users = view.RedemptionsMoved{}, nil
		list, err := tx.Redemptions(books.RedemptionQuery{File: no}, 0)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return ledger.RefuseNotFound("file of redemptions")
		}
		if moved.Redemptions, users, err = s.payAll(tx, list, st, at); err != nil {
			return err
		}
		if len(moved.Redemptions) == 0 {
			return ledger.Refuse(ledger.ErrState, "Look at: redemptions list --file "+q.ID, "Nothing of the file is open.")
		}
		f, _, err := tx.BankFile(no)
		if err != nil || !f.Sent.IsZero() {
			return err
		}
		f.Sent = at
		return tx.PutBankFile(f)
	})
	for _, u := range users {
		s.notifier.wake(topicUser(u), topicDesk)
	}
	return moved, err
}

// payAll says of the redemptions of a file that are open that they were paid.
func (s *Server) payAll(
	tx books.Tx, list []ledger.Redemption, st ledger.Staff, at time.Time,
) (moved view.List[view.Redemption], users []ledger.UserID, err error) {
	for _, d := range slices.Backward(list) {
		if d.State != ledger.RedemptionSubmitted {
			continue
		}
		u, _, err := tx.User(d.User)
		if err != nil {
			return nil, nil, err
		}
		if st.RefuseOwnWallet(u) != nil && len(list) > 1 {
			continue
		}
		ev := ledger.RedemptionEvent{Event: ledger.RedeemPaid, Actor: staffActor(st)}
		if d, err = stepRedemption(tx, d, ev, st, at); err != nil {
			return nil, nil, err
		}
		users = append(users, d.User)
		moved = append(moved, s.redemptionView(d, u.Handle))
	}
	return moved, users, nil
}

// RedemptionSubmit puts what is approved into a file: to bank accounts, or to whom checks are written. Its bytes are
// fixed from then on, and are printed with bank file. It refuses with ErrNotAllowed a caller who is no operator, and
// with ErrState if nothing can leave, or not yet after a restore.
func (s *Server) RedemptionSubmit(
	ctx context.Context, who view.Caller, c ledger.Currency, to string,
) (v view.RedemptionFile, err error) {
	if to != ledger.RedeemBank && to != ledger.RedeemCheck {
		return v, ledger.Invalid("to", "Name bank or check.", "No file goes to %q.", ledger.CleanLine(to, 20))
	}
	at := s.clock()
	var users []ledger.UserID
	err = s.updateStaff(ctx, who, operatorOnly, "redemptions submit", func(tx books.Tx, st ledger.Staff) error {
		if err := s.refuseRestored(tx.Reader); err != nil {
			return err
		}
		z, err := s.newRedemptionFreezer(tx, c, to, staffActor(st), at)
		if err != nil {
			return err
		}
		if err := z.all(); err != nil {
			return err
		}
		users = z.users
		v = view.RedemptionFile{
			ID: bankFileID(z.file.No), Way: z.file.Network, Created: view.At(z.file.Created),
			Redemptions: uint64(len(z.rows)), Sum: ledger.Amount{Micros: z.file.Micros, Currency: c},
			Hash: hex.EncodeToString(z.file.Hash[:]), Passed: z.passed,
		}
		return nil
	})
	for _, u := range users {
		s.notifier.wake(topicUser(u))
	}
	return v, err
}

// redemptionFreezer puts redemptions into one file.
type redemptionFreezer struct {
	s      *Server
	tx     books.Tx
	to     string
	file   *books.BankFile
	way    funding.PayoutWay // nil: a list for a person
	actor  ledger.Actor
	at     time.Time
	rows   []funding.PayoutRow
	users  []ledger.UserID
	passed uint64
}

// networkList is that of a file which no bank reads: a list for a person.
const networkList = "list"

// bankWayIn is the way that pays to bank accounts in a currency, nil if there is none.
func (s *Server) bankWayIn(c ledger.Currency) funding.PayoutWay {
	for _, w := range s.ways {
		if w.Banks() && w.Currency() == c {
			return w
		}
	}
	return nil
}

func (s *Server) newRedemptionFreezer(
	tx books.Tx, c ledger.Currency, to string, a ledger.Actor, at time.Time,
) (*redemptionFreezer, error) {
	z := &redemptionFreezer{s: s, tx: tx, to: to, actor: a, at: at}
	network := networkList
	if to == ledger.RedeemBank {
		if z.way = s.bankWayIn(c); z.way != nil {
			network = z.way.Way()
		}
	}
	var err error
	if z.file, err = s.newBankFile(tx, network, c, at); err == nil {
		z.file.Method = methodRedemptions
	}
	return z, err
}

// all puts what is approved into the file, the oldest first.
func (z *redemptionFreezer) all() error {
	for behind, more := ledger.EntryNo(0), true; more && len(z.rows) < fileRedemptions; {
		list, err := z.tx.RedemptionsUp(ledger.RedemptionApproved, behind, duePage)
		if err != nil {
			return err
		}
		for _, d := range list {
			if behind = d.No; d.Amount.Currency != z.file.Currency || d.To != z.to || len(z.rows) == fileRedemptions {
				continue
			}
			if err := z.add(d); err != nil {
				return err
			}
		}
		more = len(list) == duePage
	}
	if len(z.rows) == 0 {
		return ledger.Refuse(ledger.ErrState, "Look at: redemptions list --state opened",
			"No redemption in %s to a %s can leave now.", z.file.Currency, z.to)
	}
	if z.way != nil {
		return z.s.freezeBankFile(z.tx, z.way, z.file, z.rows)
	}
	plain := z.list()
	z.file.Hash = sha256.Sum256(plain)
	data, err := z.s.seal.Seal(plain, sealedFile(z.file.No))
	if err != nil {
		return err
	}
	z.file.Data = data
	return z.tx.PutBankFile(*z.file)
}

// add puts one redemption into the file. One that may not leave now, or whose account is not there, waits for the next
// file, and keeps no other from leaving.
func (z *redemptionFreezer) add(d ledger.Redemption) error {
	row, err := z.s.redemptionRow(z.tx.Reader, d)
	if err == nil {
		_, err = stepRedemption(z.tx, d, ledger.RedemptionEvent{
			Event: ledger.RedeemSubmit, File: z.file.No, Actor: z.actor,
		}, ledger.Staff{}, z.at)
	}
	if err != nil {
		z.passed++
		return unlessItWaits(err)
	}
	if z.way != nil {
		n, err := z.tx.NextTrace(z.file.Network)
		if err != nil {
			return err
		}
		row.Order = z.way.Order(n, row.ID)
	}
	z.rows, z.users = append(z.rows, row), append(z.users, d.User)
	z.file.Count++
	z.file.Micros += row.Amount.Micros
	return z.tx.PutBankItem(books.BankItem{
		Source: z.file.Network + "/out", ID: row.Order, File: z.file.No, User: d.User, Amount: row.Amount, At: z.at,
		Redemption: d.No,
	})
}

// redemptionRow opens where a redemption goes, for a line of a file.
func (s *Server) redemptionRow(r books.Reader, d ledger.Redemption) (row funding.PayoutRow, err error) {
	id := s.seal.Redemption(d.No)
	row = funding.PayoutRow{ID: id, Order: id, Amount: d.Pays()}
	if d.To == ledger.RedeemCheck {
		plain, err := s.openVault(r, ledger.VaultID{Kind: ledger.VaultUser, Owner: uint64(d.User), Number: d.Vault})
		row.Payee = string(plain)
		return row, err
	}
	m, _, err := r.Mandate(ledger.MandateID{User: d.User, Number: d.Mandate})
	if err != nil {
		return row, err
	}
	row.Account, err = s.bankParty(r, m)
	if row.To = row.Account.IBAN; row.To == "" {
		row.To = row.Account.Routing + " " + row.Account.Number
	}
	row.Payee = row.Account.Holder
	return row, err
}

// list is the rows as CSV (RFC 4180), for a person or for the bank's own program.
func (z *redemptionFreezer) list() []byte {
	var out strings.Builder
	out.WriteString("redemption,account,payee,amount,currency\r\n")
	for _, r := range z.rows {
		for i, cell := range []string{r.ID, r.To, r.Payee, r.Amount.Number(), string(r.Amount.Currency)} {
			if i > 0 {
				out.WriteByte(',')
			}
			out.WriteString(csvCell(cell))
		}
		out.WriteString("\r\n")
	}
	return []byte(out.String())
}

// csvCell is a text in a list that no spreadsheet takes for a formula.
func csvCell(cell string) string {
	cell = strings.ReplaceAll(strings.ReplaceAll(cell, "\r", ""), "\n", ", ")
	if cell != "" && strings.ContainsRune("=@+-\t", rune(cell[0])) {
		cell = "'" + cell
	}
	if strings.ContainsAny(cell, "\",") {
		return `"` + strings.ReplaceAll(cell, `"`, `""`) + `"`
	}
	return cell
}
