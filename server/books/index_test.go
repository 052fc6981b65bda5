package books

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"tuppence/server/ledger"
	"tuppence/store"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// indexedKind is a kind of noun whose Put keeps index rows.
type indexedKind struct {
	name string
	// draw returns a noun under one of a few names: its key, its index rows, and a function that puts it.
	draw func(t *rapid.T) (k []byte, indexes [][]byte, put func(Tx) error)
}

func indexedNoun[T any](
	name string, at func(T) []byte, indexes func(T) [][]byte, put func(Tx, T) error, fix func(*T),
) indexedKind {
	return indexedKind{name, func(t *rapid.T) ([]byte, [][]byte, func(Tx) error) {
		v := anyOf[T](t, source{few: true})
		fix(&v)
		return at(v), indexes(v), func(tx Tx) error { return put(tx, v) }
	}}
}

// indexedKinds are all of them. What a use case never writes is mended: an entry has a number, a deposit and a vendor
// have a name of their own.
func indexedKinds() []indexedKind {
	return []indexedKind{
		indexedNoun("user", func(u ledger.User) []byte { return key(tUser, u.ID) }, userIndexes, Tx.PutUser,
			func(*ledger.User) {}),
		indexedNoun("vendor", func(v ledger.Vendor) []byte { return key(tVendor, v.ID) }, vendorIndexes, Tx.PutVendor,
			func(*ledger.Vendor) {}),
		indexedNoun("link", func(l ledger.Link) []byte { return linkKey(l.ID.User, l.ID.Vendor, l.ID.Currency) },
			linkIndexes, Tx.PutLink, func(*ledger.Link) {}),
		indexedNoun("checkout", func(c ledger.Checkout) []byte { return checkoutKey(c.ID) }, checkoutIndexes, Tx.PutCheckout,
			func(*ledger.Checkout) {}),
		indexedNoun("deposit", func(d ledger.Deposit) []byte { return depositKey(d.ID) }, depositIndexes, Tx.PutDeposit,
			func(*ledger.Deposit) {}),
		indexedNoun("receipt", func(r ledger.Receipt) []byte { return key(tReceipt, r.No) }, receiptIndexes, Tx.PutReceipt,
			func(r *ledger.Receipt) { r.No++ }),
		indexedNoun("postpaid", func(p ledger.Postpaid) []byte { return postpaidKey(p.User, p.Currency) }, postpaidIndexes,
			Tx.PutPostpaid, func(*ledger.Postpaid) {}),
		indexedNoun("incentive", func(i ledger.Incentive) []byte { return key(tIncentive, i.No) }, incentiveIndexes,
			Tx.PutIncentive, func(i *ledger.Incentive) { i.No++ }),
		indexedNoun("campaign", func(c ledger.Campaign) []byte { return key(tCampaign, c.No) }, campaignIndexes,
			Tx.PutCampaign, func(c *ledger.Campaign) { c.No++ }),
		indexedNoun("issue", func(i ledger.TokenIssue) []byte { return key(tIssue, i.No) }, issueIndexes,
			Tx.PutIssue, func(i *ledger.TokenIssue) { i.No++ }),
		indexedNoun("key of a program", func(a ledger.Agent) []byte { return agentKey(a.User, a.Number) }, agentIndexes,
			Tx.PutAgent, func(a *ledger.Agent) { a.Number++ }),
		indexedNoun("dispute", func(d ledger.Dispute) []byte { return key(tDispute, d.No) }, disputeIndexes, Tx.PutDispute,
			func(d *ledger.Dispute) { d.No++ }),
		indexedNoun("transfer", func(f ledger.Transfer) []byte { return key(tTransfer, f.No) }, transferIndexes,
			Tx.PutTransfer, func(f *ledger.Transfer) { f.No++ }),
		indexedNoun("line of the staff log", func(a StaffAct) []byte { return key(tStaffAct, a.No) }, staffActIndexes,
			func(t Tx, a StaffAct) error {
				return putIndexed(t, key(tStaffAct, a.No), staffActs, a, staffActIndexes)
			}, func(a *StaffAct) { a.No++ }),
		indexedNoun("settlement", func(s ledger.Settlement) []byte { return key(tSettlement, s.No) }, settlementIndexes,
			Tx.PutSettlement, func(s *ledger.Settlement) { s.No++ }),
		indexedNoun("payout at the gateway", func(j PayoutJob) []byte { return key(tPayoutJob, j.No) }, payoutJobIndexes,
			Tx.PutPayoutJob, func(j *PayoutJob) { j.No++ }),
		indexedNoun("redemption", func(d ledger.Redemption) []byte { return key(tRedemption, d.No) }, redemptionIndexes,
			Tx.PutRedemption, func(d *ledger.Redemption) { d.No++ }),
		indexedNoun("weekly budget", func(f ledger.Refill) []byte { return refillKey(f.User, f.Currency) }, refillIndexes,
			Tx.PutRefill, func(f *ledger.Refill) { f.User++ }),
		indexedNoun("biller account", func(a SealedAccount) []byte { return accountKey(a.User, a.Biller) },
			billerAccountIndexes, Tx.PutBillerAccount, func(*SealedAccount) {}),
		indexedNoun("place in a team", teamKey, teamIndexes, Tx.PutTeamMember, func(m *ledger.TeamMember) { m.No++ }),
		indexedNoun("invitation", func(i ledger.Invite) []byte { return key(tInvite, i.No) }, inviteIndexes, Tx.PutInvite,
			func(i *ledger.Invite) { i.No++ }),
		indexedNoun("sale", func(p ledger.Purchase) []byte { return key(tPurchase, p.No) }, purchaseIndexes,
			Tx.PutPurchase, func(p *ledger.Purchase) { p.No++ }),
		indexedNoun("delivery", deliveryKey, deliveryIndexes, Tx.PutDelivery, func(d *Delivery) { d.Event++ }),
	}
}

