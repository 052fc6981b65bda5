package books

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"

	"tuppence/store"
)

// FormatName is the name under which a store keeps what wrote its records.
const FormatName = "format"

// generation of the format: 1 had arrays and idempotency keys by month; 2 has maps with numbers. A new generation is
// needed only where keys move or a number changes its meaning; a new field is a new number.
const generation = 2

// Format names what this program writes: "books 2.N" has maps, in which N numbers were given to fields so far. A
// store of an earlier format is brought up to it by [Upgrade]; one of a later format is refused as a whole, so that
// nothing which a newer program wrote is lost or taken for damage.
var Format = fmt.Sprintf("books %d.%d", generation, len(fieldNumbers()))

// readFormat reads a name like [Format]. The first generation had no second number.
func readFormat(name string) (generation, numbers int, ok bool) {
	text, ok := strings.CutPrefix(name, "books ")
	if !ok {
		return 0, 0, false
	}
	first, second, divided := strings.Cut(text, ".")
	generation, err := strconv.Atoi(first)
	if err != nil || generation < 1 {
		return 0, 0, false
	}
	if divided {
		if numbers, err = strconv.Atoi(second); err != nil || numbers < 0 {
			return 0, 0, false
		}
	}
	return generation, numbers, true
}

// knownFormat refuses books that a newer program wrote. current is false for those that are to be claimed for this
// program; only those of an earlier generation have rows to convert.
func knownFormat(name string) (gen int, current bool, err error) {
	gen, numbers, ok := readFormat(name)
	if !ok || gen > generation || gen == generation && numbers > len(fieldNumbers()) {
		return gen, false, fmt.Errorf(
			"%w: their format is %q, this program knows %q: use the program that wrote them, or a newer one", store.ErrNewer,
			name, Format,
		)
	}
	return gen, gen == generation && numbers == len(fieldNumbers()), nil
}

// current tells whether this program has written all of the books: they are of its format, and no upgrade was stopped.
// Books that say nothing of it count as ours.
func (r Reader) current() (bool, error) {
	had, found, err := r.Meta(FormatName)
	if err != nil {
		return false, err
	}
	_, stopped, err := r.Meta(upgradeName)
	return !stopped && (!found || string(had) == Format), err
}

// checkFormat refuses books that this program cannot read; a store without books is fine.
func checkFormat(r Reader) error {
	had, found, err := r.Meta(FormatName)
	if err == nil && found {
		_, _, err = knownFormat(string(had))
	}
	return err
}

