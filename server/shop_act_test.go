package server

import (
	"strings"
	"testing"

	"tuppence/server/books"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// shopActs are all that a member may do with a vendor's things, and which roles may.
func (f *fixture) shopActs(who view.Caller, sale, offer, dispute, event, hook string) map[string]shopActTest {
	title := "Another"
	contest := func(act string) func() error {
		return func() error {
			return errOf(f.ShopContest(f.ctx, who, view.ShopDisputeAct{ID: dispute, Act: act, Amount: eur(50), Text: "why"}))
		}
	}
	return map[string]shopActTest{
		"add": {"owner or catalogue", func() error {
			price := eur(25)
			return errOf(f.ShopOfferAdd(f.ctx, who, view.ShopOfferOrder{Title: &title, Price: &price, Kind: "service"}))
		}},
		"change": {"owner or catalogue", func() error {
			return errOf(f.ShopOfferChange(f.ctx, who, offer, view.ShopOfferOrder{Title: &title}))
		}},
		"import": {"owner or catalogue", func() error {
			return errOf(f.ShopImport(f.ctx, who, []byte("id,title\n"+offer+",Other\n"), ""))
		}},
		"refund": {"owner or finance", func() error {
			return errOf(f.ShopRefund(f.ctx, who, sale, ledger.Amount{}, "goodwill", ""))
		}},
		"accept": {"owner or finance", contest(view.ShopAccept)}, "offer": {"owner or finance", contest(view.ShopOffer)},
		"answer": {"owner or finance", contest(view.ShopAnswer)}, "appeal": {"owner or finance", contest(view.ShopAppeal)},
		"redeliver": {"owner", func() error { return errOf(f.ShopRedeliver(f.ctx, who, event, "")) }},
		"rotate":    {"owner", func() error { return errOf(f.ShopRotate(f.ctx, who, hook, SecretOverlap)) }},
	}
}

type shopActTest struct {
	roles string
	do    func() error
}

// hooked gives the vendor of a contest an endpoint, and returns its id with that of an event that it has taken.
func (c *contestFixture) hooked() (hook, event string) {
	c.t.Helper()
	url := "https://hooks.example/in"
	e, _, err := c.v.CreateEndpoint(c.ctx, asking("hook", "hook"), EndpointSettings{URL: &url})
	if err != nil {
		c.t.Fatal(err)
	}
	c.buys(c.ann, c.shop, "Archive of a day", eur(100))
	c.Sweep(c.ctx)
	c.write(func(tx books.Tx) error {
		all, err := tx.Deliveries(c.shop.ID, 0, 0)
		for _, d := range all {
			d.Done = c.time.Now()
			if err := tx.PutDelivery(d); err != nil {
				return err
			}
		}
		return err
	})
	p, err := c.v.Events(c.ctx, EventQuery{})
	if err != nil || len(p.Data) == 0 {
		c.t.Fatal(p, err)
	}
	return e.ID, p.Data[0].ID
}

// Each act is for the roles that may, whose refusal names them; another vendor's things are not found by any role; and
// who is in no team does nothing.
func TestShopActsAreForTheirRoles(t *testing.T) {
	c, offer, _, nora, max := shopped(t)
	hook, event := c.hooked()
	roles := map[string]view.Caller{}
	for _, r := range []ledger.TeamRole{ledger.TeamCatalogue, ledger.TeamFinance, ledger.TeamRead} {
		roles[string(r)] = c.teamed(nora, string(r), r)
	}
	for role, who := range roles {
		for what, act := range c.shopActs(who, c.sold.ID, offer, c.d.ID, event, hook) {
			if strings.Contains(act.roles, role) {
				continue
			}
			no := c.refused(ledger.ErrNotAllowed, act.do)
			if !strings.Contains(no.Detail, "the role "+act.roles+" of the team; yours is "+role) {
				t.Errorf("%s by %s: %s", what, role, no.Detail)
			}
		}
	}
	for what, act := range c.shopActs(max, c.sold.ID, offer, c.d.ID, event, hook) {
		switch what {
		case "add": // it is max's own vendor's
		case "import":
			no := c.refused(ledger.ErrInvalid, act.do)
			if !strings.Contains(no.Detail, "there is no offer") {
				t.Error(no.Detail)
			}
		default:
			c.refused(ledger.ErrNotFound, act.do)
		}
	}
	for _, who := range []view.Caller{c.ann, c.operator, caller("stranger")} {
		for _, act := range c.shopActs(who, c.sold.ID, offer, c.d.ID, event, hook) {
			c.refused(ledger.ErrNotAllowed, act.do)
		}
	}
}

// Each act succeeds for each role that may, on a shop of its own: what is refused above is refused for the role.
func TestShopActsAreDoneByTheirRoles(t *testing.T) {
	done := 0
	for _, role := range ledger.TeamRoles {
		for what, act := range (&fixture{}).shopActs(view.Caller{}, "", "", "", "", "") {
			if !strings.Contains(act.roles, role) {
				continue
			}
			done++
			t.Run(what+" by "+role, func(t *testing.T) {
				c, offer, _, nora, _ := shopped(t)
				hook, event := c.hooked()
				who, sale := c.teamed(nora, "who", ledger.TeamRole(role)), c.buys(c.ann, c.shop, "Archive of a year", eur(100)).ID
				if what == "appeal" { // of who has lost
					must(t, errOf(c.Decide(c.ctx, c.operator, c.d.ID, true, "It was empty.")))
				}
				must(t, c.shopActs(who, sale, offer, c.d.ID, event, hook)[what].do())
			})
		}
	}
	is(t, "acts of roles", done, 2*8+2)
}

// A suspended vendor changes no offer, answers what buyers contest and gives back.
func TestSuspendedShop(t *testing.T) {
	c, offer, _, nora, _ := shopped(t)
	if _, err := c.VendorSuspend(c.ctx, c.operator, "news", "its pages are empty"); err != nil {
		t.Fatal(err)
	}
	acts := c.shopActs(nora, c.sold.ID, offer, c.d.ID, "", "")
	for _, what := range []string{"add", "change", "import"} {
		no := c.refused(ledger.ErrNotAllowed, acts[what].do)
		if !strings.Contains(no.Detail, "suspended") {
			t.Errorf("%s: %s", what, no.Detail)
		}
	}
	if err := acts["answer"].do(); err != nil {
		t.Error(err)
	}
	if d := c.now(); d.State != view.State(ledger.DisputeUnderReview) {
		t.Errorf("the dispute is %s", d.State)
	}
}

// An act is the vendor's own, with the key of the member, and a line in the log of the team that names the member.
func TestShopActsAreLogged(t *testing.T) {
	s := sellingHouse(t)
	nora := s.owner("news", "nora")
	finn := s.teamed(nora, "finn", ledger.TeamFinance)
	sold, err := s.charges("c", s.offer)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the same key gives once
		r, err := s.ShopRefund(s.ctx, finn, sold.ID, eur(10), "goodwill", "k1")
		if err != nil || r.Amount != eur(10) {
			t.Fatalf("refund %+v, %v", r, err)
		}
	}
	c, err := s.ShopSale(s.ctx, nora, sold.ID)
	if err != nil || c.Refunded != eur(10) {
		t.Errorf("the sale is %+v, %v", c, err)
	}
	log, err := s.TeamLog(s.ctx, nora, view.Paging{Limit: 1})
	if err != nil || len(log.Data) != 1 || log.Data[0].Name != "finn" || log.Data[0].Act != "shop refund" ||
		log.Data[0].Note != "0.10 EUR" {
		t.Errorf("log %+v, %v", log.Data, err)
	}
	all, err := s.StaffLog(s.ctx, s.operator, view.AuditQuery{Act: "shop"})
	if err != nil || len(all.Data) != 1 || all.Data[0].Role != ledger.RoleVendor || all.Data[0].Key != finn.Fingerprint {
		t.Errorf("staff log %+v, %v", all.Data, err)
	}
	s.refused(ledger.ErrKeyReused, func() error {
		return errOf(s.ShopRefund(s.ctx, finn, sold.ID, eur(5), "goodwill", "k1"))
	})
}