// After any nouns were put in any order, the index rows are those of the nouns that are there and no others, each leads
// to a noun that has it, and a noun whose name another one has is refused with nothing changed. Only a typed code may
// pass from one noun to the next.
func TestIndexRowsFollowTheirNouns(t *testing.T) {
	for _, kind := range indexedKinds() {
		t.Run(kind.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				w := &world{t: t, kv: store.NewMemory(), now: morning}
				there := map[string][][]byte{} // key of a noun → its index rows
				for range rapid.IntRange(1, 12).Draw(t, "puts") {
					k, indexes, put := kind.draw(t)
					before := w.dump()
					err := w.kv.Update(context.Background(), func(tx store.Tx) error { return put(Write(tx)) })
					if taken := takenBy(there, k, indexes); taken != errors.Is(err, ErrTaken) {
						t.Fatalf("put %x: %v; another noun has its name: %v", k, err, taken)
					}
					if err != nil {
						if diff := cmp.Diff(before, w.dump()); diff != "" {
							t.Fatalf("refused, but (-was +is):\n%s", diff)
						}
						continue
					}
					there[string(k)] = indexes
					checkIndexes(t, w, there)
				}
			})
		})
	}
}

// takenBy returns whether a noun under another key has one of the unique index rows.
func takenBy(there map[string][][]byte, k []byte, indexes [][]byte) bool {
	for other, theirs := range there {
		for _, i := range indexes {
			if other != string(k) && i[0] != tCode && has(theirs, i) {
				return true
			}
		}
	}
	return false
}

func checkIndexes(t *rapid.T, w *world, there map[string][][]byte) {
	t.Helper()
	rows := w.dump()
	for k, indexes := range there {
		for _, i := range indexes {
			if at := rows[string(i)]; at != k && i[0] != tCode {
				t.Fatalf("index %s of %s leads to %s", keyName(i), keyName([]byte(k)), keyName([]byte(at)))
			}
		}
	}
	for i, at := range rows {
		if bytes.IndexByte(indexTables, i[0]) >= 0 && !has(there[at], []byte(i)) {
			t.Fatalf("index %s leads to %s, which has no such index", keyName([]byte(i)), keyName([]byte(at)))
		}
	}
}

