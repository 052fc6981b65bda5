package books

import (
	"time"

	"tuppence/server/ledger"
)

// orderRow is what a deposit knows of its purchase order.
type orderRow struct {
	Number string   `cbor:"1,keyasint,omitempty" since:"2"`
	Until  instant  `cbor:"2,keyasint,omitempty" since:"2"`
	Signer string   `cbor:"3,keyasint,omitempty" since:"2"`
	Hash   [32]byte `cbor:"4,keyasint,omitzero" since:"2"`
	Due    instant  `cbor:"5,keyasint,omitempty" since:"2"`
}

func packOrder(o ledger.PurchaseOrder) *orderRow {
	if o == (ledger.PurchaseOrder{}) {
		return nil
	}
	return &orderRow{Number: o.Number, Until: pack(o.Until), Signer: o.Signer, Hash: o.Hash, Due: pack(o.Due)}
}

func (r *orderRow) unpack() ledger.PurchaseOrder {
	if r == nil {
		return ledger.PurchaseOrder{}
	}
	return ledger.PurchaseOrder{
		Number: r.Number, Until: r.Until.time(), Signer: r.Signer, Hash: r.Hash, Due: r.Due.time(),
	}
}

// onBillRow is what a deposit knows of the bill that it is on.
type onBillRow struct {
	Biller string   `cbor:"1,keyasint,omitempty" since:"2"`
	Mark   [32]byte `cbor:"2,keyasint,omitzero" since:"2"`
	Last4  string   `cbor:"3,keyasint,omitempty" since:"2"`
	First  bool     `cbor:"4,keyasint,omitempty" since:"2"`
}

func packOnBill(b ledger.OnBill) *onBillRow {
	if b == (ledger.OnBill{}) {
		return nil
	}
	r := onBillRow(b)
	return &r
}

func (r *onBillRow) unpack() ledger.OnBill {
	if r == nil {
		return ledger.OnBill{}
	}
	return ledger.OnBill(*r)
}

// orderCreditRow is what a wallet may owe for purchase orders.
type orderCreditRow struct {
	Currency ledger.Currency `cbor:"1,keyasint,omitempty" since:"2"`
	Limit    int64           `cbor:"2,keyasint,omitempty" since:"2"`
	Used     int64           `cbor:"3,keyasint,omitempty" since:"2"`
	By       string          `cbor:"4,keyasint,omitempty" since:"2"`
}

// billerRow is stored as a row and in each entry about the biller.
type billerRow struct {
	Name     string          `cbor:"1,keyasint,omitempty" since:"2"`
	Title    string          `cbor:"2,keyasint,omitempty" since:"2"`
	Method   string          `cbor:"3,keyasint,omitempty" since:"2"`
	Currency ledger.Currency `cbor:"4,keyasint,omitempty" since:"2"`
	Cap      int64           `cbor:"5,keyasint,omitempty" since:"2"`
	Cost     uint32          `cbor:"6,keyasint,omitempty" since:"2"`
	Closed   bool            `cbor:"7,keyasint,omitempty" since:"2"`
	Created  instant         `cbor:"8,keyasint,omitempty" since:"2"`
	Files    uint64          `cbor:"9,keyasint,omitempty" since:"2"`
	Upto     ledger.EntryNo  `cbor:"10,keyasint,omitempty" since:"2"`
}

var billers = codec[ledger.Biller, billerRow]{pack: packBiller, unpack: billerRow.unpack}

func packBiller(b ledger.Biller) billerRow {
	return billerRow{
		Name: b.Name, Title: b.Title, Method: b.Method, Currency: b.Currency, Cap: b.Cap, Cost: b.Cost, Closed: b.Closed,
		Created: pack(b.Created), Files: b.Files, Upto: b.Upto,
	}
}

func (r billerRow) unpack() ledger.Biller {
	return ledger.Biller{
		Name: r.Name, Title: r.Title, Method: r.Method, Currency: r.Currency, Cap: r.Cap, Cost: r.Cost, Closed: r.Closed,
		Created: r.Created.time(), Files: r.Files, Upto: r.Upto,
	}
}

// billerAccountRow is stored in a row and in each entry about the account. The sealed number is in the row alone: the
// journal keeps for ever what is in it.
type billerAccountRow struct {
	Biller    string                    `cbor:"1,keyasint,omitempty" since:"2"`
	Mark      [32]byte                  `cbor:"2,keyasint,omitzero" since:"2"`
	User      ledger.UserID             `cbor:"3,keyasint,omitempty" since:"2"`
	Last4     string                    `cbor:"4,keyasint,omitempty" since:"2"`
	State     ledger.BillerAccountState `cbor:"5,keyasint,omitempty" since:"2"`
	Code      [32]byte                  `cbor:"6,keyasint,omitzero" since:"2"`
	Created   instant                   `cbor:"7,keyasint,omitempty" since:"2"`
	Confirmed instant                   `cbor:"8,keyasint,omitempty" since:"2"`
	Month     int64                     `cbor:"9,keyasint,omitempty" since:"2"`
	Charged   int64                     `cbor:"10,keyasint,omitempty" since:"2"`
	Sealed    []byte                    `cbor:"11,keyasint,omitempty" since:"2"`
}

// SealedAccount is an account at a biller with its number and the code of its first bill, sealed.
type SealedAccount struct {
	ledger.BillerAccount
	Sealed []byte
}

