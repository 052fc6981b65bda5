package checkout

import (
	"bytes"
	"errors"
	"html/template"
	"net/http"
	"net/netip"
	"slices"

	"tuppence/server/hook"
	"tuppence/server/ledger"
	"tuppence/server/view"
)

// content is what the page draws. One template has all pages, so that they look alike.
type content struct {
	Page    string // front, join, checkout, message
	Title   string // of the browser's window
	House   view.House
	Request view.Approval
	Facts   []view.Fact   // what the request gives, or asks for
	Link    bool          // the request is for a permission, not for a sale
	Pieces  uint32        // of a sale
	Outcome string        // "" while the request is open
	Match   string        // the number that the terminal shows, too; "" if nothing comes back to a browser
	Other   bool          // another browser has the page
	Waits   bool          // … and the wallet that knows it has the request in its terminals
	Why     string        // why it has to ask there
	Path    string        // of the request's page
	QR      template.HTML // the command, for another device
	By      view.Inviting // page join: who invites
	Brings  string        // page join: what that means
}

// front is the page of the service itself: how to open a wallet, and where vendors read on.
func (p *pages) front(w http.ResponseWriter, r *http.Request) {
	p.draw(w, r, http.StatusOK, content{Page: "front", Title: "Wallet"})
}

// join is the page of a vendor's link: who invites, what that means, and the command that carries the code into the
// terminal, where the wallet is opened (claims 8, 12). Nothing is kept of who looks at it.
func (p *pages) join(w http.ResponseWriter, r *http.Request) {
	by, err := p.svc.Inviting(r.Context(), r.URL.Query().Get("ref"))
	if err != nil {
		p.fail(w, r, err)
		return
	}
	house, err := p.svc.House(r.Context())
	if err != nil {
		p.fail(w, r, err)
		return
	}
	p.draw(w, r, http.StatusOK, content{
		Page: "join", Title: "Open a wallet", By: by, Brings: view.Brings,
		QR: qrPicture("ssh -t " + house.Host + " join " + by.Code),
	})
}

// show is the page of a request. Its address is the transaction id, which seals the terms (claim 29). A browser that a
// wallet knows, and that may buy at once, does not see it.
func (p *pages) show(w http.ResponseWriter, r *http.Request) {
	got, err := p.svc.Arrive(r.Context(), p.arrival(r))
	if err != nil {
		p.fail(w, r, err)
		return
	}
	c := got.Page
	p.keep(w, loginCookie, got.Login, got.LoginUntil)
	switch {
	case got.Again:
		// The policy of a redirect is that of the request which follows: it still says who has sent the browser.
		w.Header().Set("Referrer-Policy", "strict-origin")
		http.Redirect(w, r, "/c/"+r.PathValue("txn")+"?"+again, http.StatusSeeOther) //nolint:gosec // a path of ours
		return
	case c.Holder == view.HolderNone:
		p.offer(w, r, c)
		return
	case c.Cookie != "":
		p.keepPage(w, r, c)
	}
	if got.To != "" {
		http.Redirect(w, r, got.To, http.StatusSeeOther) // on a verified origin of the vendor
		return
	}
	a := view.Approval{Terms: c.Terms, Expires: c.Expires} // of nobody: the page does not know whose browser this is
	shown := content{
		Page: "checkout", Title: a.Subject(), Request: a, Facts: terms(a), Link: a.Mode == ledger.ModeLink,
		Pieces: c.Quantity, Outcome: outcome(c.Status), Path: "/c/" + r.PathValue("txn"), Match: c.Match,
		Other: c.Holder == view.HolderOther, Waits: c.Waits, Why: c.Why,
	}
	if shown.Outcome == "" && a.Code != "" {
		house, err := p.svc.House(r.Context())
		if err != nil {
			p.fail(w, r, err)
			return
		}
		shown.QR = qrPicture("ssh " + house.Host + " approve " + a.Code)
	}
	p.draw(w, r, http.StatusOK, shown)
}

