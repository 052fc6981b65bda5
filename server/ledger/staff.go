package ledger

import (
	"slices"
	"time"
)

// What staff may do with others' money. Rules see keys, wallets and what the operator has written down of them. Who
// stands behind two keys that share neither is not known here: that is the operator's to know when a key is added.

// SamePerson reports whether two members of staff are known to be one person: one key, or one wallet.
func SamePerson(a, b Staff) bool {
	return a.Fingerprint == b.Fingerprint || a.Wallet != 0 && a.Wallet == b.Wallet
}

// owns reports whether a wallet is known to be the member's own: its key opens it or has opened it, or the operator has
// written it down.
func (s Staff) owns(u User) bool {
	return s.Wallet != 0 && s.Wallet == u.ID ||
		slices.ContainsFunc(u.Keys, func(m Member) bool { return m.Fingerprint == s.Fingerprint })
}

// RefuseOwnWallet refuses staff who act on their own wallet, with ErrNotAllowed.
func (s Staff) RefuseOwnWallet(u User) error {
	if s.owns(u) {
		return RefuseOwn()
	}
	return nil
}

// dayOf is the day of an instant in UTC, in days since 1970.
func dayOf(t time.Time) int64 { return t.Unix() / int64(day/time.Second) }

// moves counts money that a member of staff moves into a wallet. It refuses with ErrLimit what is more than a day may
// have.
func (s Staff) moves(x Amount, p Policy, now time.Time) (Staff, error) {
	today := dayOf(now)
	if s.Day != today {
		s.Day, s.Moved = today, nil
	}
	i := slices.IndexFunc(s.Moved, func(a Amount) bool { return a.Currency == x.Currency })
	had := Amount{Currency: x.Currency}
	if i >= 0 {
		had = s.Moved[i]
	}
	if most := p.In(x.Currency).Risk.StaffDay; had.Micros > most-x.Micros {
		tomorrow := time.Unix((today+1)*int64(day/time.Second), 0).UTC()
		remedy := "Let another member of staff do it, or wait until " + stamp(tomorrow) + "."
		if x.Micros > most {
			remedy = "Ask the operator for a higher setting staff_day."
		}
		no := Refuse(ErrLimit, remedy,
			"One member of staff can move %s into wallets in a day; %s of it are moved.", Amount{most, x.Currency}, had)
		no.Limit, no.ResetsAt = "staff_day", tomorrow
		return s, no
	}
	had.Micros += x.Micros
	if s.Moved = slices.Clone(s.Moved); i >= 0 {
		s.Moved[i] = had
	} else {
		s.Moved = append(s.Moved, had)
	}
	return s, nil
}

// NeedsSecond reports whether an instrument waits for another person than the one who received it.
func (d Deposit) NeedsSecond(p Policy) bool {
	return d.State == DepositUncollected && p.NeedsTwo(d.Amount)
}

// ClearableFrom is when a received instrument may be cleared.
func (d Deposit) ClearableFrom(p Policy) time.Time { return d.Updated.Add(p.Risk.ClearAfter) }

// mayAdvance is what binds staff who move a deposit on: never their own wallet; what they received above the policy's
// bound another person clears, and not before its time; and a day's sum. It returns who acts with the sum of the day.
// The service itself and processors are not bound.
func (f DepositFacts) mayAdvance(ev DepositEvent, now time.Time) (Staff, error) {
	st, d := f.Staff, f.Deposit
	if r := ev.Actor.Role; r != RoleRep && r != RoleOperator {
		return st, nil
	}
	if err := st.RefuseOwnWallet(f.User); err != nil || d.Is(DepositOnOrder) {
		return f.mayDecideOrder(ev, err, now)
	}
	if ev.To != DepositCleared {
		return st, nil
	}
	if from := d.ClearableFrom(f.Policy); now.Before(from) {
		no := Refuse(ErrState, "Clear it from "+stamp(from.UTC())+" on, when the bank has had its time.",
			"This instrument was received at %s.", stamp(d.Updated.UTC()))
		no.ResetsAt = from
		return st, no
	}
	// Who received it before receivers were written down is not known, so it may have been anyone.
	if d.NeedsSecond(f.Policy) {
		first := f.Receiver
		if d.Receiver == "" && st.Role != RoleOperator {
			first = st
		}
		if err := SecondPerson(first, st, f.Policy, d.Amount, "received", "clear it"); err != nil {
			return st, err
		}
	}
	return st.moves(d.Amount, f.Policy, now)
}
