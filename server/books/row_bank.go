package books

import (
	"context"
	"time"

	"tuppence/server/ledger"
)

// BankFile is a file for a bank, made once: its bytes are those that are sent, however often they are.
type BankFile struct {
	No       uint64 // counted over all files, as the generation gives it
	Network  string
	Method   string
	Currency ledger.Currency
	Created  time.Time
	Modifier uint32 // tells files of one day and network apart, from 0
	Count    uint32 // of debits, without questions
	Asked    uint32 // questions whether an account is there
	Micros   int64  // their sum
	Hash     [32]byte
	Data     []byte         // sealed; nil once it is not needed any more
	Sent     time.Time      // when an operator, or the bank itself, said that the bank has it
	Payouts  ledger.EntryNo // what its file of payouts is named after; 0: it has debits
}

// bankFileRow is a file in the store.
type bankFileRow struct {
	No       uint64          `cbor:"1,keyasint,omitempty" since:"2"`
	Network  string          `cbor:"2,keyasint,omitempty" since:"2"`
	Method   string          `cbor:"3,keyasint,omitempty" since:"2"`
	Currency ledger.Currency `cbor:"4,keyasint,omitempty" since:"2"`
	Created  instant         `cbor:"5,keyasint,omitempty" since:"2"`
	Modifier uint32          `cbor:"6,keyasint,omitempty" since:"2"`
	Count    uint32          `cbor:"7,keyasint,omitempty" since:"2"`
	Asked    uint32          `cbor:"8,keyasint,omitempty" since:"2"`
	Micros   int64           `cbor:"9,keyasint,omitempty" since:"2"`
	Hash     [32]byte        `cbor:"10,keyasint,omitzero" since:"2"`
	Data     []byte          `cbor:"11,keyasint,omitempty" since:"2"`
	Sent     instant         `cbor:"12,keyasint,omitempty" since:"2"`
	Payouts  ledger.EntryNo  `cbor:"13,keyasint,omitempty" since:"2"`
}

var bankFiles = codec[BankFile, bankFileRow]{
	pack: func(f BankFile) bankFileRow {
		return bankFileRow{
			No: f.No, Network: f.Network, Method: f.Method, Currency: f.Currency, Created: pack(f.Created),
			Modifier: f.Modifier, Count: f.Count, Asked: f.Asked, Micros: f.Micros, Hash: f.Hash, Data: f.Data,
			Sent: pack(f.Sent), Payouts: f.Payouts,
		}
	},
	unpack: func(r bankFileRow) BankFile {
		return BankFile{
			No: r.No, Network: r.Network, Method: r.Method, Currency: r.Currency, Created: r.Created.time(),
			Modifier: r.Modifier, Count: r.Count, Asked: r.Asked, Micros: r.Micros, Hash: r.Hash, Data: r.Data,
			Sent: r.Sent.time(), Payouts: r.Payouts,
		}
	},
}

// BankItem is one order or one piece of news under the id by which a bank knows it. What was sent is found again by it
// when it comes back, and what has come is not done twice.
type BankItem struct {
	Source string // network and direction: "ach/out", "sepa/in", or "file" for the hash of a whole one
	ID     string
	File   uint64 // in which it was sent
	User   ledger.UserID
	Number uint64        // of the deposit, or of the mandate if it asks
	Asks   bool          // whether an account is there
	Amount ledger.Amount // of what was sent
	Done   string        // of what has come: what followed from it
	At     time.Time
	// Settlement is what an order pays; 0: it is no payout of a settlement.
	Settlement ledger.EntryNo
	// Redemption is what an order pays; 0: it is none.
	Redemption ledger.EntryNo
}

// bankItemRow is an item in the store.
type bankItemRow struct {
	Source string        `cbor:"1,keyasint,omitempty" since:"2"`
	ID     string        `cbor:"2,keyasint,omitempty" since:"2"`
	File   uint64        `cbor:"3,keyasint,omitempty" since:"2"`
	User   ledger.UserID `cbor:"4,keyasint,omitempty" since:"2"`
	Number uint64        `cbor:"5,keyasint,omitempty" since:"2"`
	Asks   bool          `cbor:"6,keyasint,omitempty" since:"2"`
	Amount money         `cbor:"7,keyasint,omitzero" since:"2"`
	Done   string        `cbor:"8,keyasint,omitempty" since:"2"`
	At     instant       `cbor:"9,keyasint,omitempty" since:"2"`

	Settlement ledger.EntryNo `cbor:"10,keyasint,omitempty" since:"2"`

	Redemption ledger.EntryNo `cbor:"11,keyasint,omitempty" since:"2"`
}

var bankItems = codec[BankItem, bankItemRow]{
	writtenOnce: true,
	pack: func(i BankItem) bankItemRow {
		return bankItemRow{
			Source: i.Source, ID: i.ID, File: i.File, User: i.User, Number: i.Number, Asks: i.Asks,
			Amount: packMoney(i.Amount), Done: i.Done, At: pack(i.At), Settlement: i.Settlement,
			Redemption: i.Redemption,
		}
	},
	unpack: func(r bankItemRow) BankItem {
		return BankItem{
			Source: r.Source, ID: r.ID, File: r.File, User: r.User, Number: r.Number, Asks: r.Asks,
			Amount: r.Amount.unpack(), Done: r.Done, At: r.At.time(), Settlement: r.Settlement,
			Redemption: r.Redemption,
		}
	},
}

