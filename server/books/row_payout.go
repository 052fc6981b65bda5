package books

import (
	"context"
	"time"

	"tuppence/server/ledger"
)

// payoutRulesRow is always written, because no time is a time; a policy without it has the defaults.
type payoutRulesRow struct {
	Wait time.Duration `cbor:"1,keyasint,omitempty" since:"2"`
	Two  bool          `cbor:"2,keyasint,omitempty" since:"2"`
}

func (r *payoutRulesRow) unpack() ledger.PayoutRules {
	if r == nil {
		return ledger.DefaultPayouts()
	}
	return ledger.PayoutRules(*r)
}

// payAccountRow is in the row of its vendor and in each entry about the account.
type payAccountRow struct {
	Payee       ledger.PayeeID `cbor:"1,keyasint,omitempty" since:"2"`
	Network     string         `cbor:"2,keyasint,omitempty" since:"2"`
	Number      uint64         `cbor:"3,keyasint,omitempty" since:"2"`
	Country     string         `cbor:"4,keyasint,omitempty" since:"2"`
	Last4       string         `cbor:"5,keyasint,omitempty" since:"2"`
	Refused     bool           `cbor:"6,keyasint,omitempty" since:"2"`
	Next        uint64         `cbor:"7,keyasint,omitempty" since:"2"`
	NextCountry string         `cbor:"8,keyasint,omitempty" since:"2"`
	NextLast4   string         `cbor:"9,keyasint,omitempty" since:"2"`
	From        instant        `cbor:"10,keyasint,omitempty" since:"2"`
	By          string         `cbor:"11,keyasint,omitempty" since:"2"`
	Approved    bool           `cbor:"12,keyasint,omitempty" since:"2"`
	Used        instant        `cbor:"13,keyasint,omitempty" since:"2"`
	Changed     instant        `cbor:"14,keyasint,omitempty" since:"2"`
}

func packPayAccount(a ledger.PayAccount) payAccountRow {
	return payAccountRow{
		Payee: a.Payee, Network: a.Network, Number: a.Number, Country: a.Country, Last4: a.Last4, Refused: a.Refused,
		Next: a.Next, NextCountry: a.NextCountry, NextLast4: a.NextLast4, From: pack(a.From), By: a.By,
		Approved: a.Approved, Used: pack(a.Used), Changed: pack(a.Changed),
	}
}

func (r payAccountRow) unpack() ledger.PayAccount {
	return ledger.PayAccount{
		Payee: r.Payee, Network: r.Network, Number: r.Number, Country: r.Country, Last4: r.Last4, Refused: r.Refused,
		Next: r.Next, NextCountry: r.NextCountry, NextLast4: r.NextLast4, From: r.From.time(), By: r.By,
		Approved: r.Approved, Used: r.Used.time(), Changed: r.Changed.time(),
	}
}

// PayoutJob is a payout at the operator's own gateway. It is written in the commit that lets the payout leave, so it is
// sent once at least, and always under the same name: the gateway pays it once.
type PayoutJob struct {
	No       ledger.EntryNo // of the settlement
	Due      time.Time      // when it is sent or asked about next; zero: it is known how it ended
	Tries    uint32
	Accepted bool   // the gateway has it: it is asked about, and not sent
	Told     string // what came of the last try, in words
	Created  time.Time
	Updated  time.Time
}

// payoutJobRow is a job in the store.
type payoutJobRow struct {
	No       ledger.EntryNo `cbor:"1,keyasint,omitempty" since:"2"`
	Due      instant        `cbor:"2,keyasint,omitempty" since:"2"`
	Tries    uint32         `cbor:"3,keyasint,omitempty" since:"2"`
	Accepted bool           `cbor:"4,keyasint,omitempty" since:"2"`
	Told     string         `cbor:"5,keyasint,omitempty" since:"2"`
	Created  instant        `cbor:"6,keyasint,omitempty" since:"2"`
	Updated  instant        `cbor:"7,keyasint,omitempty" since:"2"`
}

var payoutJobs = codec[PayoutJob, payoutJobRow]{
	pack: func(j PayoutJob) payoutJobRow {
		return payoutJobRow{
			No: j.No, Due: pack(j.Due), Tries: j.Tries, Accepted: j.Accepted, Told: j.Told, Created: pack(j.Created),
			Updated: pack(j.Updated),
		}
	},
	unpack: func(r payoutJobRow) PayoutJob {
		return PayoutJob{
			No: r.No, Due: r.Due.time(), Tries: r.Tries, Accepted: r.Accepted, Told: r.Told, Created: r.Created.time(),
			Updated: r.Updated.time(),
		}
	},
}