// A catalogue changes nothing until the mark of what was shown comes back, then all of it or nothing.
func TestCatalogueIsImported(t *testing.T) {
	s := sellingHouse(t)
	nora := s.owner("news", "nora")
	kate := s.teamed(nora, "kate", ledger.TeamCatalogue)
	id := s.seal.Offer(s.offer.ID)
	file := []byte("id,title,price,currency,content_url,views\r\n" + id + ",,0.30,,,\r\n" +
		",'=Café,0.41,EUR,https://news.example/cafe,5\r\n")
	head := s.head()
	d, err := s.ShopImport(s.ctx, kate, file, "")
	if err != nil || d.Added != 1 || d.Changed != 1 || d.Applied || len(d.Mark) != markLetters || s.head() != head {
		t.Fatalf("tried %+v, %v", d, err)
	}
	is(t, "what changes", d.Rows[0], view.ImportLine{
		Line: 2, Offer: id, Title: "Rivers", Field: "price", Old: "0.25", New: "0.30",
	})
	s.refused(ledger.ErrState, func() error { return errOf(s.ShopImport(s.ctx, kate, file, "000000000000")) })
	wrong := append(append([]byte{}, file...), ",Dear,0.0000001,EUR,,\r\n"...)
	no := s.refused(ledger.ErrInvalid, func() error { return errOf(s.ShopImport(s.ctx, kate, wrong, "")) })
	if !strings.HasPrefix(no.Detail, "Line 4: ") {
		t.Error(no.Detail)
	}
	foreign := []byte("title,price,currency,content_url\r\nElsewhere,1,EUR,https://maps.example/a\r\n")
	no = s.refused(ledger.ErrOrigin, func() error { return errOf(s.ShopImport(s.ctx, kate, foreign, "")) })
	if !strings.HasPrefix(no.Detail, "Line 2: ") {
		t.Error(no.Detail)
	}
	if d, err = s.ShopImport(s.ctx, kate, file, d.Mark); err != nil || !d.Applied {
		t.Fatalf("applied %+v, %v", d, err)
	}
	p, err := s.ShopOffers(s.ctx, kate, view.Paging{})
	if err != nil || len(p.Data) != 2 || p.Data[0].Title != "=Café" || p.Data[0].Views != 5 ||
		p.Data[1].Price != eur(30) ||
		p.Data[1].Version != 2 || p.Data[1].Title != "Rivers" {
		t.Errorf("offers %+v, %v", p.Data, err)
	}
	// Typed again it is another change: the offer has another version by now.
	s.refused(ledger.ErrState, func() error { return errOf(s.ShopImport(s.ctx, kate, file, d.Mark)) })
	for what, file := range map[string]string{
		"a column that is not there": "id,colour\nx,y\n", "a column twice": "id,id\na,b\n", "no row": "id,title\n",
		"no file": "", "a torn row": "id,title\na\n", "a status": "id,status\n" + id + ",gone\n",
		"an offer twice": "id,price\n" + id + ",1\n" + id + ",2\n", "another vendor's offer": "id,price\nofr_none,1\n",
		"a number": "id,views\n" + id + ",many\n",
	} {
		t.Run(what, func(t *testing.T) {
			s.refused(ledger.ErrInvalid, func() error { return errOf(s.ShopImport(s.ctx, kate, []byte(file), "")) })
		})
	}
}

