package command

import (
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// shopKeyCommands are about the keys with which the server of a vendor calls.
func shopKeyCommands() []Command {
	return []Command{
		{
			Path: "shop keys", Help: "list the API keys of your vendor, without their secrets", Role: ledger.RoleVendor,
			Long: "A full key may do all, and is the operator's to make. A restricted one does what its scopes say.\n" +
				"Keys that are over are listed for 30 days.",
			JSON: view.Page[view.APIKey]{}, Run: runShopKeys,
		},
		{
			Path: "shop key add", Help: "make a restricted API key, which is printed once", Role: ledger.RoleVendor,
			Long: "A scope is a resource with read or write; write includes read. Resources:\n" +
				strings.Join(ledger.Resources, ", ") + ".\n" +
				"vendor is the profile with its balances and sites, settlements has the balances, too.",
			Inputs: []Input{
				arg(KindAPIKeyName), option("scope", KindScopes, "what it may do, with commas between").needed(),
				option("days", KindCount, "after which it is over; left out: never"),
				option("from", KindNetworks, "where it may be used from, with commas between; left out: everywhere"),
			},
			JSON: view.APIKey{}, Run: runShopKeyAdd,
		},
		{
			Path: "shop key roll", Help: "give a restricted API key a new secret, which is printed once",
			Role: ledger.RoleVendor, Moves: true,
			Long: "The old secret works too for a while, so that your server can be changed without a gap. The new one has\n" +
				"the same scopes, networks and end. Without --yes the command only says what would happen.",
			Inputs: []Input{
				arg(KindAPIKey), option("overlap", KindDuration, "how long the old one works, at most 24h; without it 24h"),
			},
			JSON: view.APIKey{}, Run: runShopKeyRoll,
		},
		{
			Path: "shop key end", Help: "end a restricted API key at once", Role: ledger.RoleVendor, Moves: true,
			Long:   "By its name it ends with all its old secrets. Without --yes the command only says what would happen.",
			Inputs: []Input{arg(KindAPIKey)}, JSON: view.APIKey{}, Run: runShopKeyEnd,
		},
	}
}

func runShopKeys(r *Run) error {
	all, err := r.Service.ShopKeys(r.Ctx, r.Who)
	return answerPage(r, view.All(all), err, "There is no key.", view.APIKeyTable)
}

// commas are the parts of a flag between commas.
func (r *Run) commas(name string) []string {
	return strings.FieldsFunc(r.flag(name), func(c rune) bool { return c == ',' || c == ' ' })
}

func runShopKeyAdd(r *Run) error {
	q := view.APIKeyOrder{Name: r.Args[0], Scopes: r.commas("scope"), From: r.commas("from")}
	if r.Flags.Changed("days") {
		var err error
		if q.Days, err = r.Flags.GetInt("days"); err != nil || q.Days < 1 {
			return r.misuse("--days is a number such as 30.")
		}
	}
	k, err := r.Service.ShopKeyAdd(r.Ctx, r.Who, q)
	return r.answerSecret(k, err)
}

// answerSecret prints a key with its secret, once.
func (r *Run) answerSecret(k view.APIKey, err error) error {
	return r.answerOf(k, err, func(s *textWriter) {
		s.facts("", k.Facts(s.format())...)
		s.gap()
		s.line("Secret, shown this once: " + k.Secret)
	})
}

// apiKey finds the live restricted key that the first word names.
func (r *Run) apiKey() (view.APIKey, error) {
	all, err := r.Service.ShopKeys(r.Ctx, r.Who)
	if err != nil {
		return view.APIKey{}, err
	}
	for _, k := range all {
		if len(k.Scopes) > 0 && k.Status == "live" && (k.Name == r.Args[0] || k.Hint == r.Args[0]) {
			return k, nil
		}
	}
	return view.APIKey{}, ledger.Refuse(ledger.ErrNotFound, "See: shop keys",
		"There is no key %s that can be changed.", typed(r.Args[0]))
}

func runShopKeyRoll(r *Run) error {
	overlap, err := r.Flags.GetDuration("overlap")
	if err != nil {
		return err
	}
	if !r.Flags.Changed("overlap") {
		overlap = 24 * time.Hour
	}
	if r.Yes {
		return r.answerSecret(r.Service.ShopKeyRoll(r.Ctx, r.Who, r.Args[0], overlap))
	}
	k, err := r.apiKey()
	if err != nil {
		return err
	}
	return confirm(r.again(), "", "This would give the key %s a new secret. Your server has to know it.", k.Name)
}

func runShopKeyEnd(r *Run) error {
	if r.Yes {
		return r.answerFacts(r.Service.ShopKeyEnd(r.Ctx, r.Who, r.Args[0]))
	}
	k, err := r.apiKey()
	if err != nil {
		return err
	}
	return confirm(r.again(), "", "This would end the key %s (%s), at once.", k.Name, k.Hint)
}