// NextBankFile returns the number of a new file for a bank, from 1.
func (t Tx) NextBankFile() (uint64, error) { return next[uint64](t, "bank file") }

// NextTrace returns the next number of the trace numbers of a network, from 1.
func (t Tx) NextTrace(network string) (uint64, error) { return next[uint64](t, "trace "+network) }

// BankFile reads a file for a bank.
func (r Reader) BankFile(no uint64) (BankFile, bool, error) {
	return load(r, key(tBankFile, no), bankFiles)
}

// BankFiles reads the files for banks, newest first, at most limit of them (0: all).
func (r Reader) BankFiles(limit int) ([]BankFile, error) {
	return scan(r, key(tBankFile), after(key(tBankFile)), true, limit, bankFiles.decode)
}

// EachBankFile visits the files for banks, oldest first, until one says that there is no more to see.
func (r Reader) EachBankFile(visit func(BankFile) (more bool)) error {
	for kv, err := range r.kv.Scan(key(tBankFile), after(key(tBankFile)), false, 0) {
		if err != nil {
			return err
		}
		f, err := bankFiles.decode(kv.Key, kv.Value)
		if err != nil || !visit(f) {
			return err
		}
	}
	return nil
}

// PutBankFile writes a file for a bank.
func (t Tx) PutBankFile(f BankFile) error { return put(t, key(tBankFile, f.No), bankFiles, f) }

func bankItemKey(source, id string) []byte { return key(tBankItem, source, "\x00", id) }

// BankItem reads what is known under an id of a bank.
func (r Reader) BankItem(source, id string) (BankItem, bool, error) {
	return load(r, bankItemKey(source, id), bankItems)
}

// PutBankItem writes an item. An id is used once.
func (t Tx) PutBankItem(i BankItem) error {
	_, taken, err := t.BankItem(i.Source, i.ID)
	if err == nil && taken {
		err = ErrTaken
	}
	if err != nil {
		return err
	}
	return put(t, bankItemKey(i.Source, i.ID), bankItems, i)
}

// fileSum is what the items say about a file.
type fileSum struct {
	count, asked uint32
	micros       int64
}

// bankRows checks that each file has the debits that it says, that each of them is a deposit with this id and amount,
// or a mandate with this question, and that no debit was sent that no file has.
func (a *auditor) bankRows(ctx context.Context) error {
	sums := map[uint64]fileSum{}
	at := func(i BankItem) []byte { return bankItemKey(i.Source, i.ID) }
	err := rows(ctx, a, tBankItem, bankItems, at, func(_ []byte, i BankItem) error {
		if i.File == 0 {
			return nil
		}
		s := sums[i.File]
		defer func() { sums[i.File] = s }()
		if i.Asks {
			s.asked++
			m, _, err := referenced(a, mandateKey(ledger.MandateID{User: i.User, Number: i.Number}), mandates)
			if err == nil && m.Trace != i.ID {
				a.find(rowsEqual, "file %d asks for mandate %d/%d, which says otherwise", i.File, i.User, i.Number)
			}
			return err
		}
		s.count++
		s.micros += i.Amount.Micros
		if i.Settlement != 0 {
			t, _, err := referenced(a, key(tSettlement, i.Settlement), settlements)
			if err == nil && (t.Bank != i.File || t.Amount != i.Amount) {
				a.find(rowsEqual, "file %d pays settlement %d, which says otherwise", i.File, i.Settlement)
			}
			return err
		}
		if i.Redemption != 0 {
			t, _, err := referenced(a, key(tRedemption, i.Redemption), redemptions)
			if err == nil && (t.File != i.File || t.Pays() != i.Amount || t.User != i.User) {
				a.find(rowsEqual, "file %d pays redemption %d, which says otherwise", i.File, i.Redemption)
			}
			return err
		}
		id := ledger.DepositID{User: i.User, Number: i.Number}
		d, _, err := referenced(a, depositKey(id), deposits)
		if err == nil && (d.External != i.ID || d.Amount != i.Amount) {
			a.find(rowsEqual, "file %d has deposit %d/%d, which says otherwise", i.File, i.User, i.Number)
		}
		return err
	})
	if err != nil {
		return err
	}
	byNo := func(f BankFile) []byte { return key(tBankFile, f.No) }
	err = rows(ctx, a, tBankFile, bankFiles, byNo, func(_ []byte, f BankFile) error {
		if want := (fileSum{f.Count, f.Asked, f.Micros}); sums[f.No] != want {
			a.find(rowsEqual, "file %d says %v, its items add up to %v", f.No, want, sums[f.No])
		}
		delete(sums, f.No)
		return nil
	})
	for no := range sums {
		a.find(rowsEqual, "file %d has no row", no)
	}
	return err
}