// An endpoint gets a new secret, which the vendor's server never saw before, and only an owner reads it.
func TestShopRotates(t *testing.T) {
	c, _, _, nora, _ := shopped(t)
	hook, _ := c.hooked()
	e, err := c.ShopRotate(c.ctx, nora, hook, SecretOverlap)
	if err != nil || e.ID != hook || !strings.HasPrefix(e.Secret, "whsec_") {
		t.Errorf("rotated %+v, %v", e, err)
	}
	all, err := c.ShopHooks(c.ctx, nora)
	if err != nil || len(all) != 1 || all[0].Secret != "" {
		t.Errorf("hooks %+v, %v", all, err)
	}
}

// What a screen sends again with its key is done once: a version of an offer, a step of a dispute.
func TestShopActsAreDoneOnceForAKey(t *testing.T) {
	c, offer, _, nora, _ := shopped(t)
	title := "Another"
	for range 2 {
		o, err := c.ShopOfferChange(c.ctx, nora, offer, view.ShopOfferOrder{Title: &title, Key: "k1"})
		if err != nil || o.Version != 2 {
			t.Errorf("version %d, %v", o.Version, err)
		}
		q := view.ShopDisputeAct{ID: c.d.ID, Act: view.ShopOffer, Amount: eur(50), Text: "why", Key: "k2"}
		d, err := c.ShopContest(c.ctx, nora, q)
		if err != nil || d.Offer == nil || *d.Offer != eur(50) {
			t.Errorf("dispute %+v, %v", d, err)
		}
	}
	head := c.head()
	if _, err := c.ShopOfferChange(c.ctx, nora, offer, view.ShopOfferOrder{Title: &title, Key: "k1"}); err != nil {
		t.Error(err)
	}
	if c.head() != head {
		t.Error("a repetition is an entry")
	}
}