// dump returns all rows of the store.
func (w *world) dump() map[string]string {
	w.t.Helper()
	all := map[string]string{}
	w.see(func(r Reader) error {
		for kv, err := range r.kv.Scan(nil, nil, false, 0) {
			if err != nil {
				return err
			}
			all[string(kv.Key)] = string(kv.Value)
		}
		return nil
	})
	return all
}

// Everything that an index finds is found by its getter, and nothing else is.
func TestNounsAreFoundByTheirIndexes(t *testing.T) {
	l := newBusyWorld(t)
	hash := [32]byte{7}
	l.do(func(tx Tx) error {
		u, _, err := tx.User(l.ann)
		u.Recovery = hash
		v, _, err2 := tx.Vendor(l.vendor)
		v.Keys = append(v.Keys, ledger.APIKey{Hash: hash})
		f, _, err3 := tx.Transfer(l.sent)
		f.Code = hash
		return first(err, err2, err3, tx.PutUser(u), tx.PutVendor(v), tx.PutTransfer(f), tx.PutCheckout(ledger.Checkout{
			ID: ledger.CheckoutID{Vendor: l.vendor, Number: 77}, UserCode: "ABCD", TxnID: "t77", User: l.bob,
			Status: ledger.CheckoutOpen,
		}))
	})
	l.see(func(r Reader) error {
		u, _, err := r.User(l.ann)
		if err != nil {
			return err
		}
		asked := ledger.CheckoutID{Vendor: l.vendor, Number: 77}
		finds(t, "member key", u.ID, r.UserByKey, u.Keys[0].Fingerprint, "SHA256:other")
		finds(t, "handle", u.ID, r.UserByHandle, u.Handle, "w_other")
		finds(t, "recovery code", u.ID, r.UserByRecovery, hash, [32]byte{8})
		finds(t, "vendor's name", l.vendor, r.VendorByName, "news", "new")
		finds(t, "API key", l.vendor, r.VendorByAPIKey, hash, [32]byte{8})
		finds(t, "typed code", asked, r.CheckoutByCode, "ABCD", "ABC")
		finds(t, "transaction", asked, r.CheckoutByTxn, "t77", "t7")
		finds(t, "reference", l.check.ID, r.DepositByReference, l.check.Reference, "other")
		finds(t, "claim code", l.sent, r.TransferByCode, hash, [32]byte{8})
		waiting, err := r.Waiting(l.bob)
		if diff := cmp.Diff([]ledger.CheckoutID{asked}, waiting); diff != "" || err != nil {
			t.Errorf("waiting for bob: %v (-want +got):\n%s", err, diff)
		}
		return nil
	})
}

// finds wants a getter to find what stands under a name, and nothing under another name.
func finds[K any, V comparable](t *testing.T, what string, want V, get func(K) (V, bool, error), name, other K) {
	t.Helper()
	if got, found, err := get(name); got != want || !found || err != nil {
		t.Errorf("by its %s: got %v, %v, %v, want %v", what, got, found, err, want)
	}
	if got, found, err := get(other); found || err != nil {
		t.Errorf("by another %s: got %v, %v, want nothing", what, got, err)
	}
}

