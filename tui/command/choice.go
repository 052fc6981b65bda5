package command

import (
	"cmp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// choice is one value with what it means, each in one harmless line.
func choice(value, meaning string) cobra.Completion {
	return cobra.CompletionWithDesc(view.Clean(value), view.Clean(meaning))
}

// choices are the values of a kind that begin as the typed word does. A service that cannot tell now leaves them out: a
// completion has nowhere to say why.
func (r *Run) choices(k Kind, typed string) []cobra.Completion {
	all := view.Map(k.Values(), func(value string) cobra.Completion { return value })
	field, _, of := strings.Cut(typed, ":")
	of = of && k == KindFilter
	if of || len(all) == 0 {
		known, err := r.known(k)
		if of {
			known, err = r.fieldValues(field, typed[:strings.LastIndexAny(typed, ":|")+1])
		}
		if err != nil {
			r.Options.Log.Debug("completion", "kind", k.Word(), "error", err)
		}
		all = known
	}
	return slices.DeleteFunc(all, func(c cobra.Completion) bool {
		return strings.HasPrefix(c, "\t") || !strings.HasPrefix(c, typed)
	})
}

// fieldValues are the values of a field of a filter, each behind what is typed before it.
func (r *Run) fieldValues(field, before string) (all []cobra.Completion, err error) {
	switch field {
	case "vendor":
		all, err = r.known(KindVendor)
	case "in":
		all, err = r.known(KindCurrency)
	case "kind":
		all = slices.Clone(view.RowKinds)
	case "state":
		all = view.Map(view.RowStates, func(s view.State) cobra.Completion {
			return strings.ReplaceAll(s.Words(), " ", "-")
		})
	}
	for i, value := range all {
		value, _, _ = strings.Cut(value, "\t")
		all[i] = before + value
	}
	return slices.Compact(all), err // a vendor is there once for each account
}

// choicesMax bounds a list of ids, in rows: a longer one is no help, and each press of the tab key asks for it.
const choicesMax = 100

// known are the values of a kind that the service knows for the caller, nil for a kind that cannot be listed: an
// amount, a text, or a secret such as a recovery code.
func (r *Run) known(k Kind) ([]cobra.Completion, error) {
	switch k {
	case KindCurrency, KindOther:
		house, err := r.Service.House(r.Ctx)
		return view.Map(house.Currencies, func(c ledger.Currency) cobra.Completion { return string(c) }), err
	case KindMethod:
		all, err := r.Service.Methods(r.Ctx, r.Who)
		return view.Map(all, func(m view.Method) cobra.Completion { return choice(m.Name, m.Title) }), err
	case KindVendor:
		all, err := r.Service.Vendors(r.Ctx, r.Who)
		return view.Map(all, func(l view.Link) cobra.Completion {
			return choice(l.Vendor, withCurrency(l.Permission(), string(l.Currency)))
		}), err
	case KindKey:
		ring, err := r.Service.Keys(r.Ctx, r.Who)
		return view.Map(ring.Keys, func(k view.Key) cobra.Completion {
			return choice(cmp.Or(k.Name, k.Fingerprint), k.Fingerprint)
		}), err
	case KindAgent:
		all, err := r.Service.Agents(r.Ctx, r.Who)
		all = slices.DeleteFunc(slices.Clone(all), func(a view.Agent) bool { return !a.Ended.IsZero() })
		return view.Map(all, func(a view.Agent) cobra.Completion { return choice(a.Name, a.Fingerprint) }), err
	case KindBrowser:
		ring, err := r.Service.Keys(r.Ctx, r.Who)
		return view.Map(ring.Browsers, func(b view.Browser) cobra.Completion { return choice(b.ID, b.Vendor) }), err
	case KindView:
		return view.Map(r.Me.Views, func(v view.SavedView) cobra.Completion { return choice(v.Name, v.Filter) }), nil
	case KindRow:
		return r.rows("")
	case KindPurchase:
		return r.rows("purchase")
	case KindTransfer: // to take it back: the others are over
		all, err := r.Service.Transfers(r.Ctx, r.Who)
		all = slices.DeleteFunc(slices.Clone(all), func(t view.Transfer) bool { return t.State != ledger.TransferSent })
		return view.Map(all, func(t view.Transfer) cobra.Completion {
			return choice(t.ID, t.Amount.String()+" "+t.State.Words())
		}), err
	case KindOwnDispute:
		all, err := r.Service.Disputes(r.Ctx, r.Who)
		return view.Map(all, func(d view.Dispute) cobra.Completion {
			return choice(d.ID, d.Title+", "+d.Amount.String()+" "+d.State.Words())
		}), err
	case KindDeposit: // to cancel it
		all, err := r.Service.Deposits(r.Ctx, r.Who, view.Paging{})
		all = slices.DeleteFunc(slices.Clone(all), func(d view.Deposit) bool { return !d.ForPayer() })
		return view.Map(all, func(d view.Deposit) cobra.Completion {
			return choice(d.ID, d.Amount.String()+" by "+d.Method)
		}), err
	case KindBank, KindMandate:
		return r.knownOfBanks(k)
	case KindRedemption, KindRedemptions:
		return r.knownRedemptions()
	case KindRequest:
		all, err := r.Service.Pending(r.Ctx, r.Who)
		return view.Map(all, func(a view.Approval) cobra.Completion {
			return choice(a.Code, a.Vendor+": "+a.Subject()+", "+a.Wanted())
		}), err
	default:
		return r.knownToStaff(k)
	}
}

// knownToStaff are the values that the service lists for staff only. For other callers it refuses, so nothing is
// completed and no id leaks into a shell.
func (r *Run) knownToStaff(k Kind) ([]cobra.Completion, error) {
	switch k {
	case KindDispute:
		page, err := r.Service.DeskDisputes(r.Ctx, r.Who, view.DeskQuery{})
		return view.Map(page.Data, func(d view.Dispute) cobra.Completion {
			return choice(d.ID, d.Vendor+": "+d.Title+", "+d.Amount.String())
		}), err
	case KindReference:
		page, err := r.Service.DeskDeposits(r.Ctx, r.Who, view.DeskQuery{})
		return view.Map(page.Data, func(d view.Deposit) cobra.Completion {
			return choice(strings.ReplaceAll(d.Reference, " ", ""), d.Amount.String()+" "+d.State.Words())
		}), err
	case KindCaseID:
		page, err := r.Service.DeskQueue(r.Ctx, r.Who, view.TaskQuery{})
		return view.Map(page.Data, func(t view.Task) cobra.Completion {
			return choice(t.ID, t.Kind+": "+t.About+", "+t.Amount.String())
		}), err
	case KindProposal:
		page, err := r.Service.DeskProposals(r.Ctx, r.Who, false, view.Paging{})
		return view.Map(page.Data, func(d view.Deed) cobra.Completion {
			return choice(d.Proposal, d.Act+" "+d.Amount.String()+", by "+d.By)
		}), err
	case KindSetting:
		all, err := r.Service.Policy(r.Ctx, r.Who)
		return view.Map(all, func(s view.Setting) cobra.Completion { return choice(s.Name, s.Help) }), err
	default:
		return nil, nil
	}
}

// rows are the ids of the newest rows of the history, of one kind or of all. Older ones are found with history and
// copied: a list to choose from is short.
func (r *Run) rows(kind string) ([]cobra.Completion, error) {
	page, err := r.Service.History(r.Ctx, r.Who, view.HistoryQuery{Paging: view.Paging{Limit: choicesMax}, Kind: kind})
	return view.Map(page.Data, func(row view.Row) cobra.Completion {
		return choice(row.ID, row.Name()+", "+row.Amount.String()+" "+row.State.Words())
	}), err
}
