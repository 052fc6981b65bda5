package command

import (
	"context"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Shop is what the team of a vendor may do, and how a key comes into it.
type Shop interface {
	// VendorTeam returns who works for a vendor, VendorTeamCode a code for an owner of its team; both are the operator's.
	VendorTeam(ctx context.Context, who view.Caller, vendor string) (view.Page[view.TeamMember], error)
	VendorTeamCode(ctx context.Context, who view.Caller, vendor string) (view.TeamCode, error)
	// TeamJoin gives the calling key a place in the team that has given the code. Wrong codes are counted.
	TeamJoin(ctx context.Context, who view.Caller, code, name string) (view.Identity, error)
	// Team returns the members, for owners with the codes that wait.
	Team(ctx context.Context, who view.Caller) (view.Page[view.TeamMember], error)
	// TeamInvite returns a code for a new member, in this answer only.
	TeamInvite(ctx context.Context, who view.Caller, role string) (view.TeamCode, error)
	// TeamRole gives a member another role, TeamRemove ends a place. The last owner stays (ledger.ErrState).
	TeamRole(ctx context.Context, who view.Caller, member, role string) (view.TeamMember, error)
	TeamRemove(ctx context.Context, who view.Caller, member string) (view.TeamMember, error)
	// TeamLog returns what the team did, newest first.
	TeamLog(ctx context.Context, who view.Caller, q view.Paging) (view.Page[view.TeamAct], error)

	// ShopToday returns the vendor at one look.
	ShopToday(ctx context.Context, who view.Caller) (view.ShopToday, error)
	// What a vendor has; a thing of another one is not found (ledger.ErrNotFound).
	ShopOffers(ctx context.Context, who view.Caller, q view.Paging) (view.Page[view.Offer], error)
	ShopOffer(ctx context.Context, who view.Caller, id string) (view.Offer, error)
	ShopSales(ctx context.Context, who view.Caller, q view.ShopSalesQuery) (view.Page[view.Charge], error)
	ShopSale(ctx context.Context, who view.Caller, id string) (view.Charge, error)
	ShopDisputes(
		ctx context.Context, who view.Caller, state string, q view.Paging,
	) (view.Page[view.VendorDispute], error)
	ShopDispute(ctx context.Context, who view.Caller, id string) (view.VendorDispute, error)
	ShopSettlements(ctx context.Context, who view.Caller, q view.Paging) (view.Page[view.Settlement], error)
	ShopSettlement(ctx context.Context, who view.Caller, id string) (view.Settlement, error)
	// ShopStatement returns the sealed statement of a settlement, ShopSheet the same on paper.
	ShopStatement(ctx context.Context, who view.Caller, id string) (view.Statement, error)
	ShopSheet(ctx context.Context, who view.Caller, id string) (view.Sheet, error)
	// ShopHooks returns the webhook endpoints without their secrets, ShopEvents what was sent to them.
	ShopHooks(ctx context.Context, who view.Caller) ([]view.Endpoint, error)
	ShopEvents(ctx context.Context, who view.Caller, kind string, q view.Paging) (view.Page[view.VendorEvent], error)
	ShopPlans(ctx context.Context, who view.Caller) ([]view.RoyaltyPlan, error)
	ShopCampaigns(ctx context.Context, who view.Caller, q view.Paging) (view.Page[view.Campaign], error)

	// ShopOfferAdd posts an offer, ShopOfferChange its next version.
	ShopOfferAdd(ctx context.Context, who view.Caller, q view.ShopOfferOrder) (view.Offer, error)
	ShopOfferChange(ctx context.Context, who view.Caller, id string, q view.ShopOfferOrder) (view.Offer, error)
	// ShopImport tells what a catalogue in CSV changes, and changes it if the mark of that is given.
	ShopImport(ctx context.Context, who view.Caller, file []byte, mark string) (view.ImportDiff, error)
	// ShopRefund gives a sale back; an amount of nothing is all that is left.
	ShopRefund(
		ctx context.Context, who view.Caller, id string, amount ledger.Amount, reason, key string,
	) (view.Refund, error)
	// ShopContest gives in, offers a part, answers or appeals in a dispute.
	ShopContest(ctx context.Context, who view.Caller, q view.ShopDisputeAct) (view.VendorDispute, error)
	// ShopRedeliver sends an event once more, to one hook or to all; ShopRotate gives a hook a new secret, in this answer.
	ShopRedeliver(ctx context.Context, who view.Caller, event, hook string) (view.VendorEvent, error)
	ShopRotate(ctx context.Context, who view.Caller, hook string, overlap time.Duration) (view.Endpoint, error)
	// ShopListen tells events as they come until ctx ends; ShopTrigger sends a sample of one, to who listens or to a hook.
	ShopListen(ctx context.Context, who view.Caller, tell func(view.Heard) error) error
	ShopTrigger(ctx context.Context, who view.Caller, event, hook string) (view.Trigger, error)
	// ShopWatch returns a channel that everything wakes which happens at the vendor, see Wallet.Watch.
	ShopWatch(ctx context.Context, who view.Caller) (<-chan view.Wake, error)
	// ShopKeys returns the keys of the vendor's server without their secrets. ShopKeyAdd makes a restricted one and
	// ShopKeyRoll gives one a new secret, in this answer only; ShopKeyEnd ends one at once.
	ShopKeys(ctx context.Context, who view.Caller) ([]view.APIKey, error)
	ShopKeyAdd(ctx context.Context, who view.Caller, q view.APIKeyOrder) (view.APIKey, error)
	ShopKeyRoll(ctx context.Context, who view.Caller, key string, overlap time.Duration) (view.APIKey, error)
	ShopKeyEnd(ctx context.Context, who view.Caller, key string) (view.APIKey, error)
}
