package ledger

import (
	"strconv"
	"strings"
	"time"
)

// This file has the words of the common refusals, so that terminal, command and HTTP say the same.

// stamp writes an instant for people, in the zone that it carries.
func stamp(t time.Time) string { return t.Format("2006-01-02 15:04 MST") }

// refuseFrozen says that the wallet is frozen. A vendor reads that the buyer has to be asked: what staff look into is
// between them and the holder.
func refuseFrozen() *Refusal {
	r := Refuse(ErrFrozen, "Speak with a representative of this service.", "This wallet is frozen.")
	r.disguise = ErrApproval
	return r
}

// RefuseWindow says that the purchase window is closed (claim 26).
func RefuseWindow() *Refusal {
	return Refuse(ErrWindow, "Log in with ssh and press a key, then try again.", "The purchase window is closed.")
}

// refuseOverdue says that nothing is bought on credit until a bill is paid.
func refuseOverdue(left Amount, due time.Time) *Refusal {
	return Refuse(ErrWindow, "Pay it with: fund "+left.String()+" --method METHOD. What comes in pays it first.",
		"A bill of this account was due at %s; %s of it are open.", stamp(due.UTC()), left)
}

// RefuseFunds says how much is missing.
func RefuseFunds(shortfall Amount) *Refusal {
	r := Refuse(ErrFunds, "Add funds with: fund AMOUNT "+string(shortfall.Currency)+" --method METHOD.",
		"There are not enough tokens: %s more are needed.", shortfall)
	r.Shortfall = shortfall
	return r
}

// refuseNotLinked says that the vendor may not charge without a question.
func refuseNotLinked() *Refusal {
	return Refuse(ErrNotLinked, "Ask the buyer with a checkout of mode link.",
		"The buyer has not allowed this vendor to charge without asking.")
}

// refuseApproval says that a person has to say yes to this purchase.
func refuseApproval(detail string, args ...any) *Refusal {
	return Refuse(ErrApproval, "The buyer approves it in the terminal.", detail, args...)
}

// refuseBlocked says that the person wants no requests of this vendor. The vendor reads what it reads after the end of
// a link.
func refuseBlocked() *Refusal {
	r := Refuse(ErrNotAllowed, "Only the holder of the wallet can allow this vendor again, with: unblock VENDOR.",
		"This wallet takes no requests of this vendor.")
	r.disguise = ErrNotLinked
	return r
}

// RefuseNotFound says that there is no such thing. It says the same of what belongs to another, so that names cannot be
// tried out.
func RefuseNotFound(what string) *Refusal {
	return Refuse(ErrNotFound, "Compare the name with the list it came from.", "There is no such %s.", what)
}

// OtherKey is the line that shows one key and no other. An agent offers all of its keys in an order of its own, so the
// key that came may not be the one that has the wallet.
func OtherKey(host string) string { return "ssh -i FILE -o IdentitiesOnly=yes " + host }

// RefuseNotJoined says that the key has no wallet. Recovery comes last, since it ends the keys that a wallet has.
func RefuseNotJoined() *Refusal {
	return Refuse(ErrNotJoined, "Type: join. If another key of yours has a wallet, show that one instead: "+
		OtherKey("HOST")+". With the recovery code of a wallet whose keys are lost, type: recover.",
		"This key has no wallet yet.")
}

// RefuseState says that something is in another state than the act needs.
func RefuseState(what, state string) *Refusal {
	return Refuse(ErrState, "Look at it again: another call was faster, or it is over.", "The %s is %s.", what, state)
}

// RefuseTerms says that the price is another one by now.
func RefuseTerms(now Amount) *Refusal {
	return Refuse(ErrTermsChanged, "Fetch the offer again and use its new version.", "The price is %s by now.", now)
}

// RefuseOfferOver says that the offer is not sold any more.
func RefuseOfferOver() *Refusal {
	return Refuse(ErrOfferExpired, "Use an offer that is still sold.", "This offer has ended.")
}

// RefuseCheckoutOver says that the time to answer a checkout is over.
func RefuseCheckoutOver() *Refusal {
	return Refuse(ErrCheckoutExpired, "Start again at the vendor's site.", "The time to answer this request is over.")
}

// RefusePrice says to a buyer that a request asks for another price than the one that was named.
func RefusePrice(now Amount) *Refusal {
	return Refuse(ErrTermsChanged, "Look at the request with: pending CODE.", "The price is %s, not what you expect.", now)
}

// RefuseMatch says to a buyer who sees no page of a request that a browser has it open.
func RefuseMatch() *Refusal {
	return Refuse(ErrTermsChanged, "Look at your own page. If you have none, type: deny CODE.",
		"This request is open in another browser than you think.")
}

// RefuseGuess says to a buyer that the page of a request shows another number than the one that was named, and that the
// request is over: a second try would be a guess.
func RefuseGuess() *Refusal {
	return Refuse(ErrTermsChanged,
		"To buy it, start again at the vendor's site, and type the number that your own page shows.",
		"The page shows another number. This request is now refused, and nothing was paid.")
}

// RefuseBrowser says that a request belongs to the browser that opened its page first.
func RefuseBrowser() *Refusal {
	return Refuse(ErrNotAllowed, "Go on there, or start again at the vendor's site.",
		"This request is open in another browser.")
}

// RefuseSender says that a browser was sent by another site than the vendor's (claim 28).
func RefuseSender(from string) *Refusal {
	return Refuse(ErrOrigin, "Start again at the vendor's site.",
		"Another site has sent you here: %s.", CleanLine(from, maxSender))
}

// maxSender bounds the name of a site on a page, in characters.
const maxSender = 80