// pay sends a payer on to where a deposit is paid. The address there is long and of a processor's making; this one fits
// into a code that a phone reads.
func (p *pages) pay(w http.ResponseWriter, r *http.Request) {
	address, err := p.svc.PayLink(r.Context(), r.PathValue("deposit"))
	if err != nil {
		p.fail(w, r, err)
		return
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// phone sends a caller who was told a code on to where the deposit is paid, once. A program that only asks what there
// is (HEAD) uses nothing up.
func (p *pages) phone(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodHead {
		return
	}
	from, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		p.fail(w, r, ledger.Refuse(ledger.ErrNotAllowed, "Ask for help by phone.", "It is not known where you come from."))
		return
	}
	address, err := p.svc.PhonePage(r.Context(), from.Addr(), r.PathValue("code"))
	if err != nil {
		p.fail(w, r, err)
		return
	}
	http.Redirect(w, r, address, http.StatusSeeOther)
}

// paid is where a processor sends a payer back to, whatever has become of the payment.
func (p *pages) paid(w http.ResponseWriter, r *http.Request) {
	p.draw(w, r, http.StatusOK, content{
		Page: "message", Title: "Back from paying",
		Outcome: "Your wallet shows what has become of it. You can close this page.",
	})
}

// terms are the facts of a request that the page has no other place for: payee, subject and price stand above them, and
// how well a wallet knows the vendor is between the buyer and the terminal.
func terms(a view.Approval) []view.Fact {
	return slices.DeleteFunc(view.Without(a.Request(view.Format{}), "Who", "Before", "For", "About"),
		func(f view.Fact) bool { return f.Value == "" })
}

// outcome says what became of a request, "" of an open one.
func outcome(s view.State) string {
	switch ledger.CheckoutStatus(s) {
	case ledger.CheckoutApproved:
		return "You said yes."
	case ledger.CheckoutDenied:
		return "You said no. Nothing was charged."
	case ledger.CheckoutExpired:
		return "The time to answer is over. Nothing was charged."
	case ledger.CheckoutRedeemed:
		return "You said yes, and the vendor knows."
	default:
		return ""
	}
}

// back sends the browser to the vendor, with a code if the answer was yes.
func (p *pages) back(w http.ResponseWriter, r *http.Request) {
	txn := r.PathValue("txn")
	back, err := p.svc.CheckoutReturn(r.Context(), txn, p.cookie(r))
	if err == nil {
		p.keep(w, loginCookie, back.Login, back.LoginUntil)
		p.keep(w, deviceCookie, back.Device, back.Until)
		// To is on a verified origin of the vendor: it comes from the books and not from the request.
		http.Redirect(w, r, back.To, http.StatusSeeOther)
		return
	}
	// Open, gone, or answered and nowhere to go to: only the last is an answer of its own.
	c, gone := p.svc.CheckoutPage(r.Context(), txn, p.cookie(r))
	if !errors.Is(err, ledger.ErrState) || gone != nil || c.Status == view.State(ledger.CheckoutOpen) {
		p.fail(w, r, err)
		return
	}
	// The request began without a page of the vendor: as a charge on a link that needed an answer, or for what opens in
	// the wallet.
	said := "You can close this page."
	if house, err := p.svc.House(r.Context()); err == nil && c.Here && c.Status == view.State(ledger.CheckoutApproved) {
		said = "What you bought is in your wallet: ssh " + house.Host + " library. " + said
	}
	p.draw(w, r, http.StatusOK, content{Page: "message", Title: outcome(c.Status), Outcome: said})
}

// fail shows the words of a refusal; anything else is logged once and hidden.
func (p *pages) fail(w http.ResponseWriter, r *http.Request, err error) {
	v := content{
		Page: "message", Title: "Something went wrong", Outcome: "It is our fault, and it is logged. Please try again.",
	}
	var refused *ledger.Refusal
	if errors.As(err, &refused) {
		v.Title, v.Outcome = "This did not work", refused.Error()
	} else if r.Context().Err() == nil {
		p.o.Log.Error("page", "path", r.URL.Path, "error", err)
	}
	p.draw(w, r, hook.Status(err), v)
}

// draw writes a page, whole or not at all: a page that broke off would look like one that says less.
func (p *pages) draw(w http.ResponseWriter, r *http.Request, status int, v content) {
	house, err := p.svc.House(r.Context())
	if err != nil {
		if r.Context().Err() == nil {
			p.o.Log.Error("service description", "error", err)
		}
		http.Error(w, "The service is not ready.", http.StatusServiceUnavailable)
		return
	}
	v.House = house
	var b bytes.Buffer
	if err := p.tmpl.ExecuteTemplate(&b, "page.html", v); err != nil {
		p.o.Log.Error("draw page", "page", v.Page, "error", err)
		http.Error(w, "The page cannot be drawn.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = b.WriteTo(w) // the browser went away: there is no one to tell
}
