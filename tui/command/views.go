package command

import (
	"slices"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// viewCommands save how a list is looked at, and drop that.
func viewCommands() []Command {
	place := option("place", KindPlace, "the list that it is of").preset("history")
	return []Command{
		{
			Path: "views", Help: "list the views of lists that you saved", Role: ledger.RoleUser,
			Inputs: arrangeInputs(), JSON: view.Page[view.SavedView]{}, Run: runViews,
		},
		{
			Path: "views save", Help: "save a filter, an order and columns under a name", Role: ledger.RoleUser,
			Long: "Show it again with: history --view NAME. A name that is there already is saved anew; there are at most 20.",
			Inputs: append([]Input{arg(KindView), arg(KindFilter).optional().repeated(), place},
				arrangeInputs()...),
			Key: "views:+", JSON: view.SavedView{}, Run: runViewsSave,
		},
		{
			Path: "views drop", Help: "drop a saved view", Role: ledger.RoleUser,
			Key: "views:D views:z", Inputs: []Input{arg(KindView)}, JSON: view.SavedView{}, Run: runViewsDrop,
		},
	}
}

// runViews lists what the person saved.
func runViews(r *Run) error {
	return answerList(r, r.Me.Views, nil, "No saved views. To save one, type: views save NAME FILTER",
		func(all []view.SavedView, _ view.Format) view.Table { return view.SavedViewTable(all) })
}

// runViewsSave checks what it can before it is stored: order and columns are those of the list, and its filter is
// understood.
func runViewsSave(r *Run) error {
	v := view.SavedView{
		Name: r.Args[0], Place: r.flag("place"), Filter: strings.Join(r.Args[1:], " "), Sort: r.flag("sort"),
		Columns: strings.Join(r.columns(), ","),
	}
	if v.Place != "history" && v.Filter != "" {
		return r.misuse("Only the history has a filter.")
	}
	for _, m := range view.ParseFilter(v.Filter, r.Options.Now(), ZoneOf(r.Me.Zone)).Misread {
		return r.misuse("%s is not understood: %s", typed(m.Text), m.Why)
	}
	if v.Place == "history" {
		if _, ok := view.Sorted([]view.Row(nil), r.sorting()); !ok {
			return noColumn[view.Row](r)
		}
	}
	if _, err := r.Service.Settings(r.Ctx, r.Who, view.SettingsChange{SaveView: &v}); err != nil {
		return err
	}
	return r.answer(v, func(s *textWriter) { s.line("Saved. To see it, type: " + showView(v)) })
}

// showView is the command that shows a view.
func showView(v view.SavedView) string {
	list := v.Place
	if list == "accounts" {
		list = "deposits"
	}
	if strings.ContainsRune(v.Name, ' ') {
		return list + ` --view "` + v.Name + `"`
	}
	return list + " --view " + v.Name
}

// runViewsDrop drops one by its name.
func runViewsDrop(r *Run) error {
	name := r.Args[0]
	i := slices.IndexFunc(r.Me.Views, func(v view.SavedView) bool { return v.Name == name })
	if _, err := r.Service.Settings(r.Ctx, r.Who, view.SettingsChange{DropView: name}); err != nil {
		return err
	}
	var v view.SavedView
	if i >= 0 {
		v = r.Me.Views[i]
	}
	return r.answer(v, func(s *textWriter) { s.line("Dropped: " + name + ".") })
}

// viewInput is the flag of a list by which a saved view is shown.
func viewInput() Input { return option("view", KindView, "as it was saved; other flags go before") }

// savedView is the view of this list that was asked for, the zero value for none.
func (r *Run) savedView() (v view.SavedView, err error) {
	if r.Flags.Lookup("view") == nil || r.flag("view") == "" {
		return v, nil
	}
	i := slices.IndexFunc(r.Me.Views, func(v view.SavedView) bool {
		return v.Name == r.flag("view") && v.Place == r.command.Place
	})
	if i < 0 {
		return v, r.misuse("No view of this list is called %q. Type: views, to see them.", typed(r.flag("view")))
	}
	return r.Me.Views[i], nil
}
