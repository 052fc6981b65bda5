package books

import (
	"maps"
	"slices"
	"testing"
	"time"

	"tuppence/server/ledger"
	"tuppence/store"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Whatever people do, in whatever order, the books are clean after every step, and nothing is lost: what the rules
// refuse leaves the journal where it was.
func TestWhateverHappensTheBooksAreClean(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(t, newWorld(t))
		actions := m.actions()
		actions[""] = func(*rapid.T) { m.w.clean() }
		t.Repeat(actions)
	})
}

// The same on a disk, with the store closed and opened between acts: what a transaction has returned is there, and
// numbers go on where they were.
func TestBooksOutliveTheirProgram(t *testing.T) {
	dir := t.TempDir()
	open := func() store.Store {
		kv, err := store.Open(dir, store.Options{Ballast: -1, MinFree: -1, MostlyAbsent: MostlyAbsent()})
		if err != nil {
			t.Fatal(err)
		}
		return kv
	}
	w := newWorldIn(t, open())
	m := &model{w: w, people: []ledger.UserID{w.funded(), w.funded()}}
	gen := rapid.Custom(func(t *rapid.T) int {
		w.t = t
		for range 8 {
			m.act(t)
		}
		return 0
	})
	for seed := range 6 {
		gen.Example(seed)
		w.t = t
		before := w.dump()
		if err := w.kv.Close(); err != nil {
			t.Fatal(err)
		}
		w.kv = open()
		if diff := cmp.Diff(before, w.dump()); diff != "" {
			t.Fatalf("opened again (-was +is):\n%s", diff)
		}
		w.clean()
	}
	if err := w.kv.Close(); err != nil {
		t.Fatal(err)
	}
}

// model keeps the names of things, nothing else.
type model struct {
	w         *world
	people    []ledger.UserID
	deposits  []ledger.Deposit
	sales     []ledger.EntryNo
	disputes  []ledger.EntryNo
	transfers []ledger.EntryNo
	receipts  []ledger.EntryNo
	proposals []ledger.EntryNo
	vault     []ledger.VaultID
	mandates  []ledger.MandateID
	campaigns []ledger.EntryNo
	issues    []ledger.EntryNo
	agents    []ledger.Agent
	guide     ledger.VendorID // brings people; 0: there is none yet
	version1  bool            // only what books of that format can have
}

func newModel(t tester, w *world) *model {
	t.Helper()
	return &model{w: w, people: []ledger.UserID{w.funded(), w.funded()}}
}

// actions are what people can do.
func (m *model) actions() map[string]func(*rapid.T) {
	w := m.w
	return map[string]func(*rapid.T){
		"join":      func(*rapid.T) { m.people = append(m.people, w.joins()) },
		"pay":       m.pay,
		"deposit":   m.deposit,
		"buy":       m.buy,
		"sale":      m.sale,
		"dispute":   m.dispute,
		"verdict":   m.verdict,
		"transfer":  m.transfer,
		"receipt":   m.receipt,
		"desk":      m.desk,
		"vault":     m.keep,
		"exchange":  m.exchange,
		"offline":   m.offline,
		"voice":     m.voice,
		"credit":    m.credit,
		"office":    m.office,
		"incentive": m.incentive,
		"plan":      m.plan,
		"campaign":  m.campaign,
		"issue":     m.issue,
		"program":   m.program,
		"referral":  m.referral,
		"settle":    m.settle,
		"payout":    m.payout,
		"payoutWay": m.payoutWay,
		"redeem":    m.redemption,
		"refill":    m.refill,
		"later": func(t *rapid.T) {
			w.now = w.now.Add(time.Duration(rapid.IntRange(1, 800).Draw(t, "hours")) * time.Hour)
		},
		"link":  func(t *rapid.T) { m.refused(w.links(m.person(t), rapid.Bool().Draw(t, "give"))) },
		"offer": func(t *rapid.T) { w.posts(w.vendor, rapid.Int64Range(1, 300).Draw(t, "cents")) },
		"policy": func(t *rapid.T) {
			w.rules("commission", rapid.SampledFrom([]string{"0 %", "5 %", "33.33 %"}).Draw(t, "commission"))
			w.rules("risk_online", rapid.SampledFrom([]string{"0m", "7d", "120d"}).Draw(t, "risk"))
			if !m.version1 {
				w.rules("provisional_credit", rapid.SampledFrom([]string{"0", "5"}).Draw(t, "lent"))
				w.rules("provisional_after", "0m")
			}
			w.rules("settle_delay", rapid.SampledFrom([]string{"0m", "7d"}).Draw(t, "delay"))
			w.rules("settle_reserve", rapid.SampledFrom([]string{"0 %", "12.5 %"}).Draw(t, "reserve"))
			w.rules("settle_fee", rapid.SampledFrom([]string{"0", "0.011"}).Draw(t, "fee"))
			w.rules("settle_minimum", rapid.SampledFrom([]string{"0", "1"}).Draw(t, "minimum"))
			w.rules("settle_approve", rapid.SampledFrom([]string{"0", "100"}).Draw(t, "approve"))
		},
	}
}

