package server

import (
	"context"
	"strconv"
	"strings"

	"tuppence/server/books"
	"tuppence/server/history"
	"tuppence/server/ledger"
	"tuppence/server/seal"
	"tuppence/server/view"
)

const (
	// leastFound is how many characters the search of the desk needs, leastClaim how many of a claim code.
	leastFound, leastClaim = 3, 6
	// mostClaim is from how many characters on a claim code is too much: who has all of it can take the transfer.
	mostClaim = 20
	// foundVendors bounds the vendors that a beginning of a name finds, foundTransfers the transfers of a claim code.
	foundVendors, foundTransfers = 20, 10
)

// DeskFind looks a text up that a caller has read to staff: a handle, any name that a page or a receipt shows (chg_,
// rfd_, grt_, dsp_, dep_, rcp_, trf_, exc_, ent_, prp_), a reference, the name of a vendor or its beginning, how a
// claim code begins, or the number of an entry. It says what that is and which command shows more. Names and
// addresses of people are not in the books, so they cannot be found.
//
// It refuses with ErrInvalid a text that is too short, and a whole claim code: whoever hears it can take the money.
func (s *Server) DeskFind(ctx context.Context, who view.Caller, text string) (view.Page[view.Found], error) {
	text = strings.TrimSpace(text)
	if err := checkSearch(text); err != nil {
		return view.Page[view.Found]{}, err
	}
	return deskList(ctx, s, who, "desk find", func(
		r books.Reader, saw func(ledger.UserID),
	) (page view.Page[view.Found], err error) {
		f := finder{s: s, r: r, saw: saw}
		for _, look := range []func(string) error{
			f.wallet, f.deposit, f.receipt, f.dispute, f.transfer, f.proposal, f.entry, f.vendors, f.claim,
		} {
			if err := look(text); err != nil {
				return page, err
			}
		}
		return view.All(f.found), nil
	})
}

// checkSearch refuses what finds too much, and what nobody should have asked for.
func checkSearch(text string) error {
	letters, number := seal.ClaimLetters(text), only(text, "0123456789")
	switch {
	case letters >= mostClaim && strings.Contains(text, "-"):
		return ledger.Invalid("text", "Type its first six characters, and tell the caller to keep the rest.",
			"That is a whole claim code: who has it can take the money.")
	case len([]rune(text)) < leastFound && !number || text == "":
		return ledger.Invalid("text", "Type an id, a reference, a handle or a name.",
			"The text has fewer than %d characters.", leastFound)
	}
	return nil
}

// only reports whether a text has nothing but some letters.
func only(text, letters string) bool { return strings.Trim(text, letters) == "" }

// finder gathers what a text means.
type finder struct {
	s     *Server
	r     books.Reader
	saw   func(ledger.UserID)
	found []view.Found
}

// add adds something of a wallet, 0 for nobody's. What is seen of it is a look.
func (f *finder) add(x view.Found, owner ledger.UserID) error {
	if owner != 0 {
		u, _, err := f.r.User(owner)
		if err != nil {
			return err
		}
		f.saw(owner)
		x.Handle = u.Handle
		if x.Leads == "" {
			x.Leads = "desk wallet " + u.Handle + " --reason CODE"
		}
	}
	f.found = append(f.found, x)
	return nil
}

func (f *finder) wallet(text string) error {
	id, found, err := f.r.UserByHandle(strings.ToLower(text))
	if err != nil || !found {
		return err
	}
	u, _, err := f.r.User(id)
	if err != nil {
		return err
	}
	return f.add(view.Found{
		Kind: "wallet", ID: u.Handle, About: "since " + u.Created.Format("2006-01-02"),
		State: view.State(ledger.UserWords[u.Status]),
	}, id)
}

func (f *finder) deposit(text string) error {
	id, err := f.s.seal.OpenDeposit(text)
	if err != nil {
		number, err := ledger.ParseReference(text)
		if err != nil {
			return nil //nolint:nilerr // it is no reference
		}
		var found bool
		if id, found, err = f.r.DepositByReference(ledger.Reference(number)); err != nil || !found {
			return err
		}
	}
	d, found, err := f.r.Deposit(id)
	if err != nil || !found {
		return err
	}
	x := view.Found{
		Kind: "deposit", ID: f.s.seal.Deposit(id), About: strings.TrimSpace(d.Method + " " + d.Reference), Amount: &d.Amount,
		State: view.State(d.State),
	}
	if !online(d) && d.State.Moves() {
		x.Leads = "desk deposits --text " + x.ID
	}
	return f.add(x, id.User)
}