// RefuseNoBrowser says that an answer came before any browser had opened the page, so that it leads back to none.
func RefuseNoBrowser() *Refusal {
	return Refuse(ErrNotAllowed, "Ask the vendor, who can look the answer up.",
		"No browser had this page open when the answer came.")
}

// RefuseOrigin says that a URL does not belong to the vendor.
func RefuseOrigin(param string) *Refusal {
	r := Refuse(ErrOrigin, "Use a URL of a verified origin; add one and prove it with POST /v1/vendor/origins.",
		"The URL is not on a verified origin of this vendor.")
	r.Param = param
	return r
}

// refuseGrantOver names the bound that ended a grant.
func refuseGrantOver(bound string) *Refusal {
	r := Refuse(ErrGrantOver, "Buy it again to open it again.", "The grant has ended: %s.", bound)
	r.Limit = bound
	return r
}

// refuseConfirm says that a person has to confirm explicitly.
func refuseConfirm(detail, remedy string) *Refusal { return Refuse(ErrConfirm, remedy, "%s", detail) }

// RefuseLoosening says which bounds would become looser, each before and after, of all vendors or of one. Nothing is
// changed until the person confirms it.
func RefuseLoosening(vendor string, changes ...string) *Refusal {
	where := "for all vendors"
	if vendor != "" {
		where = "at " + vendor
	}
	return refuseConfirm("This loosens what may be spent "+where+": "+strings.Join(changes, ", ")+".",
		"Confirm it, or leave it as it is.")
}

// RefuseOwn says that staff never decide about a wallet that their own key opens.
func RefuseOwn() *Refusal {
	return Refuse(ErrNotAllowed, "Let another member of staff decide.", "Staff may not decide about their own wallet.")
}

// RefuseSuspended says that the vendor does not sell at the moment.
func RefuseSuspended() *Refusal {
	return Refuse(ErrNotAllowed, "Speak with a representative of this service.", "This vendor is suspended.")
}

// refuseLocked says that money cannot leave so soon after a recovery.
func refuseLocked(until time.Time) *Refusal {
	r := Refuse(ErrNotAllowed, "Wait until "+stamp(until)+".",
		"The wallet was recovered a short while ago, so money cannot leave it yet.")
	r.ResetsAt = until
	return r
}

// refuseAtRisk says how much may leave, and when more may; the verb is what was to be done with it.
func refuseAtRisk(verb, done string, free Amount, from time.Time) *Refusal {
	wait := "wait until " + stamp(from)
	if from.Equal(untilPaid) {
		wait, from = "pay the invoice of the purchase order", time.Time{}
	}
	remedy := strings.ToUpper(wait[:1]) + wait[1:] + "."
	if free.Micros > 0 {
		remedy = verb + " at most " + free.String() + ", or " + wait + "."
	}
	r := Refuse(ErrLimit, remedy, "Nothing can be %s now: it was paid in by a method that can take it back.", done)
	if free.Micros > 0 {
		r = Refuse(ErrLimit, remedy,
			"Only %s can be %s now: the rest was paid in by a method that can take it back.", free, done)
	}
	r.Limit, r.ResetsAt = "at_risk", from
	return r
}

// refuseOpen says that enough announced deposits wait.
func refuseOpen(open uint32) *Refusal {
	r := Refuse(ErrLimit, "Pay one of them, or let them expire.",
		"%d announced deposits wait, and none of this wallet has cleared yet.", open)
	r.Limit = "open_new"
	return r
}

// RefuseUnauthenticated says that it is not known who is asking.
func RefuseUnauthenticated() *Refusal {
	return Refuse(ErrUnauthenticated, "Send a valid key or signature.", "It is not known who is asking.")
}

// RefuseRate says when to try again.
func RefuseRate(retry time.Duration) *Refusal {
	r := Refuse(ErrRate, "Wait a moment, then try again.", "These are too many requests.")
	r.Retry = retry
	return r
}

// RefuseReads says that a key has read so much that others would wait for it, and when it may read again.
func RefuseReads(retry time.Duration) *Refusal {
	r := Refuse(ErrRate, "Wait "+seconds(retry)+", then go on; a narrower search reads less.",
		"This key has read very much in a short time.")
	r.Retry = retry
	return r
}

// RefuseDay says that as much was done as fits in a day, and when one more may be.
func RefuseDay(what string, retry time.Duration) *Refusal {
	r := Refuse(ErrRate, "Wait "+seconds(retry)+", then try again.", "There were too many %s in the last day.", what)
	r.Retry = retry
	return r
}

// seconds is a wait for people, never less than it is.
func seconds(wait time.Duration) string {
	n := int64((wait + time.Second - 1) / time.Second)
	if n == 1 {
		return "a second"
	}
	return strconv.FormatInt(n, 10) + " seconds"
}

// RefuseUnavailable says that the service cannot do it now.
func RefuseUnavailable(retry time.Duration) *Refusal {
	r := Refuse(ErrUnavailable, "Try again later with the same idempotency key: nothing happens twice.",
		"The service cannot do this at the moment.")
	r.Retry = retry
	return r
}

// RefuseKeyMissing says that a request that moves money has no idempotency key.
func RefuseKeyMissing() *Refusal {
	return Refuse(ErrKeyMissing, "Send an idempotency key, for example a fresh UUID.",
		"This request needs an idempotency key.")
}

// RefuseUseReused says that a use of a grant was counted with another number of views.
func RefuseUseReused() *Refusal {
	r := Refuse(ErrKeyReused, "Use a new request id for each use.",
		"This request id was used for another number of views.")
	r.Param = "request_id"
	return r
}

// RefuseKeyReused says that the key belongs to another request.
func RefuseKeyReused() *Refusal {
	return Refuse(ErrKeyReused, "Use a new key for a new request.", "This idempotency key was used for another request.")
}
