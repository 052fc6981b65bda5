package ledger

import (
	"slices"
	"strings"
)

// SavedView is how a person wants to see a list again.
type SavedView struct {
	Name    string
	Place   string // the list: history, vendors
	Filter  string // what is looked for, "" for all
	Sort    string // the column by which it is sorted, "" as it comes
	Columns string // those that are shown, divided by commas; "" for all
}

// Bounds of what a person may save. All of it is read with the person.
const (
	MaxViews    = 20
	maxViewName = 40 // characters
	maxViewText = 200
)

// ViewPlaces are the lists of which a view can be saved.
var ViewPlaces = []string{"history", "accounts", "limits", "vendors", "disputes"}

// WithView is the person with one more view, in the place of one with the same name. It refuses with ErrInvalid a name
// that is none and texts that are too long, and with ErrState a view too many.
func (u User) WithView(v SavedView) (User, error) {
	name := CleanLine(v.Name, maxViewName+1)
	switch {
	case name == "":
		return u, Invalid("name", "Choose one of at most 40 characters.", "A view needs a name.")
	case len([]rune(name)) > maxViewName:
		return u, Invalid("name", "Shorten it.", "The name of a view has at most 40 characters.")
	case !slices.Contains(ViewPlaces, v.Place):
		return u, Invalid("place", "Name one of: "+strings.Join(ViewPlaces, ", ")+".", "There is no such list.")
	}
	v.Name = name
	for _, text := range []*string{&v.Filter, &v.Sort, &v.Columns} {
		clean := CleanLine(*text, maxViewText+1)
		if len(clean) > maxViewText {
			return u, Invalid("view", "Shorten it.", "A filter and the columns of a view have at most 200 bytes each.")
		}
		*text = clean
	}
	all := slices.DeleteFunc(slices.Clone(u.Views), func(had SavedView) bool { return had.Name == name })
	if len(all) >= MaxViews {
		return u, Refuse(ErrState, "Drop one first: views drop NAME.", "%d views are kept at most.", MaxViews)
	}
	u.Views = append(all, v)
	return u, nil
}

// WithoutView is the person without a view. It refuses with ErrNotFound a name that none has.
func (u User) WithoutView(name string) (User, error) {
	left := slices.DeleteFunc(slices.Clone(u.Views), func(v SavedView) bool { return v.Name == name })
	if len(left) == len(u.Views) {
		return u, Refuse(ErrNotFound, "Type: views, to see them.", "No view is called %q.", CleanLine(name, maxViewName))
	}
	u.Views = left
	return u, nil
}
