package books

import (
	"slices"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"
)

var commissions = ledger.Account{Class: ledger.Commission, Currency: "EUR"}

// moneyFaults are those of balances and of what is counted.
func moneyFaults() []fault {
	type world = busyWorld
	total, balance := fixed(totalKey(commissions)), fixed(balanceKey(commissions))
	charge := func(no ledger.EntryNo, l *world) IdempotencyRecord {
		return IdempotencyRecord{Kind: "charge", Ref: keyNumber(no), At: l.now}
	}
	return []fault{
		{"trial balance", i2, "the totals in EUR", inRow(total, amounts, func(_ *world, n *int64) { *n -= 5 })},
		{"control total", i3, "its accounts add up", inRow(total, amounts, func(_ *world, n *int64) { *n-- })},
		{"control total missing", i3, "no control total", without(total)},
		{"control total of no class", i3, "of no class", with(fixed([]byte("zx")), fixed(amounts.encode(1)))},
		{"vendor's pending", i7, "the row says", inRow(vendorsTill, tills, func(_ *world, t *ledger.Till) { t.Pending++ })},
		{"vendor's available", i7, "the row says", inRow(vendorsTill, tills, func(_ *world, t *ledger.Till) {
			t.Available = 7
		})},
		{"vendor's reserve", i7, "the row says", inRow(vendorsTill, tills, func(_ *world, t *ledger.Till) { t.Reserve = 7 })},
		{"day's counter", i8, "counters are", inRow(annsWallet, wallets, func(_ *world, w *ledger.Wallet) {
			w.Spent.Day.Spent--
		})},
		{"week's counter", i8, "counters are", inRow(annsWallet, wallets, func(_ *world, w *ledger.Wallet) {
			w.Spent.Week.Start++
		})},
		{
			"what was paid at a link", i8, "micros for them",
			inRow(annsLink, links, func(_ *world, k *ledger.Link) { k.Paid++ }),
		},
		{"link's count", i8, "counts", inRow(annsLink, links, func(_ *world, k *ledger.Link) { k.Count++ })},
		{"link's month", i8, "counters are", inRow(annsLink, links, func(_ *world, k *ledger.Link) {
			k.Spent.Month.Spent--
		})},
		{"link's sum", i8, "count since", inRow(annsLink, links, func(_ *world, k *ledger.Link) { k.Sum *= 99 })},
		{"link's sum since its grant", i8, "count since", inRow(bobsLink, links, func(_ *world, k *ledger.Link) { k.Sum-- })},
		{"link's beginning", i8, "was granted at", inRow(bobsLink, links, func(_ *world, k *ledger.Link) {
			k.Created = k.Created.Add(time.Second)
		})},
		{"link's grant", i8, "was granted by entry", inRow(bobsLink, links, func(_ *world, k *ledger.Link) { k.Since = 1 })},
		{"day without an end", i8, "counters are", inRow(annsWallet, wallets, func(_ *world, w *ledger.Wallet) {
			w.Spent.Day.End = w.Spent.Day.Start
		})},
		{"day that is over", i8, "of 1 days that are over", inRow(bobsDays, daysOver, func(_ *world, d *ledger.Days) {
			d.Last = []ledger.Day{{Start: d.Last[0].Start, Spent: d.Last[0].Spent + 1}}
		})},
		{"more days than there were", i8, "otherwise, of 1", inRow(bobsDays, daysOver, func(_ *world, d *ledger.Days) {
			d.Closed++
		})},
		{"days that are over missing", i8, "have no row", without(bobsDays)},
		{"two idempotency keys for one sale", i10, "another key", func(l *world, tx store.Tx) error {
			return Write(tx).PutIdempotency("v/1", "another", charge(l.plain, l))
		}},
		{"idempotency key of the future", i10, "not there", func(l *world, tx store.Tx) error {
			return Write(tx).PutIdempotency("v/1", "x", charge(l.head+1, l))
		}},
		{"idempotency key with a short reference", i10, "was used for charge", func(_ *world, tx store.Tx) error {
			return Write(tx).PutIdempotency("v/1", "x", IdempotencyRecord{Kind: "charge", Ref: []byte{1}})
		}},
		{
			"charge of many under a second key", i10, "which is not there or was made with another key",
			func(l *world, tx store.Tx) error {
				twice := append(make([]byte, 8), charge(l.plain, l).Ref...)
				return Write(tx).PutIdempotency("v/1", "another", IdempotencyRecord{Kind: "charges", Ref: twice})
			},
		},
		{"charges with a torn reference", i10, "which are no numbers", func(_ *world, tx store.Tx) error {
			return Write(tx).PutIdempotency("v/1", "x", IdempotencyRecord{Kind: "charges", Ref: make([]byte, 12)})
		}},
		{"idempotency key under no key", i10, "not in its place", func(_ *world, tx store.Tx) error {
			return tx.Set(key(tIdempotency, "x"), idempotencyRecords.encode(IdempotencyRecord{Kind: "checkout"}))
		}},
		{"idempotency key of the old format under no key", i10, "not in its place", func(_ *world, tx store.Tx) error {
			return tx.Set(key(tOldIdempotency, "x"), idempotencyRecords.encode(IdempotencyRecord{Kind: "checkout"}))
		}},
		{"idempotency key for nothing", i10, "does not say", func(_ *world, tx store.Tx) error {
			return Write(tx).PutIdempotency("v/1", "x", IdempotencyRecord{})
		}},
		{"money at risk forgotten", i14, "lots are", inRow(latesWallet, wallets, func(_ *world, w *ledger.Wallet) {
			w.Lots = nil
		})},
		{"disputes forgotten", i8, "its past is", inRow(annsWallet, wallets, func(_ *world, w *ledger.Wallet) {
			w.Past.Disputes--
		})},
		{"money at risk that left", i14, "can be taken back", func(l *world, tx store.Tx) error {
			t := ledger.Account{Class: ledger.Held, Currency: "EUR", Owner: uint64(l.head + 1)}
			return appended(Write(tx), ledger.Entry{
				At: l.now, Kind: ledger.KindTransfer, User: l.late, Amount: eur(1), Postings: []ledger.Posting{
					{Account: ledger.Account{Class: ledger.Paid, Currency: "EUR", Owner: uint64(l.late)}, Micros: 10_000},
					{Account: t, Micros: -10_000},
				},
			})
		}},
		{"line of the staff log without an act", rowsEqual, "has not written", func(_ *world, tx store.Tx) error {
			return Write(tx).PutStaffAct(StaffAct{Key: "SHA256:rep", Act: "decide", Entry: 1})
		}},
		{"line of another vendor's team", rowsEqual, "is not about that", func(l *world, tx store.Tx) error {
			sold, _, err := Write(tx).Entry(l.plain)
			return first(err, Write(tx).PutStaffAct(StaffAct{
				Key: sold.Actor.Key, Role: ledger.RoleVendor, Act: "shop refund", Entry: l.plain, Vendor: l.vendor + 1,
			}))
		}},
		{"money out of nowhere", rowsEqual, "the row says", inRow(annsWallet, wallets, func(_ *world, w *ledger.Wallet) {
			w.Paid += 1_000_000
		})},
		{"debt out of nowhere", rowsEqual, "the row says", inRow(annsWallet, wallets, func(_ *world, w *ledger.Wallet) {
			w.Owed = 1
		})},
		{"holds of a wallet", rowsEqual, "are held", inRow(annsWallet, wallets, func(_ *world, w *ledger.Wallet) {
			w.Held = 0
		})},
		{"end of a wallet's history", i12, "ends its history", inRow(annsWallet, wallets, func(_ *world, w *ledger.Wallet) {
			w.Last--
		})},
		{"length of a till's history", i12, "ends its history", inRow(vendorsTill, tills, func(_ *world, t *ledger.Till) {
			t.Count++
		})},
		{"balance row", rowsEqual, "the row says", inRow(balance, amounts, func(_ *world, n *int64) { *n++ })},
		{"balance row missing", rowsEqual, "has no row", without(balance)},
		{"balance of no account", rowsEqual, "of no account", with(fixed([]byte("bx")), fixed(amounts.encode(1)))},
	}
}