func (f *finder) receipt(text string) error {
	no, err := f.s.seal.OpenReceipt(text)
	if err != nil {
		return nil //nolint:nilerr // it is no receipt
	}
	t, found, err := f.r.Receipt(no)
	if err != nil || !found {
		return err
	}
	x := view.Found{
		Kind: "receipt", ID: f.s.seal.Receipt(no), About: strings.TrimSpace(t.Source + " " + t.Text), Amount: &t.Amount,
		State: view.State(t.State),
	}
	if t.Open() {
		x.Leads = "desk receipts --text " + x.ID
	}
	return f.add(x, t.Became.User)
}

func (f *finder) dispute(text string) error {
	no, err := f.s.seal.OpenDispute(text)
	if err != nil {
		return nil //nolint:nilerr // it is no dispute
	}
	d, found, err := f.r.Dispute(no)
	if err != nil || !found {
		return err
	}
	v, err := f.s.history.Dispute(f.r, d)
	if err != nil {
		return err
	}
	x := view.Found{
		Kind: "dispute", ID: v.ID, About: v.Title + ", " + v.Vendor, Amount: &d.Amount, State: v.State,
	}
	if d.State.Open() {
		x.Leads = "desk disputes --text " + x.ID
	}
	return f.add(x, d.User)
}

func (f *finder) transfer(text string) error {
	no, err := f.s.seal.OpenTransfer(text)
	if err != nil {
		return nil //nolint:nilerr // it is no transfer
	}
	t, found, err := f.r.Transfer(no)
	if err != nil || !found {
		return err
	}
	return f.sent(t)
}

// sent adds a transfer, under its sender: whose it is until it is claimed.
func (f *finder) sent(t ledger.Transfer) error {
	return f.add(view.Found{
		Kind: "transfer", ID: f.s.seal.Transfer(t.No), About: "sent " + t.Created.Format("2006-01-02"), Amount: &t.Amount,
		State: view.State(t.State),
	}, t.From)
}

// claim finds transfers by how their claim codes begin. All of a code is stored nowhere.
func (f *finder) claim(text string) error {
	hint := seal.ClaimHint(text)
	if len(hint) < leastClaim {
		return nil
	}
	all, err := f.r.TransfersByHint(hint, foundTransfers)
	if err != nil {
		return err
	}
	for _, t := range all {
		if err := f.sent(t); err != nil {
			return err
		}
	}
	return nil
}

func (f *finder) proposal(text string) error {
	no, err := f.s.seal.OpenProposal(text)
	if err != nil {
		return nil //nolint:nilerr // it is no proposal
	}
	p, found, err := f.r.Proposal(no)
	if err != nil || !found {
		return err
	}
	return f.add(view.Found{
		Kind: "proposal", ID: f.s.seal.Proposal(no), About: p.Act + ": " + p.Reason, Amount: &p.Amount,
		State: view.State(p.At(f.s.clock()).State), Leads: "desk proposals",
	}, p.User)
}

// entry finds what the other names and numbers stand for: an entry of the journal, and if it sold something, the sale.
func (f *finder) entry(text string) error {
	no, err := f.s.seal.OpenEntry(text)
	if err != nil {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			return nil //nolint:nilerr // it is no entry
		}
		no = ledger.EntryNo(n)
	} else if strings.HasPrefix(text, "dsp_") || strings.HasPrefix(text, "trf_") {
		return nil // found above
	}
	e, found, err := f.r.Entry(no)
	if err != nil || !found {
		return err
	}
	x := view.Found{Kind: "entry", ID: strconv.FormatUint(uint64(no), 10), About: e.Words()}
	if e.Amount.Currency != "" {
		x.Amount = &e.Amount
	}
	if e.Sale == nil {
		return f.add(x, e.User)
	}
	p, err := f.r.PurchaseOf(e)
	if err != nil {
		return err
	}
	v, _, err := f.r.Vendor(e.Vendor)
	x.Kind, x.ID, x.About = "purchase", f.s.seal.Charge(no), e.Sale.Title+", "+v.Name
	if x.State = history.PurchaseWords(p.State); p.Disputed > 0 {
		x.State = "disputed"
	}
	if err != nil {
		return err
	}
	return f.add(x, e.User)
}

// vendors finds a vendor by its name or its id, or all whose names begin so.
func (f *finder) vendors(text string) error {
	var all []ledger.Vendor
	if id, err := f.s.seal.OpenVendor(text); err == nil {
		v, found, err := f.r.Vendor(id)
		if err != nil {
			return err
		}
		if found {
			all = append(all, v)
		}
	} else if all, err = f.r.VendorsNamed(strings.ToLower(text), foundVendors); err != nil {
		return err
	}
	for _, v := range all {
		x := view.Found{
			Kind: "vendor", ID: v.Name, About: v.Title, State: view.State(ledger.VendorWords[v.Status]),
			Leads: "desk disputes --text " + v.Name,
		}
		if err := f.add(x, 0); err != nil {
			return err
		}
	}
	return nil
}