// act does one of the things that can be done now.
func (m *model) act(t *rapid.T) {
	all := m.actions()
	for kind, none := range map[string]bool{
		"receipt": m.version1,
		"desk":    m.version1,
		"vault":   m.version1,
		"deposit": len(m.deposits) == 0, "sale": len(m.sales) == 0, "dispute": len(m.sales) == 0,
		"verdict": len(m.disputes) == 0, "exchange": m.version1, "credit": m.version1,
		"voice":     m.version1,
		"incentive": m.version1, "plan": m.version1, "campaign": m.version1, "issue": m.version1,
		"program":  m.version1,
		"referral": m.version1,
		"offline":  m.version1, "office": m.version1,
		"settle": m.version1, "payout": m.version1, "payoutWay": m.version1,
		"redeem": m.version1, "refill": m.version1,
	} {
		if none {
			delete(all, kind)
		}
	}
	all[rapid.SampledFrom(slices.Sorted(maps.Keys(all))).Draw(t, "act")](t)
}

func (m *model) person(t *rapid.T) ledger.UserID { return rapid.SampledFrom(m.people).Draw(t, "who") }

// refused lets a refusal pass: try has stopped at anything else.
func (m *model) refused(error) {}

func (m *model) pay(t *rapid.T) {
	d, err := m.w.pays(
		m.person(t), rapid.SampledFrom(m.methods()).Draw(t, "method"),
		eur(rapid.Int64Range(100, 20_000).Draw(t, "cents")),
	)
	if err == nil {
		m.deposits = append(m.deposits, d)
	}
}

// methods are those that the books have.
func (m *model) methods() []string {
	if m.version1 {
		return []string{"card", "check"}
	}
	return []string{"card", "check", "autodebit", "order", "isp"}
}

// offline does what is beside the deposits of orders and bills: credit, accounts and files.
func (m *model) offline(t *rapid.T) {
	u, cents := m.person(t), rapid.Int64Range(0, 50_000).Draw(t, "cents")
	switch rapid.IntRange(0, 4).Draw(t, "what") {
	case 0:
		m.refused(m.w.lendsOrders(u, eur(cents)))
	case 1:
		m.refused(m.w.opensBiller(eur(cents)))
	case 2:
		m.refused(m.w.joinsBiller(u, byte(rapid.IntRange(1, 3).Draw(t, "number"))))
	case 3:
		m.refused(m.w.confirms(u))
	case 4:
		if len(m.deposits) > 0 {
			m.refused(m.w.freezes(rapid.SampledFrom(m.deposits).Draw(t, "upto").No))
		}
	}
}