// rowFaults are those of rows that are missing or say otherwise than the journal.
func rowFaults() []fault {
	type world = busyWorld
	vendorRow := func(l *world) []byte { return key(tVendor, l.vendor) }
	offer := func(l *world) []byte { return offerKey(l.offer.ID, 1) }
	check := func(l *world) []byte { return depositKey(l.check.ID) }
	receipt := func(l *world) []byte { return key(tReceipt, l.receipt) }
	dispute := func(l *world) []byte { return key(tDispute, l.open.No) }
	worked := func(l *world) []byte { return caseKey(caseOf(l)) }
	proposal := func(l *world) []byte { return key(tProposal, l.proposed) }
	done := func(l *world) ledger.EntryNo { return l.goodwill }
	kept := func(l *world) []byte { return vaultKey(l.kept) }
	forgotten := func(l *world) []byte { return vaultKey(l.forgotten) }
	file := func(l *world) []byte { return key(tBankFile, l.file) }
	sentDebit := func(l *world) []byte { return bankItemKey("ach/out", l.debit.External) }
	mandate := func(l *world) []byte { return mandateKey(l.mandate) }
	transfer := func(l *world) []byte { return key(tTransfer, l.claimed) }
	ann := func(l *world) []byte { return key(tUser, l.ann) }
	bob := func(l *world) []byte { return key(tUser, l.bob) }
	wholly := rowOf(func(l *world) ledger.EntryNo { return l.wholly })
	revoked := rowOf(func(l *world) ledger.EntryNo { return l.revoked })
	opened := rowOf(func(l *world) ledger.EntryNo { return l.opened })
	return []fault{
		{"note changed", rowsEqual, "the journal says otherwise", inRow(worked, cases, func(_ *world, c *ledger.Case) {
			c.Notes[0].Text = "nothing"
		})},
		{"case forgotten", rowsEqual, "has no row", without(worked)},
		{
			"amount of a proposal raised", rowsEqual, "the journal says otherwise",
			inRow(proposal, proposals, func(_ *world, p *ledger.Proposal) { p.Amount.Micros++ }),
		},
		{"proposal forgotten", rowsEqual, "has no row", without(proposal)},
		{
			"one key proposed and approved", rowsEqual, "one key has proposed and approved",
			inEntry(done, func(_ *world, e *ledger.Entry) { e.Desk.Proposal.By = e.Actor.Key }),
		},
		{
			"another amount than was proposed", rowsEqual, "something else than proposal",
			inEntry(done, func(_ *world, e *ledger.Entry) {
				e.Amount.Micros++
				e.Postings[0].Micros++
				e.Postings[1].Micros--
			}),
		},
		{
			"done on a proposal that nobody made", rowsEqual, "does not continue",
			inEntry(done, func(l *world, e *ledger.Entry) { e.Desk.Proposal.No = l.plain }),
		},
		{
			"step of the desk without words", rowsEqual, "says nothing of it",
			inEntry(func(l *world) ledger.EntryNo { return l.proposed }, func(_ *world, e *ledger.Entry) { e.Desk = nil }),
		},
		{
			"look that its owner does not find", indexesFit, "is not found by its index",
			without(func(l *world) []byte { return key(tLook, l.ann, uint64(1)) }),
		},
		{
			"refund not in the row", i6, "the row says held",
			inRow(rowOf(partlySale), purchases, func(_ *world, p *ledger.Purchase) {
				p.Returned--
			}),
		},
		{
			"too much left at a receiver", i6, "are left, sources",
			inRow(rowOf(partlySale), purchases, func(_ *world, p *ledger.Purchase) {
				p.Receivers[0].Micros++
			}),
		},
		{
			"less than nothing left at a source", i6, "are left at",
			inRow(rowOf(partlySale), purchases, func(_ *world, p *ledger.Purchase) {
				p.Sources[0].Micros = -1
			}),
		},
		{
			"grant alive after a full refund", i9, "grant revoked: false",
			inRow(wholly, purchases, func(_ *world, p *ledger.Purchase) {
				p.Grant.Revoked = time.Time{}
			}),
		},
		{
			"grant that its vendor ended is alive", i9, "grant revoked: false",
			inRow(revoked, purchases, func(_ *world, p *ledger.Purchase) { p.Grant.Revoked = time.Time{} }),
		},
		{
			"end of a grant in the list of another vendor", i9, "was revoked at vendor 99",
			inRow(revoked, purchases, func(_ *world, p *ledger.Purchase) { p.Grant.Vendor = 99 }),
		},
		{
			"end of a grant by what did not end it", i9, "did not",
			inRow(revoked, purchases, func(_ *world, p *ledger.Purchase) { p.Grant.By = p.No }),
		},
		{"use of a grant lost", i9, "uses the grant", inRow(opened, purchases, func(_ *world, p *ledger.Purchase) {
			p.Grant.Used = 0
		})},
		{"row of no sale", rowsEqual, "has no sale", with(fixed(key(tPurchase, ledger.EntryNo(1))),
			fixed(purchases.encode(ledger.Purchase{No: 1})))},
		{"sale's row missing", rowsEqual, "has changed but has no row", without(rowOf(partlySale))},
		{"checkout names another sale", i10, "does not pay it", inRow(
			func(l *world) []byte { return checkoutKey(checkoutOf(l)) }, checkouts,
			func(l *world, c *ledger.Checkout) { c.Purchase = l.wholly },
		)},
		{"wallet missing", rowsEqual, "has no row", without(func(l *world) []byte { return walletKey(l.bob, "EUR") })},
		{"wallet with holds missing", rowsEqual, "have no wallet", without(annsWallet)},
		{"wallet without a user", rowsEqual, "has no user", with(fixed(walletKey(99, "EUR")),
			fixed(wallets.encode(ledger.Wallet{User: 99, Currency: "EUR"})))},
		{"till missing", rowsEqual, "the till", without(vendorsTill)},
		{"link missing", rowsEqual, "bought", without(annsLink)},
		{"permission without a link", rowsEqual, "has allowed", func(l *world, tx store.Tx) error {
			return appended(Write(tx), ledger.Entry{
				At: l.now, Kind: ledger.KindLink, User: l.ann, Vendor: l.vendor,
				Change: &ledger.Change{Currency: "USD", Fresh: true},
			})
		}},
		{"link of a user that is missing", rowsEqual, "one of them is not there", without(bob)},
		{"link at a vendor that is missing", rowsEqual, "one of them is not there", without(vendorRow)},
		{"user missing", rowsEqual, "has no row", without(bob)},
		{"user's deposits", rowsEqual, "deposits in the journal", inRow(ann, users, func(_ *world, u *ledger.User) {
			u.Deposits++
		})},
		{"user that never joined", rowsEqual, "joined: false", with(fixed(key(tUser, ledger.UserID(99))),
			fixed(users.encode(ledger.User{ID: 99})))},
		{"number of users", rowsEqual, "user 1 of 0", with(fixed(key(tCounter, "user")), fixed(counts.encode(0)))},
		{
			"number of vendors", rowsEqual, "beyond the newest, 0",
			with(fixed(key(tCounter, "vendor")), fixed(counts.encode(0))),
		},
		{
			"number of offers", rowsEqual, "offer 1/1 has a number beyond",
			inRow(vendorRow, vendors, func(_ *world, v *ledger.Vendor) {
				v.Offers = 0
			}),
		},
		{"generation's first user", rowsEqual, "generation 1 is not what", inRow(
			fixed(key(tGeneration, uint64(1))), generations, func(_ *world, g *ledger.Generation) { g.User-- },
		)},
		{"generation missing", rowsEqual, "whose generation is not there", without(fixed(key(tGeneration, uint64(1))))},
		{"offer missing", rowsEqual, "version 1 of offer", without(offer)},
		{"deposit's state", rowsEqual, "says otherwise", inRow(check, deposits, func(_ *world, d *ledger.Deposit) {
			d.State = ledger.DepositCleared
		})},
		{"debit without a mandate", rowsEqual, "no mandate that permits it", without(mandate)},
		{"deposit missing", rowsEqual, "has no row", without(check)},
		{"receipt's state", rowsEqual, "says otherwise", inRow(receipt, receipts, func(_ *world, r *ledger.Receipt) {
			r.Text = "RF01"
		})},
		{"receipt that was decided", rowsEqual, "says -7000000 micros", inRow(receipt, receipts,
			func(_ *world, r *ledger.Receipt) { r.State = ledger.ReceiptReturned })},
		{"receipt missing", rowsEqual, "has no row", without(receipt)},
		{"record of the vault", rowsEqual, "otherwise than the journal", inRow(kept, vaultRecords,
			func(_ *world, v *ledger.VaultRecord) { v.Last4 = "1234" })},
		{"forgotten data that is there", rowsEqual, "its data is gone false", inRow(forgotten, vaultRecords,
			func(_ *world, v *ledger.VaultRecord) { v.Key = []byte{1} })},
		{"record of the vault missing", rowsEqual, "of the vault has no row", without(forgotten)},
		{"account of a mandate missing", rowsEqual, "its account is not in the vault", without(kept)},
		{"mandate's state", rowsEqual, "the journal says otherwise", inRow(mandate, mandates,
			func(_ *world, m *ledger.Mandate) { m.State = ledger.MandateSuspended })},
		{"file with another sum", rowsEqual, "its items add up to", inRow(file, bankFiles,
			func(_ *world, f *BankFile) { f.Micros++ })},
		{"file missing", rowsEqual, "file 1 has no row", without(file)},
		{"debit sent under another id", rowsEqual, "which says otherwise", inRow(sentDebit, bankItems,
			func(_ *world, i *BankItem) { i.Number++ })},
		{"question that no mandate knows", rowsEqual, "asks for mandate", inRow(sentDebit, bankItems,
			func(_ *world, i *BankItem) { i.Asks = true })},
		{"debit that no item has", rowsEqual, "its items add up to", without(sentDebit)},
		{"mandate missing", rowsEqual, "mandate 1/1 has no row", without(mandate)},
		{"dispute's amount", rowsEqual, "says otherwise", inRow(dispute, disputes, func(_ *world, d *ledger.Dispute) {
			d.Amount.Micros++
		})},
		{"dispute missing", rowsEqual, "has no row", without(dispute)},
		{"transfer's receiver", rowsEqual, "says otherwise", inRow(transfer, transfers, func(l *world, f *ledger.Transfer) {
			f.To = l.ann
		})},
		{"transfer missing", rowsEqual, "has no row", without(func(l *world) []byte { return key(tTransfer, l.sent) })},
		{"damaged user", rowsEqual, "damaged", with(ann, fixed([]byte{1, 0x80}))},
		{"user under another key", rowsEqual, "holds another record", func(l *world, tx store.Tx) error {
			return tx.Set(ann(l), slices.Clone(mustGet(Read(tx), bob(l))))
		}},
	}
}