// payoutJobIndexes: what has ended is not looked for.
func payoutJobIndexes(j PayoutJob) [][]byte {
	if j.Due.IsZero() {
		return nil
	}
	return [][]byte{key(tDuePayoutJob, j.Due, j.No)}
}

// PayoutJob reads a payout at the gateway by its settlement.
func (r Reader) PayoutJob(no ledger.EntryNo) (PayoutJob, bool, error) {
	return load(r, key(tPayoutJob, no), payoutJobs)
}

// PutPayoutJob writes a payout at the gateway.
func (t Tx) PutPayoutJob(j PayoutJob) error {
	return putIndexed(t, key(tPayoutJob, j.No), payoutJobs, j, payoutJobIndexes)
}

// DuePayoutJobs reads payouts at the gateway that are due by an instant, the first ones first, at most limit of them.
func (r Reader) DuePayoutJobs(until time.Time, limit int) ([]PayoutJob, error) {
	return scan(r, key(tDuePayoutJob), key(tDuePayoutJob, until.Add(time.Microsecond)), false, limit,
		deref(r, payoutJobs))
}

// payoutJobRows compares the jobs with their settlements: what is on its way at the gateway has one that is due, and
// nothing else is sent there.
func (a *auditor) payoutJobRows(ctx context.Context) error {
	hooked := map[ledger.EntryNo]bool{} // to whether it is on its way
	for no, at := range a.settled.all {
		e, found, err := a.entryAt(at)
		if err != nil {
			return err
		}
		if s := e.Settlement; found && s.Way == ledger.WayHook && s.File != 0 {
			hooked[no] = s.State == ledger.SettlementSubmitted
		}
	}
	at := func(j PayoutJob) []byte { return key(tPayoutJob, j.No) }
	err := rows(ctx, a, tPayoutJob, payoutJobs, at, func(_ []byte, j PayoutJob) error {
		_, settled := a.settled.all[j.No]
		switch open, ours := hooked[j.No]; {
		case !settled:
			a.find(rowsEqual, "the gateway has a settlement %d that is not there", j.No)
		case !ours:
			a.find(rowsEqual, "settlement %d is told to the gateway, and leaves in another way", j.No)
		case open && j.Due.IsZero():
			a.find(rowsEqual, "settlement %d is at the gateway, and nobody asks what became of it", j.No)
		case !open && !j.Due.IsZero() && !j.Accepted:
			a.find(rowsEqual, "settlement %d has ended, and the gateway is told to pay it", j.No)
		}
		delete(hooked, j.No)
		return nil
	})
	for no, open := range hooked {
		if open {
			a.find(rowsEqual, "settlement %d is to go to the gateway, and nobody sends it", no)
		}
	}
	return err
}

// payAccountOf names an account in the journal.
type payAccountOf struct {
	vendor  ledger.VendorID
	payee   ledger.PayeeID
	network string
}

// payAccount notes the newest entry about an account.
func (a *auditor) payAccount(rec Record) {
	if p := rec.PayAccount; p != nil {
		a.settled.accounts[payAccountOf{rec.Vendor, p.Payee, p.Network}] = *p
	}
}

// payAccountsOf compares the accounts of a vendor with their newest entries, and looks for each in the vault.
func (a *auditor) payAccountsOf(v ledger.Vendor) error {
	for _, p := range v.Accounts {
		id := payAccountOf{v.ID, p.Payee, p.Network}
		had, known := a.settled.accounts[id]
		delete(a.settled.accounts, id)
		if !known || had != p {
			a.find(rowsEqual, "an account of vendor %d is %s in its row, the journal says otherwise", v.ID, p.Words())
		}
		for _, number := range []uint64{p.Number, p.Next} {
			if number == 0 {
				continue
			}
			owner := p.Owner(v.ID)
			owner.Number = number
			kept, _, err := referenced(a, vaultKey(owner), vaultRecords)
			if err != nil {
				return err
			}
			if !kept.Live() {
				a.find(rowsEqual, "vendor %d is paid to account %d, which was forgotten", v.ID, number)
			}
		}
	}
	return nil
}