// An index row of the wrong length is damage, which names the row; one that leads nowhere is damage where its record is
// needed.
func TestDamagedIndexRows(t *testing.T) {
	w := newWorld(t)
	w.plant(func(tx store.Tx) error {
		return first(
			tx.Set(key(tHandle, "w_x"), []byte{tUser, 1}),
			tx.Set(key(tCode, "ABCD"), []byte{tCheckout, 1}),
			tx.Set(key(tWaiting, ledger.UserID(1)), []byte{tCheckout}),
			tx.Set(key(tOpenDeposit, morning), depositKey(ledger.DepositID{User: 9, Number: 9})),
			tx.Set(key(tUserDispute, ledger.UserID(1), ledger.EntryNo(1)), key(tDispute, ledger.EntryNo(9))),
		)
	})
	w.see(func(r Reader) error {
		for name, get := range map[string]func() error{
			"H": func() error { _, _, err := r.UserByHandle("w_x"); return err },
			"C": func() error { _, _, err := r.CheckoutByCode("ABCD"); return err },
			"A": func() error { _, err := r.Waiting(1); return err },
			"P": func() error { _, err := r.OpenDeposits(ledger.Deposit{}, 0); return err },
			"F": func() error { _, err := r.UserDisputes(1, morning, 0); return err },
		} {
			if err := get(); !errors.Is(err, store.ErrDamaged) || !bytes.Contains([]byte(err.Error()), []byte("record "+name)) {
				t.Errorf("%s: got %v, want %v with the name of the row", name, err, store.ErrDamaged)
			}
		}
		return nil
	})
}

// A version of an offer never changes; the same version may be put again.
func TestOfferVersionsNeverChange(t *testing.T) {
	w := newWorld(t)
	dear := w.offer
	dear.Price = eur(99)
	err := w.kv.Update(t.Context(), func(tx store.Tx) error { return Write(tx).PutOffer(dear) })
	if !errors.Is(err, ErrTaken) {
		t.Errorf("another price under the same version: got %v, want %v", err, ErrTaken)
	}
	w.do(func(tx Tx) error { return tx.PutOffer(w.offer) })
	second := w.offer
	second.Version, second.Price = 2, eur(99)
	w.do(func(tx Tx) error { return tx.PutOffer(second) })
	w.see(func(r Reader) error {
		for v, want := range map[uint32]ledger.Offer{0: second, 1: w.offer, 2: second} {
			got, found, err := r.Offer(w.offer.ID, v)
			if diff := cmp.Diff(want, got); diff != "" || !found || err != nil {
				t.Errorf("version %d: %v, %v (-want +got):\n%s", v, found, err, diff)
			}
		}
		if _, found, err := r.Offer(w.offer.ID, 3); found || err != nil {
			t.Errorf("version 3: %v, %v, want none", found, err)
		}
		if _, found, err := r.Offer(ledger.OfferID{Vendor: 9, Number: 9}, 0); found || err != nil {
			t.Errorf("offer of nothing: %v, %v, want none", found, err)
		}
		return nil
	})
	w.clean()
}

// Every table of index rows is checked backward, and every kind forward: a table that is forgotten in the audit fails
// here, because its letter is in keys.go.
func TestEveryIndexTableIsAudited(t *testing.T) {
	var all []byte
	for _, kind := range indexedKinds() {
		rapid.Check(t, func(t *rapid.T) {
			_, indexes, _ := kind.draw(t)
			for _, i := range indexes {
				if bytes.IndexByte(indexTables, i[0]) < 0 {
					t.Fatalf("%s has index rows in table %c, which no audit looks at", kind.name, i[0])
				}
				if bytes.IndexByte(all, i[0]) < 0 {
					all = append(all, i[0])
				}
			}
		})
	}
	ordered := deliveryIndexes(Delivery{Event: 1, Sequence: 1}) // chance draws one seldom
	all = append(all, offerIndexes(ledger.Offer{})[0][0], planIndexes(ledger.RoyaltyPlan{})[0][0], ordered[2][0])
	for _, table := range indexTables {
		if !slices.Contains(all, table) {
			t.Errorf("no noun has index rows in table %c", table)
		}
	}
	if len(indexedTables()) != len(indexedKinds())+2 { // offers and plans have an index of their own
		t.Errorf("%d kinds are audited, %d are tested", len(indexedTables()), len(indexedKinds())+2)
	}
}