// voice does what is done by phone, and what follows from it.
func (m *model) voice(t *rapid.T) {
	u := m.person(t)
	switch rapid.IntRange(0, 8).Draw(t, "what") {
	case 0, 1:
		m.refused(m.w.setsPIN(u))
	case 2:
		m.refused(m.w.voiced(u, func(f ledger.VoiceFacts) (ledger.VoiceOutcome, error) {
			return ledger.DecideVoiceOff(byPhone, "", f, m.w.now)
		}))
	case 3:
		m.refused(m.w.asksByPhone(u))
	case 4:
		m.refused(m.w.answers(u))
	case 5:
		for range rapid.IntRange(1, 7).Draw(t, "wrong") {
			m.refused(m.w.typesWrong(u))
		}
	case 6:
		m.refused(m.w.pauses(u))
	case 7:
		m.refused(m.w.resumes(u))
	case 8:
		m.refused(m.w.invites(u, rapid.Bool().Draw(t, "used")))
	}
}

// deposit takes any deposit to any state that may follow, or to one that may not.
func (m *model) deposit(t *rapid.T) {
	if len(m.deposits) == 0 {
		t.Skip("no deposits")
	}
	i := rapid.IntRange(0, len(m.deposits)-1).Draw(t, "deposit")
	to := append(m.deposits[i].Next(), ledger.DepositCleared)
	if d, err := m.w.moves(m.deposits[i], rapid.SampledFrom(to).Draw(t, "to")); err == nil {
		m.deposits[i] = d
	}
}

// keep puts something into the vault, forgets it, gives a mandate for it, or moves a mandate on. What a mandate needs
// is forgotten only after it has ended.
func (m *model) keep(t *rapid.T) {
	switch what := rapid.IntRange(0, 3).Draw(t, "what"); {
	case what == 0 || len(m.vault) == 0:
		if id, err := m.w.keeps(m.person(t)); err == nil {
			m.vault = append(m.vault, id)
		}
	case what == 1:
		if id, err := m.w.permits(rapid.SampledFrom(m.vault).Draw(t, "bank")); err == nil {
			m.mandates = append(m.mandates, id)
		}
	case len(m.mandates) == 0 || what == 2:
		id := rapid.SampledFrom(m.vault).Draw(t, "record")
		if slices.Contains(m.mandates, ledger.MandateID{User: ledger.UserID(id.Owner), Number: id.Number}) {
			m.refused(m.w.steps(ledger.MandateID{User: ledger.UserID(id.Owner), Number: id.Number}, ledger.MandateRevoked))
		}
		m.refused(m.w.forgets(id))
	default:
		m.refused(m.w.steps(rapid.SampledFrom(m.mandates).Draw(t, "mandate"), rapid.SampledFrom([]string{
			ledger.MandateSuspend, ledger.MandateRevoked, ledger.MandateProved, ledger.MandateRefused,
		}).Draw(t, "event")))
	}
}

// receipt books money that nobody has announced so, or decides about some that came, decided or not.
func (m *model) receipt(t *rapid.T) {
	if len(m.deposits) > 0 && rapid.Bool().Draw(t, "beside") {
		i := rapid.IntRange(0, len(m.deposits)-1).Draw(t, "deposit")
		all := eur(rapid.Int64Range(0, 300).Draw(t, "cents"))
		if d, err := m.w.beside(m.deposits[i], all); err == nil {
			m.deposits[i] = d
		}
		return
	}
	if len(m.receipts) == 0 || rapid.Bool().Draw(t, "new") {
		if no, err := m.w.receives(eur(rapid.Int64Range(0, 900).Draw(t, "cents"))); err == nil {
			m.receipts = append(m.receipts, no)
		}
		return
	}
	who := rapid.SampledFrom(append(m.people, 0)).Draw(t, "for")
	m.refused(m.w.allocates(rapid.SampledFrom(m.receipts).Draw(t, "receipt"), who))
}