// indexFaults are those of index rows, in both directions.
func indexFaults() []fault {
	type world = busyWorld
	return []fault{
		{"index of a key missing", indexesFit, "is not found by", without(fixed(key(tUserKey, "SHA256:ann1")))},
		{"index to nowhere", indexesFit, "leads to", with(fixed(key(tHandle, "w_x")), fixed(key(tUser, ledger.UserID(99))))},
		{"index to nothing", indexesFit, "without a key", with(fixed(key(tHandle, "w_x")), fixed(nil))},
		{"index to another table", indexesFit, "leads to", with(fixed(key(tHandle, "w_x")), fixed(headKey))},
		{"index to another deposit", indexesFit, "leads to", func(l *world, tx store.Tx) error {
			return tx.Set(key(tReference, l.check.Reference), depositKey(ledger.DepositID{User: l.bob, Number: 1}))
		}},
		{"delivery never due", indexesFit, "is not found by", without(func(l *world) []byte {
			return key(tDueDelivery, l.now, l.plain, uint16(0), l.vendor, uint64(1))
		})},
		{"offer without a newest version", indexesFit, "newer than the newest", without(func(l *world) []byte {
			return key(tNewest, l.vendor, l.offer.ID.Number)
		})},
		{"old version of an offer on sale", indexesFit, "newer than the newest", func(l *world, tx store.Tx) error {
			o := l.offer
			o.Version++
			return tx.Set(offerKey(o.ID, o.Version), offers.encode(o))
		}},
	}
}