var billerAccounts = codec[SealedAccount, billerAccountRow]{
	pack: func(a SealedAccount) billerAccountRow {
		r := packBillerAccount(a.BillerAccount)
		r.Sealed = a.Sealed
		return r
	},
	unpack: func(r billerAccountRow) SealedAccount { return SealedAccount{r.unpack(), r.Sealed} },
}

func packBillerAccount(a ledger.BillerAccount) billerAccountRow {
	return billerAccountRow{
		Biller: a.Biller, Mark: a.Mark, User: a.User, Last4: a.Last4, State: a.State, Code: a.Code,
		Created: pack(a.Created), Confirmed: pack(a.Confirmed), Month: a.Month, Charged: a.Charged,
	}
}

func (r billerAccountRow) unpack() ledger.BillerAccount {
	return ledger.BillerAccount{
		Biller: r.Biller, Mark: r.Mark, User: r.User, Last4: r.Last4, State: r.State, Code: r.Code,
		Created: r.Created.time(), Confirmed: r.Confirmed.time(), Month: r.Month, Charged: r.Charged,
	}
}

// billerFileRow is stored in a row with the sealed bytes, and in the entry that froze it without.
type billerFileRow struct {
	Biller string         `cbor:"1,keyasint,omitempty" since:"2"`
	Number uint64         `cbor:"2,keyasint,omitempty" since:"2"`
	Lines  uint32         `cbor:"3,keyasint,omitempty" since:"2"`
	Sum    money          `cbor:"4,keyasint,omitzero" since:"2"`
	Hash   [32]byte       `cbor:"5,keyasint,omitzero" since:"2"`
	Sealed [32]byte       `cbor:"6,keyasint,omitzero" since:"2"`
	Upto   ledger.EntryNo `cbor:"7,keyasint,omitempty" since:"2"`
	At     instant        `cbor:"8,keyasint,omitempty" since:"2"`
	Bytes  []byte         `cbor:"9,keyasint,omitempty" since:"2"`
}

// FrozenFile is a file for a biller with its sealed bytes.
type FrozenFile struct {
	ledger.BillerFile
	Bytes []byte
}

var frozenFiles = codec[FrozenFile, billerFileRow]{
	pack: func(f FrozenFile) billerFileRow {
		r := packBillerFile(f.BillerFile)
		r.Bytes = f.Bytes
		return r
	},
	unpack: func(r billerFileRow) FrozenFile { return FrozenFile{r.unpack(), r.Bytes} },
}

func packBillerFile(f ledger.BillerFile) billerFileRow {
	return billerFileRow{
		Biller: f.Biller, Number: f.Number, Lines: f.Lines, Sum: packMoney(f.Sum), Hash: f.Hash, Sealed: f.Sealed,
		Upto: f.Upto, At: pack(f.At),
	}
}

func (r billerFileRow) unpack() ledger.BillerFile {
	return ledger.BillerFile{
		Biller: r.Biller, Number: r.Number, Lines: r.Lines, Sum: r.Sum.unpack(), Hash: r.Hash, Sealed: r.Sealed,
		Upto: r.Upto, At: r.At.time(),
	}
}

// atBillerRow is what an entry has changed about a biller.
type atBillerRow struct {
	Biller  *billerRow        `cbor:"1,keyasint,omitempty" since:"2"`
	Account *billerAccountRow `cbor:"2,keyasint,omitempty" since:"2"`
	File    *billerFileRow    `cbor:"3,keyasint,omitempty" since:"2"`
}

func packAtBiller(a *ledger.AtBiller) *atBillerRow {
	if a == nil {
		return nil
	}
	var r atBillerRow
	if a.Biller != nil {
		b := packBiller(*a.Biller)
		r.Biller = &b
	}
	if a.Account != nil {
		b := packBillerAccount(*a.Account)
		r.Account = &b
	}
	if a.File != nil {
		b := packBillerFile(*a.File)
		r.File = &b
	}
	return &r
}

func (r *atBillerRow) unpack() *ledger.AtBiller {
	if r == nil {
		return nil
	}
	var a ledger.AtBiller
	if r.Biller != nil {
		b := r.Biller.unpack()
		a.Biller = &b
	}
	if r.Account != nil {
		b := r.Account.unpack()
		a.Account = &b
	}
	if r.File != nil {
		b := r.File.unpack()
		a.File = &b
	}
	return &a
}

// PhoneCode is a code by which a caller comes to the page of a deposit, once. Codes are stored as hashes.
type PhoneCode struct {
	Hash    [32]byte
	Deposit ledger.DepositID
	Expires time.Time
}

// phoneCodeRow is written with its deposit, and goes when it is used or too old.
type phoneCodeRow struct {
	Hash    [32]byte      `cbor:"1,keyasint,omitzero" since:"2"`
	User    ledger.UserID `cbor:"2,keyasint,omitempty" since:"2"`
	Number  uint64        `cbor:"3,keyasint,omitempty" since:"2"`
	Expires instant       `cbor:"4,keyasint,omitempty" since:"2"`
}

var phoneCodes = codec[PhoneCode, phoneCodeRow]{
	pack: func(c PhoneCode) phoneCodeRow {
		return phoneCodeRow{
			Hash: c.Hash, User: c.Deposit.User, Number: c.Deposit.Number, Expires: pack(c.Expires),
		}
	},
	unpack: func(r phoneCodeRow) PhoneCode {
		return PhoneCode{
			Hash: r.Hash, Deposit: ledger.DepositID{User: r.User, Number: r.Number}, Expires: r.Expires.time(),
		}
	},
}
