package ledger

import "time"

// CloseOrder closes a wallet for good.
type CloseOrder struct {
	Claim [32]byte // SHA-256 of the code that brings back what comes in later
	Actor Actor
}

// CloseFacts is what a decision about the end of a wallet needs to know.
type CloseFacts struct {
	No      EntryNo
	User    User
	Wallets []Wallet
	// Open is what is under way and is not in the wallets, each with what its owner can do about it.
	Open []Unfinished
}

// Unfinished is what has to be done before a wallet closes.
type Unfinished struct {
	What   string // a sentence without its full stop
	Remedy string // what its owner can do, or how long it lasts
}

// CloseOutcome is a person who is none any more here.
type CloseOutcome struct {
	Entry Entry
	User  User
}

// Rest returns how much of the account cannot leave by a bank, because it is less than the smallest coin of the
// currency: it becomes unclaimed property of its owner with the closing.
func (w Wallet) Rest() int64 {
	if w.Paid < w.Currency.minor() {
		return w.Paid
	}
	return 0
}

// BeforeClosing returns what has to be done before a wallet can close, nothing if it can. Each has a remedy: nothing is
// a reason for ever.
func BeforeClosing(f CloseFacts, by Actor, now time.Time) (all []Unfinished) {
	u := f.User
	add := func(what, remedy string) { all = append(all, Unfinished{what, remedy}) }
	switch {
	case u.Status == UserFrozen && u.Paused != 0:
		add("The wallet was frozen by phone", "Thaw it: voice thaw.")
	case u.Status == UserFrozen:
		add("The wallet is frozen", "Speak with a representative of this service.")
	}
	if until := u.YoungUntil(by.Key, now); !until.IsZero() {
		add("This key is new: it cannot close the wallet yet",
			"Wait until "+stamp(until)+", or use an older key of this wallet.")
	}
	if now.Before(u.LockedUntil) {
		add("The wallet was recovered lately", "Wait until "+stamp(u.LockedUntil)+".")
	}
	for _, w := range f.Wallets {
		all = append(all, w.beforeClosing(now)...)
	}
	return append(all, f.Open...)
}

// beforeClosing is what has to be done about the money of an account.
func (w Wallet) beforeClosing(now time.Time) (all []Unfinished) {
	in := func(micros int64) string { return Amount{micros, w.Currency}.String() }
	if w.Paid > w.Rest() {
		remedy := "Spend it, send it to somebody (transfer), or turn it back into money (redeem)."
		if from := w.TransferableFrom(w.Paid, now); !from.IsZero() {
			remedy = "Spend it. " + in(w.Transferable(now)) + " of it can be sent or redeemed now, all of it from " +
				stamp(from) + "."
		}
		all = append(all, Unfinished{in(w.Paid) + " are in the account", remedy})
	}
	if w.Owed > 0 {
		all = append(all, Unfinished{in(w.Owed) + " are owed", "Pay it with a deposit: fund."})
	}
	if w.Uncollected > 0 {
		all = append(all, Unfinished{in(w.Uncollected) + " have not cleared yet", "Wait until they have: deposits."})
	}
	if w.Held > 0 {
		all = append(all, Unfinished{
			in(w.Held) + " are set aside",
			"Take transfers back that nobody has claimed: transfer recall. What a vendor holds ends by itself in 7 days.",
		})
	}
	return all
}

// refuseClosing says what has to be done first.
func refuseClosing(all []Unfinished) *Refusal {
	more := ""
	if len(all) > 1 {
		more = " See all that has to be done first with: wallet close"
	}
	return Refuse(ErrState, all[0].Remedy+more, "The wallet cannot close yet. %s.", all[0].What)
}

// DecideClose closes a wallet: its keys end, so that each may open a new one, and what was remembered of the person
// goes. The recovery code opens it again for a month, and the code that is shown now claims what comes in later, from
// then on: a key that was stolen long ago closes nothing for good. It refuses with ErrState what has to be done first.
func DecideClose(r CloseOrder, f CloseFacts, now time.Time) (out CloseOutcome, err error) {
	if f.User.Status == UserClosed {
		return out, RefuseState("wallet", "closed already")
	}
	if all := BeforeClosing(f, r.Actor, now); len(all) > 0 {
		return out, refuseClosing(all)
	}
	e := entry(f.No, now, KindWalletClosed, r.Actor)
	e.User = f.User.ID
	e.Change = &Change{Name: "wallet", Old: UserWords[f.User.Status], New: UserWords[UserClosed]}
	if len(f.User.Wallets) > 0 {
		e.Wallet = f.User.Wallets[0]
	}
	was := f.User
	u := User{
		ID: was.ID, Status: UserClosed, Created: was.Created, Handle: was.Handle, Recovery: r.Claim, Zone: was.Zone,
		Wallets: was.Wallets, Deposits: was.Deposits, Credit: was.Credit, Voice: was.Voice, Closed: e.At,
		OldRecovery: was.paper(now), OldUntil: e.At.Add(reopenLife), LinksEnd: e.At,
		Agents: was.Agents,
	}
	for _, m := range was.Keys {
		if m.Ended.IsZero() {
			m.Ended = e.At
		}
		m.Name = ""
		u.Keys = append(u.Keys, m)
	}
	return CloseOutcome{e, u}, nil
}