// Which index rows a noun has depends on what it holds: these are the letters of their tables (keys.go), in order.
func TestWhichIndexRowsANounHas(t *testing.T) {
	hash, ended := [32]byte{1}, morning
	member, apiKey := ledger.Member{Fingerprint: "a"}, ledger.APIKey{Hash: hash}
	oldMember, oldKey := ledger.Member{Fingerprint: "b", Ended: ended}, ledger.APIKey{Hash: [32]byte{2}, Ended: ended}
	for name, c := range map[string]struct {
		rows [][]byte
		want string
	}{
		"user without anything":           {userIndexes(ledger.User{ID: 1}), ""},
		"user with a live and a dead key": {userIndexes(ledger.User{Keys: []ledger.Member{member, oldMember}}), "U"},
		"user with handle and recovery":   {userIndexes(ledger.User{Handle: "w_a", Recovery: hash}), "HR"},
		"vendor without anything":         {vendorIndexes(ledger.Vendor{ID: 1}), ""},
		"vendor with a live and a dead key": {
			vendorIndexes(ledger.Vendor{Name: "n", Keys: []ledger.APIKey{apiKey, oldKey}}), "NK",
		},
		"look at a wallet":       {staffActIndexes(StaffAct{No: 1, User: 1}), "!"},
		"act of a vendor's team": {staffActIndexes(StaffAct{No: 1, Vendor: 1, Entry: 1}), "{"},

		"no link":  {linkIndexes(ledger.Link{}), ""},
		"link":     {linkIndexes(ledger.Link{ID: ledger.LinkID{User: 1}}), "L"},
		"plan":     {planIndexes(ledger.RoyaltyPlan{}), "["},
		"offer":    {offerIndexes(ledger.Offer{}), "O"},
		"checkout": {checkoutIndexes(ledger.Checkout{TxnID: "t", UserCode: "c", Status: ledger.CheckoutOpen}), "XC"},
		"checkout for a user": {
			checkoutIndexes(ledger.Checkout{TxnID: "t", User: 1, Status: ledger.CheckoutOpen}), "XA",
		},
		"closed checkout of a user": {
			checkoutIndexes(ledger.Checkout{UserCode: "c", User: 1, Status: ledger.CheckoutApproved}), "C",
		},
		"new deposit":     {depositIndexes(ledger.Deposit{Reference: "r", State: ledger.DepositAwaiting}), "DP"},
		"deposit by card": {depositIndexes(ledger.Deposit{External: "e", State: ledger.DepositProcessing}), "EP"},
		"done deposit":    {depositIndexes(ledger.Deposit{External: "e", State: ledger.DepositSettled}), "E"},
		"deposit that may go back": {
			depositIndexes(ledger.Deposit{External: "e", State: ledger.DepositSettled, Amount: eur(1)}), "E{",
		},
		"deposit that is taken back": {depositIndexes(ledger.Deposit{State: ledger.DepositChargedBack}), "{"},
		"open redemption": {
			redemptionIndexes(ledger.Redemption{No: 1, State: ledger.RedemptionOpened}), ";;{",
		},
		"ended redemption": {redemptionIndexes(ledger.Redemption{No: 1, State: ledger.RedemptionPaid}), ";;"},
		"billed next":      {postpaidIndexes(ledger.Postpaid{User: 1, Until: morning}), ","},
		"never billed":     {postpaidIndexes(ledger.Postpaid{User: 1}), ""},
		"open incentive":   {incentiveIndexes(ledger.Incentive{No: 1}), "'"},
		"over incentive":   {incentiveIndexes(ledger.Incentive{No: 1, Ended: ended}), ""},
		"gift":             {incentiveIndexes(ledger.Incentive{No: 1, Campaign: 2, Ended: ended}), "}"},
		"open campaign":    {campaignIndexes(ledger.Campaign{No: 1, State: ledger.CampaignOpen, Code: "C"}), "||||"},
		"over campaign":    {campaignIndexes(ledger.Campaign{No: 1, State: ledger.CampaignEnded, Code: "C"}), "|"},
		"open issue": {
			issueIndexes(ledger.TokenIssue{No: 1, State: ledger.IssueOpen, Codes: make([]byte, 32)}), "```",
		},
		"over issue":       {issueIndexes(ledger.TokenIssue{No: 1, State: ledger.IssueVoided}), "`"},
		"key of a program": {agentIndexes(ledger.Agent{Number: 1, Fingerprint: "f"}), "\xa5\xa5"},
		"key that ended":   {agentIndexes(ledger.Agent{Number: 1, Fingerprint: "f", Ended: ended}), ""},
		"no dispute":       {disputeIndexes(ledger.Dispute{}), ""},
		"open dispute":     {disputeIndexes(ledger.Dispute{No: 1, State: ledger.DisputeNeedsResponse}), "FGQ{"},
		"decided dispute":  {disputeIndexes(ledger.Dispute{No: 1, State: ledger.DisputeWon}), "FG"},
		"no transfer":      {transferIndexes(ledger.Transfer{}), ""},
		"sent transfer":    {transferIndexes(ledger.Transfer{No: 1, From: 1, State: ledger.TransferSent}), "SJT"},
		"claimed transfer": {
			transferIndexes(ledger.Transfer{No: 1, From: 1, To: 2, State: ledger.TransferClaimed}), "SJS",
		},
		"recalled transfer": {transferIndexes(ledger.Transfer{No: 1, From: 1, To: 1}), "SJ"},
		"no delivery":       {deliveryIndexes(Delivery{}), ""},
		"waiting delivery":  {deliveryIndexes(Delivery{Event: 1}), "YW"},
		"ordered delivery":  {deliveryIndexes(Delivery{Event: 1, Sequence: 1}), "YWB"},
		"done delivery":     {deliveryIndexes(Delivery{Event: 1, Done: ended}), "Y"},
		"failed delivery":   {deliveryIndexes(Delivery{Event: 1, Failed: true}), "Y"},
	} {
		var got []byte
		for _, row := range c.rows {
			got = append(got, row[0])
		}
		if string(got) != c.want {
			t.Errorf("%s: index rows in tables %q, want %q", name, got, c.want)
		}
	}
}

