package books

import (
	"bytes"
	"context"

	"tuppence/server/ledger"
)

// mandateRow is stored as a row and in each entry about the mandate: the audit compares both.
type mandateRow struct {
	User     ledger.UserID       `cbor:"1,keyasint,omitempty" since:"2"`
	Number   uint64              `cbor:"2,keyasint,omitempty" since:"2"`
	No       ledger.EntryNo      `cbor:"3,keyasint,omitempty" since:"2"`
	Bank     uint64              `cbor:"4,keyasint,omitempty" since:"2"`
	Former   uint64              `cbor:"5,keyasint,omitempty" since:"2"`
	Network  string              `cbor:"6,keyasint,omitempty" since:"2"`
	Currency ledger.Currency     `cbor:"7,keyasint,omitempty" since:"2"`
	Country  string              `cbor:"8,keyasint,omitempty" since:"2"`
	Last4    string              `cbor:"9,keyasint,omitempty" since:"2"`
	Most     int64               `cbor:"10,keyasint,omitempty" since:"2"`
	Text     string              `cbor:"11,keyasint,omitempty" since:"2"`
	State    ledger.MandateState `cbor:"12,keyasint,omitempty" since:"2"`
	Key      string              `cbor:"13,keyasint,omitempty" since:"2"`
	Agreed   instant             `cbor:"14,keyasint,omitempty" since:"2"`
	Updated  instant             `cbor:"15,keyasint,omitempty" since:"2"`
	Trace    string              `cbor:"16,keyasint,omitempty" since:"2"`
	Clears   instant             `cbor:"17,keyasint,omitempty" since:"2"`
	Reason   string              `cbor:"18,keyasint,omitempty" since:"2"`
}

var mandates = codec[ledger.Mandate, mandateRow]{pack: packMandate, unpack: mandateRow.unpack}

func packMandate(m ledger.Mandate) mandateRow {
	return mandateRow{
		User: m.ID.User, Number: m.ID.Number, No: m.No, Bank: m.Bank, Former: m.Former, Network: m.Network,
		Currency: m.Currency, Country: m.Country, Last4: m.Last4, Most: m.Most, Text: m.Text, State: m.State, Key: m.Key,
		Agreed: pack(m.Agreed), Updated: pack(m.Updated), Trace: m.Trace, Clears: pack(m.Clears), Reason: m.Reason,
	}
}

func (r mandateRow) unpack() ledger.Mandate {
	return ledger.Mandate{
		ID: ledger.MandateID{User: r.User, Number: r.Number}, No: r.No, Bank: r.Bank, Former: r.Former,
		Network: r.Network, Currency: r.Currency, Country: r.Country, Last4: r.Last4, Most: r.Most, Text: r.Text,
		State: r.State, Key: r.Key, Agreed: r.Agreed.time(), Updated: r.Updated.time(), Trace: r.Trace,
		Clears: r.Clears.time(), Reason: r.Reason,
	}
}

func mandateKey(id ledger.MandateID) []byte { return key(tMandate, id.User, id.Number) }

// Mandate reads a mandate.
func (r Reader) Mandate(id ledger.MandateID) (ledger.Mandate, bool, error) {
	return load(r, mandateKey(id), mandates)
}

// Mandates reads the mandates of a person, oldest first, also those that have ended.
func (r Reader) Mandates(u ledger.UserID) ([]ledger.Mandate, error) {
	return scan(r, key(tMandate, u), after(key(tMandate, u)), false, 0, mandates.decode)
}

// EachMandate visits all mandates, in the order of their givers.
func (r Reader) EachMandate(visit func(ledger.Mandate) error) error {
	for kv, err := range r.kv.Scan(key(tMandate), after(key(tMandate)), false, 0) {
		if err != nil {
			return err
		}
		m, err := mandates.decode(kv.Key, kv.Value)
		if err == nil {
			err = visit(m)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// PutMandate writes a mandate.
func (t Tx) PutMandate(m ledger.Mandate) error { return put(t, mandateKey(m.ID), mandates, m) }

// mandateRows compares each mandate with its newest entry. One that stands needs its account in the vault.
func (a *auditor) mandateRows(ctx context.Context) error {
	missing := make(map[ledger.MandateID]bool, len(a.mandates))
	for id := range a.mandates {
		missing[id] = true
	}
	at := func(m ledger.Mandate) []byte { return mandateKey(m.ID) }
	err := rows(ctx, a, tMandate, mandates, at, func(_ []byte, m ledger.Mandate) error {
		delete(missing, m.ID)
		e, found, err := a.entryAt(a.mandates[m.ID])
		if err != nil {
			return err
		}
		if !found || !bytes.Equal(mandates.encode(*e.Mandate), mandates.encode(m)) {
			a.find(rowsEqual, "mandate %d/%d is %q in its row, the journal says otherwise", m.ID.User, m.ID.Number, m.State)
		}
		id := ledger.VaultID{Kind: ledger.VaultUser, Owner: uint64(m.ID.User), Number: m.Bank}
		v, _, err := referenced(a, vaultKey(id), vaultRecords)
		if err == nil && m.State != ledger.MandateEnded && !v.Live() {
			a.find(rowsEqual, "mandate %d/%d is %q, and its account is not in the vault", m.ID.User, m.ID.Number, m.State)
		}
		return err
	})
	for id := range missing {
		a.find(rowsEqual, "mandate %d/%d has no row", id.User, id.Number)
	}
	return err
}

// permitted checks that there is a mandate for a debit.
func (a *auditor) permitted(d ledger.Deposit) error {
	if !d.Is(ledger.DepositDebit) {
		return nil
	}
	m, found, err := referenced(a, mandateKey(ledger.MandateID{User: d.ID.User, Number: d.Mandate}), mandates)
	if err == nil && (!found || m.Currency != d.Amount.Currency) {
		a.find(rowsEqual, "deposit %d/%d has no mandate that permits it", d.ID.User, d.ID.Number)
	}
	return err
}