// LateFacts is what a decision about money of a closed wallet needs to know.
type LateFacts struct {
	No     EntryNo
	Wallet Wallet
	Had    Unclaimed
}

// DecideLate does what follows where money has come into a wallet that is closed: it becomes unclaimed property, and
// pays first what the wallet owes by then. Nothing follows where there is none.
func DecideLate(f LateFacts, now time.Time) (out DormantOutcome, changed bool) {
	w := f.Wallet
	out.Now = f.Had
	out.Now.User, out.Now.Currency = w.User, w.Currency
	e := entry(f.No, now, KindUnclaimed, Actor{Role: RoleSystem})
	e.User = w.User
	debt := min(w.Owed, f.Had.Micros)
	switch {
	case w.Paid > 0:
		e.Amount = Amount{w.Paid, w.Currency}
		e.Postings = []Posting{{Account{Paid, w.Currency, uint64(w.User)}, w.Paid}, unclaimedLeg(w, -w.Paid)}
		e.Change = &Change{Name: UnclaimedLate, Currency: w.Currency}
		out.Now.Micros += w.Paid
		out.Now.Moved = e.At
	case debt > 0:
		e.Amount = Amount{debt, w.Currency}
		e.Postings = []Posting{unclaimedLeg(w, debt), {Account{Receivable, w.Currency, uint64(w.User)}, -debt}}
		e.Change = &Change{Name: UnclaimedDebt, Currency: w.Currency}
		out.Now.Micros -= debt
	default:
		return out, false
	}
	out.Now.Announced = time.Time{}
	out.Now.Asked, out.Now.AskedAt = "", time.Time{}
	return out.told(e), true
}

// Claimable returns how much of what came into a closed wallet its owner can have now, and when all of it, zero: now.
// What a payer can still take back stays: a new wallet is not a way around that.
func Claimable(w Wallet, had Unclaimed, now time.Time) (micros int64, all time.Time) {
	w.Paid = had.Micros
	return w.Transferable(now), w.TransferableFrom(had.Micros, now)
}

// ClaimFacts is what a decision about a claim needs to know.
type ClaimFacts struct {
	No     EntryNo
	Closed User // whose code it was
	Typed  [32]byte
	Old    Wallet // its account
	Had    Unclaimed
	User   User   // who claims
	Wallet Wallet // the account in the same currency
}

// DecideClaimClosed brings what came into a closed wallet to the new wallet of its owner, in one currency. It refuses
// with ErrFrozen a wallet that is not active, and with ErrState where nothing can be had, and for a month the code that
// was shown when the wallet was closed.
func DecideClaimClosed(a Actor, f ClaimFacts, now time.Time) (out DormantOutcome, err error) {
	micros, from := Claimable(f.Old, f.Had, now)
	until := f.Closed.ClaimsFrom(now)
	switch {
	case f.Typed != f.Closed.OldRecovery && !until.IsZero():
		r := Refuse(ErrState, "Use the recovery code that the wallet had. It does the same until then, or opens it again.",
			"This code is good from %s on, in case somebody else has closed the wallet.", stamp(until))
		r.ResetsAt = until
		return out, r
	case f.User.Status != UserActive:
		return out, refuseFrozen()
	case micros == 0 && f.Had.Micros > 0:
		r := Refuse(ErrState, "Come back after "+stamp(from)+".",
			"%s are there, and their payer can still take them back.", Amount{f.Had.Micros, f.Old.Currency})
		r.ResetsAt = from
		return out, r
	case micros == 0:
		return out, RefuseNothingLate()
	}
	e := entry(f.No, now, KindUnclaimed, a)
	e.User, e.Counterparty, e.Amount = f.Closed.ID, f.User.ID, Amount{micros, f.Old.Currency}
	e.Postings = nonzero(append([]Posting{unclaimedLeg(f.Old, micros)}, f.Wallet.credited(micros)...))
	e.Change = &Change{Name: UnclaimedHanded, Currency: f.Old.Currency}
	out.Now = f.Had
	out.Now.Micros -= micros
	if out.Now.Micros == 0 {
		out.Now.Moved = time.Time{}
	}
	out.Now.Asked, out.Now.AskedAt = "", time.Time{}
	return out.told(e), nil
}

// RefuseNothingLate says that nothing has come into a closed wallet.
func RefuseNothingLate() *Refusal {
	return Refuse(ErrState, "Keep the code: it is good for whatever comes in later.",
		"Nothing has come into that wallet since it was closed.")
}

// RefuseClosedCode says that no closed wallet has a code.
func RefuseClosedCode() *Refusal {
	return Refuse(ErrNotFound, "Type the code as it was shown when the wallet was closed.",
		"No closed wallet has this code.")
}