// Deposits move in every state from which another one follows by the service's own doing, and in no other.
func TestWhichDepositsMove(t *testing.T) {
	for state, want := range map[ledger.DepositState]bool{
		ledger.DepositCreated: true, ledger.DepositRequiresAction: true, ledger.DepositProcessing: true,
		ledger.DepositErrored: true, ledger.DepositSucceeded: true, ledger.DepositAwaiting: true,
		ledger.DepositUncollected: true,
		ledger.DepositSettled:     false, ledger.DepositFailed: false, ledger.DepositCanceled: false,
		ledger.DepositChargedBack: false, ledger.DepositCleared: false, ledger.DepositBounced: false,
		ledger.DepositExpired: false,
	} {
		if got := state.Moves(); got != want {
			t.Errorf("%s: moves %v, want %v", state, got, want)
		}
	}
}

// A typed code that passed to another checkout stays with it when the first one is put again or loses it.
func TestCodesPassOn(t *testing.T) {
	w := newWorld(t)
	put := func(number uint64, code string) {
		t.Helper()
		w.do(func(tx Tx) error {
			return tx.PutCheckout(ledger.Checkout{
				ID: ledger.CheckoutID{Vendor: w.vendor, Number: number}, UserCode: code, Status: ledger.CheckoutExpired,
			})
		})
	}
	leads := func(want uint64) {
		t.Helper()
		w.see(func(r Reader) error {
			if got, found, err := r.CheckoutByCode("ABCD"); got.Number != want || found != (want != 0) || err != nil {
				t.Errorf("the code leads to %d, %v, %v, want %d", got.Number, found, err, want)
			}
			return nil
		})
	}
	put(1, "ABCD")
	leads(1)
	put(2, "ABCD")
	leads(2)
	put(1, "ABCD")
	leads(2)
	put(1, "")
	leads(2)
	put(2, "")
	leads(0)
}