// desk has one of two members of staff note, claim or hand over something, give goodwill, propose it or decide it.
func (m *model) desk(t *rapid.T) {
	st := rapid.SampledFrom([]ledger.Staff{rita, mia}).Draw(t, "staff")
	sum := eur(rapid.Int64Range(0, 4_000).Draw(t, "cents"))
	switch what := rapid.IntRange(0, 4).Draw(t, "what"); {
	case what == 0:
		m.refused(m.w.credits(m.person(t), sum, st, nil))
	case what == 1 || what == 2 && len(m.proposals) == 0:
		if no, err := m.w.proposes(m.person(t), sum, st); err == nil {
			m.proposals = append(m.proposals, no)
		}
	case what == 2:
		by, no := mia, rapid.SampledFrom(m.proposals).Draw(t, "proposal")
		m.w.see(func(r Reader) error {
			p, _, err := r.Proposal(no)
			if p.By == rita.Fingerprint {
				by = rita
			}
			return err
		})
		m.refused(m.w.settlesProposal(no, st, by, rapid.Bool().Draw(t, "yes")))
	default:
		ref := ledger.CaseRef{Kind: ledger.CaseReceipt, No: rapid.Uint64Range(1, 3).Draw(t, "case")}
		m.refused(m.w.works(ref, st, ledger.CaseRequest{
			Act:  rapid.SampledFrom([]string{"note", "claim", "release", "hand"}).Draw(t, "act"),
			Text: rapid.SampledFrom([]string{"", "seen"}).Draw(t, "text"), To: mia,
		}))
	}
}

func (m *model) buy(t *rapid.T) {
	no, err := m.w.buys(m.person(t), rapid.Bool().Draw(t, "hold"), rapid.Bool().Draw(t, "checkout"))
	if err == nil {
		m.sales = append(m.sales, no)
	}
}

// sale does something to a sale, whether or not it fits.
func (m *model) sale(t *rapid.T) {
	if len(m.sales) == 0 {
		t.Skip("no sales")
	}
	no := rapid.SampledFrom(m.sales).Draw(t, "sale")
	part := rapid.Int64Range(0, 260_000).Draw(t, "part")
	switch rapid.IntRange(0, 5).Draw(t, "what") {
	case 0:
		m.refused(m.w.captures(no, part))
	case 1:
		m.refused(m.w.voids(no))
	case 2:
		m.refused(m.w.refunds(no, part))
	case 3:
		m.refused(m.w.refunds(no, 0))
	case 4:
		m.refused(m.w.opensIt(no, rapid.StringMatching(`[a-c]`).Draw(t, "request")))
	case 5:
		if !m.version1 {
			m.refused(m.w.revokes(no))
		}
	}
}

func (m *model) dispute(t *rapid.T) {
	if len(m.sales) == 0 {
		t.Skip("no sales")
	}
	d, err := m.w.disputes(rapid.SampledFrom(m.sales).Draw(t, "sale"), rapid.SampledFrom([]uint32{0, 99}).Draw(t, "autos"))
	if err == nil {
		m.disputes = append(m.disputes, d.No)
	}
}

func (m *model) verdict(t *rapid.T) {
	if len(m.disputes) == 0 {
		t.Skip("no disputes")
	}
	steps := slices.Sorted(maps.Keys(disputeSteps))
	if m.version1 {
		steps = []string{"withdraw"}
	}
	m.refused(m.w.contests(
		rapid.SampledFrom(m.disputes).Draw(t, "dispute"), rapid.SampledFrom(steps).Draw(t, "step"),
	))
}

func (m *model) transfer(t *rapid.T) {
	if len(m.transfers) == 0 || rapid.Bool().Draw(t, "new") {
		if no, err := m.w.sends(m.person(t), eur(rapid.Int64Range(1, 6_000).Draw(t, "cents"))); err == nil {
			m.transfers = append(m.transfers, no)
		}
		return
	}
	m.refused(m.w.ends(rapid.SampledFrom(m.transfers).Draw(t, "transfer"), m.person(t)))
}
