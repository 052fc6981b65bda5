package command

import (
	"encoding/base64"
	"fmt"
	"strings"

	"tuppence/server/ledger"
	"tuppence/server/view"
)

// readingWidth is the widest line of a text that is read, in cells.
const readingWidth = 72

// libraryCommands open what was bought, without the site of its vendor (claim 25).
func libraryCommands() []Command {
	return []Command{
		{
			Path: "library", Help: "list what you bought and can open, with what is left of it", Role: ledger.RoleUser,
			Long: "Listing counts no view. Open one with: open ID. As files they are in library of: sftp HOST",
			Inputs: []Input{
				pageSize(), option("cursor", KindCursor, "go on after the page that ended with this"),
			},
			JSON: view.Page[view.LibraryItem]{}, Run: runLibrary,
		},
		{
			Path: "open", Help: "open what you bought; this counts a view", Role: ledger.RoleUser, Key: "history:o",
			Long: "It comes from the copy that the vendor has left here, or else from the site of the vendor, who learns\n" +
				"nothing but that it was opened. Opened again within five minutes it is the same view. --raw gives the\n" +
				"exact bytes, as the vendor made them: send them into a file.",
			Inputs: []Input{arg(KindPurchase), on("raw", "print the exact bytes, for a file")},
			JSON:   view.Opened{}, Run: runOpen,
		},
		{
			Path: "get", Help: "get content by its address, and buy it first if you have not", Role: ledger.RoleUser,
			Long: "The page of a vendor says what sells it; the wallet pays within its limits, and only for what comes.\n" +
				"Into a file or a pipe go the exact bytes: ssh HOST get URL > FILE. In a terminal it is a text.",
			Inputs: []Input{
				arg(KindContent), option("max", KindPrice, "pay at most this"), on("raw", "print the exact bytes, for a file"),
			},
			JSON: view.Got{}, Run: runGet,
		},
	}
}

func runLibrary(r *Run) error {
	limit, err := r.limit()
	if err != nil {
		return err
	}
	p, err := r.Service.Library(r.Ctx, r.Who, view.Paging{Limit: limit, Before: view.Cursor(r.flag("cursor"))})
	return answerPage(r, p, err, "Nothing to open. What you buy appears here.", view.LibraryTable)
}

// runOpen refuses bytes for a terminal before the view is counted: a vendor has made them.
func runOpen(r *Run) error {
	raw := r.on("raw") && !r.on("json")
	if raw && (r.live == nil || r.Options.Width != nil && r.Options.Width() > 0) {
		return r.misuse("These bytes are not for a terminal: ssh HOST open %s --raw > FILE", typed(r.Args[0]))
	}
	v, err := r.Service.OpenContent(r.Ctx, r.Who, r.Args[0])
	if err != nil {
		return err
	}
	if !raw {
		return r.answer(v, func(s *textWriter) { s.opened(v) })
	}
	content, err := base64.StdEncoding.DecodeString(v.Content)
	if err != nil {
		return err
	}
	return r.answerFile(v, file{bytes: content, binary: true})
}

// runGet gives bytes to whoever is no terminal.
func runGet(r *Run) error {
	screen := r.live == nil || r.Options.Width != nil && r.Options.Width() > 0
	raw := !r.on("json") && (!screen || r.on("raw"))
	if raw && screen {
		return r.misuse("These bytes are not for a terminal: ssh HOST get %s > FILE", typed(r.Args[0]))
	}
	q := view.Get{Of: r.Args[0]}
	if r.flag("max") != "" {
		most, err := r.price("max")
		if err != nil {
			return err
		}
		q.Max = &most
	}
	v, err := r.Service.Get(r.Ctx, r.Who, q)
	if err != nil {
		return err
	}
	if !raw {
		return r.answer(v, func(s *textWriter) {
			if v.Paid.Micros > 0 {
				s.line("Paid " + v.Paid.String() + ".")
			}
			s.opened(v.Opened)
		})
	}
	content, err := base64.StdEncoding.DecodeString(v.Content)
	if err != nil {
		return err
	}
	return r.answerFile(v, file{bytes: content, binary: true})
}

// opened is content as a text, with where it is from and what is left.
func (s *textWriter) opened(v view.Opened) {
	s.line(v.Title)
	s.line(v.Vendor + ", " + v.Grant.Left(s.format()))
	s.gap()
	if v.Text == "" {
		s.line(fmt.Sprintf("This is %s of %d bytes, which no terminal shows.", v.Type, v.Size))
		s.line("Keep it: ssh HOST open " + v.ID + " --raw > FILE")
		return
	}
	for paragraph := range strings.SplitSeq(v.Text, "\n") {
		switch {
		case paragraph == "":
			s.gap()
		case !s.fit || s.plain || s.record != nil:
			s.line(paragraph)
		default:
			for _, l := range view.Wrap(view.Clean(paragraph), min(s.width, readingWidth)) {
				s.out.WriteString(strings.TrimRight(l, " ") + "\n")
			}
		}
	}
}