// rowTypes are the types that are stored as a map. Their names are in the list of numbers, so a type that is renamed is
// renamed there too.
func rowTypes() []reflect.Type {
	return []reflect.Type{
		reflect.TypeFor[entryRow](), reflect.TypeFor[changeRow](), reflect.TypeFor[saleRow](), reflect.TypeFor[shareRow](),
		reflect.TypeFor[policyRow](), reflect.TypeFor[ownAmountRow](), reflect.TypeFor[riskRow](),
		reflect.TypeFor[idempotencyRow](), reflect.TypeFor[deliveryRow](), reflect.TypeFor[head](),
		reflect.TypeFor[staffActRow](), reflect.TypeFor[pastRow](), reflect.TypeFor[savedViewRow](),
		reflect.TypeFor[userRow](), reflect.TypeFor[memberRow](), reflect.TypeFor[staffRow](), reflect.TypeFor[walletRow](),
		reflect.TypeFor[linkIDRow](), reflect.TypeFor[linkRow](), reflect.TypeFor[purchaseRow](),
		reflect.TypeFor[depositRow](), reflect.TypeFor[receiptRow](),
		reflect.TypeFor[disputeRow](), reflect.TypeFor[disputeStepRow](), reflect.TypeFor[disputeTermsRow](),
		reflect.TypeFor[provisionalRow](),
		reflect.TypeFor[transferRow](), reflect.TypeFor[vendorRow](),
		reflect.TypeFor[originRow](),
		reflect.TypeFor[apiKeyRow](), reflect.TypeFor[endpointRow](), reflect.TypeFor[tillRow](), reflect.TypeFor[offerRow](),
		reflect.TypeFor[boundsRow](), reflect.TypeFor[royaltyRow](), reflect.TypeFor[planRow](),
		reflect.TypeFor[checkoutRow](),
		reflect.TypeFor[generationRow](), reflect.TypeFor[healthRow](), reflect.TypeFor[daysRow](),
		reflect.TypeFor[milestone](), reflect.TypeFor[fxRow](), reflect.TypeFor[ratesRow](), reflect.TypeFor[exchangeRow](),
		reflect.TypeFor[openBillRow](), reflect.TypeFor[billingRow](), reflect.TypeFor[billRow](),
		reflect.TypeFor[postpaidRow](), reflect.TypeFor[incentiveRow](),
		reflect.TypeFor[campaignRow](), reflect.TypeFor[issueRow](), reflect.TypeFor[lotRow](),
		reflect.TypeFor[deskRow](), reflect.TypeFor[caseStepRow](), reflect.TypeFor[caseRow](), reflect.TypeFor[noteRow](),
		reflect.TypeFor[proposalRow](),
		reflect.TypeFor[vaultRow](), reflect.TypeFor[mandateRow](),
		reflect.TypeFor[bankFileRow](), reflect.TypeFor[bankItemRow](),
		reflect.TypeFor[settleRow](), reflect.TypeFor[termsRow](), reflect.TypeFor[payeeTermsRow](),
		reflect.TypeFor[settlementRow](), reflect.TypeFor[keptRow](), reflect.TypeFor[runRow](),
		reflect.TypeFor[payAccountRow](), reflect.TypeFor[payoutRulesRow](), reflect.TypeFor[payoutJobRow](),
		reflect.TypeFor[orderRow](), reflect.TypeFor[onBillRow](), reflect.TypeFor[orderCreditRow](),
		reflect.TypeFor[browserRow](),
		reflect.TypeFor[billerRow](), reflect.TypeFor[billerAccountRow](), reflect.TypeFor[billerFileRow](),
		reflect.TypeFor[atBillerRow](), reflect.TypeFor[phoneCodeRow](),
		reflect.TypeFor[voiceRow](), reflect.TypeFor[voiceStepRow](), reflect.TypeFor[inviteRow](),
		reflect.TypeFor[redeemRow](), reflect.TypeFor[redemptionRow](), reflect.TypeFor[refillRow](),
		reflect.TypeFor[noticeRow](),
		reflect.TypeFor[letterRow](), reflect.TypeFor[mailingRow](), reflect.TypeFor[closeRow](),
		reflect.TypeFor[unclaimedRow](), reflect.TypeFor[dormancyRow](), reflect.TypeFor[closedMethodRow](),
		reflect.TypeFor[copyRow](),
		reflect.TypeFor[vendorMemberRow](), reflect.TypeFor[askRow](),
		reflect.TypeFor[referralRow](), reflect.TypeFor[referredRow](), reflect.TypeFor[rewardRow](),
		reflect.TypeFor[referralStepRow](),
		reflect.TypeFor[agentRow](), reflect.TypeFor[resourceRow](),
	}
}

// gone is the type of a field that has no use any more. It keeps its name and number and is tagged omitzero: records
// that have it are read all the same, and nothing writes it again.
type gone struct{}

// UnmarshalCBOR passes over whatever the field held.
func (*gone) UnmarshalCBOR([]byte) error { return nil }

// fieldNumbers are all numbers that were ever given to a field, one line each: "entryRow 1 No ledger.EntryNo". A field
// that goes stays there as [gone].
func fieldNumbers() []string {
	var all []string
	for _, t := range rowTypes() {
		for f := range t.Fields() {
			number, _, _ := strings.Cut(f.Tag.Get("cbor"), ",")
			all = append(all, fmt.Sprintf("%s %s %s %s", t.Name(), number, f.Name, f.Type))
		}
	}
	return all
}
