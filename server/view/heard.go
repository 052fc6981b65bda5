package view

import "strconv"

// Words are a line of text: when, what, and its id.
func (h Heard) Words(f Format) []string {
	switch {
	case h.Secret != "":
		return []string{"Secret of these events: " + h.Secret}
	case h.Dropped > 0:
		return []string{Plural(h.Dropped, "event") + " passed over: this reader was too slow"}
	}
	return []string{f.Time(*h.At), h.Type, h.ID}
}

// Facts are what became of a sample.
func (t Trigger) Facts(Format) []Fact {
	all := []Fact{{Label: "Event", Value: t.Type}, {Label: "Id", Value: t.ID, Whole: true}}
	if t.Hook != "" {
		return append(all, Fact{Label: "Hook", Value: t.Hook, Whole: true},
			Fact{Label: "Answer", Value: "HTTP " + strconv.Itoa(t.Status)})
	}
	return append(all, Fact{Label: "Told", Value: Plural(t.Told, "listener")})
}
