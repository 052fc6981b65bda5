package command

import (
	"context"
	"strings"
	"time"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// Block is one part of what a command said, for a writer that draws it in its own way; exactly one field is set.
type Block struct {
	Title string      // of the part that follows
	Text  string      // a sentence, or words of a person
	Facts []view.Fact // names and values
	Table *view.Table // a list
	Raw   string      // what is copied as it is: a script, JSON
}

// Blocks returns what the command said in its parts. now makes its times short, as screens show them.
func (r Reply) Blocks(now time.Time) []Block {
	if r.object != "" {
		return []Block{{Raw: r.object}}
	}
	s := &textWriter{width: maxWidth, zone: ZoneOf(r.run.Me.Zone), now: now, record: &[]Block{}}
	r.draw(s)
	return *s.record
}

// keep records a block in place of writing it; it returns whether it did.
func (s *textWriter) keep(b Block) bool {
	if s.record != nil {
		*s.record = append(*s.record, b)
	}
	return s.record != nil
}

// Suggestion is one way how a command line may go on.
type Suggestion struct {
	Value   string // the whole word
	Meaning string // one fact that helps to choose; may be empty
}

// Suggest returns how the last word of a line that is being typed may go on, as a shell's completion does. Values that
// only the service knows, as ids and vendors, are asked for; secrets are never among them.
func Suggest(ctx context.Context, svc Service, who view.Caller, words []string, o Options) ([]Suggestion, error) {
	run := &Run{Ctx: ctx, Service: svc, Who: who, In: strings.NewReader(""), Options: o.filled()}
	var err error
	if run.Me, err = svc.WhoAmI(ctx, who); err != nil {
		return nil, err
	}
	if err := run.complete(words); err != nil {
		return nil, err
	}
	lines, _ := run.result.([]string)
	var out []Suggestion
	for _, l := range lines {
		value, meaning, _ := strings.Cut(l, "\t")
		if value != "" && !strings.HasPrefix(value, ":") {
			out = append(out, Suggestion{value, ledger.CleanLine(meaning, 200)})
		}
	}
	return out, nil
}
