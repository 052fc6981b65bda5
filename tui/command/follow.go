package command

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"tuppence/server/view"
)

// followFlag is the flag of a list that can be followed.
func followFlag() Input {
	return on("follow", "print each row that comes or changes its state, until you end it")
}

// Follows tells whether a command line prints until its client ends it.
func Follows(args []string) bool {
	if i := slices.Index(args, "--"); i >= 0 {
		args = args[:i]
	}
	listens := len(args) > 1 && args[0] == "shop" && args[1] == "listen" && !slices.Contains(args, "--help")
	return listens || slices.Contains(args, "--follow") || slices.Contains(args, "--follow=true")
}

// Bounds of what is asked for when something has changed: rows of a page, and pages until a row is known.
const (
	followRows  = 100
	followPages = 10
)

// feed is a list that can be followed, newest rows first.
type feed[T any] struct {
	page  func(view.Paging) (view.Page[T], error)
	name  func(T) (id string, state view.State)
	table func([]T, view.Format) view.Table
	// watch wakes it, nil for what wakes its wallet.
	watch func(context.Context, view.Caller) (<-chan view.Wake, error)
	// pace is the time between two looks, 0 for a list in which a person is the only one that acts.
	pace time.Duration
}

// follow prints what is new in a list since the call began, oldest first: a line of text, or with --json a line of
// JSON. A row that stands in another state is new again. It ends with the session, or with a fault. What was there
// before is known from one page; a change of an older row is not seen.
func follow[T any](r *Run, f feed[T]) error {
	if r.live == nil {
		return r.misuse("--follow prints as it comes, and here the whole answer is printed at once.")
	}
	if len(r.Args) > 0 {
		return r.misuse("--follow prints the whole list, not one row of it.")
	}
	for _, other := range []string{"csv", "cursor", "wait", "limit"} {
		if flag := r.Flags.Lookup(other); flag != nil && flag.Changed {
			return r.misuse("--follow and --%s do not go together.", other)
		}
	}
	// Asked before the list, so that what comes in between is not missed.
	if f.watch == nil {
		f.watch = r.Service.Watch
	}
	woken, err := f.watch(r.Ctx, r.Who)
	if err != nil {
		return err
	}
	first, err := f.page(view.Paging{Limit: followRows})
	if err != nil {
		return err
	}
	known := f.names(first.Data)
	for {
		if err := f.rest(r.Ctx); err != nil {
			return err
		}
		select {
		case <-r.Ctx.Done():
			return r.Ctx.Err()
		case w, open := <-woken:
			if !open {
				return r.Ctx.Err()
			}
			if !w.Anything() {
				continue
			}
		}
		all, err := f.since(known)
		if err != nil {
			return err
		}
		for _, row := range slices.Backward(all) {
			if !known[f.key(row)] {
				if err := r.printRow(row, f.table([]T{row}, view.Format{Zone: ZoneOf(r.Me.Zone)})); err != nil {
					return err
				}
			}
		}
		known = f.names(all)
	}
}

// rest waits until the list may be asked for again.
func (f feed[T]) rest(ctx context.Context) error {
	if f.pace == 0 {
		return nil
	}
	t := time.NewTimer(f.pace)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}

// since returns the newest rows: one page, and more pages as long as nothing on them is known.
func (f feed[T]) since(known map[string]bool) (all []T, err error) {
	var before view.Cursor
	for range followPages {
		p, err := f.page(view.Paging{Limit: followRows, Before: before})
		if err != nil {
			return nil, err
		}
		all = append(all, p.Data...)
		isKnown := func(row T) bool { return known[f.key(row)] }
		if p.Next == "" || slices.ContainsFunc(p.Data, isKnown) || len(known) == 0 {
			break
		}
		before = p.Next
	}
	return all, nil
}

// names are the rows that are known.
func (f feed[T]) names(rows []T) map[string]bool {
	known := make(map[string]bool, len(rows))
	for _, row := range rows {
		known[f.key(row)] = true
	}
	return known
}

// key tells a row apart in its state.
func (f feed[T]) key(row T) string {
	id, state := f.name(row)
	return id + " " + string(state)
}

// printRow prints one row at once. Columns cannot stand under each other where the next row is not known.
func (r *Run) printRow(row any, t view.Table) error {
	var cells []string
	for _, c := range t.ForeignLast().Rows[0] {
		if cell := view.Clean(c.Text); cell != "" {
			cells = append(cells, cell)
		}
	}
	return r.printLine(row, cells)
}

// printLine prints a line at once: words, or with --json an object.
func (r *Run) printLine(row any, words []string) error {
	text, err := strings.Join(words, "  ")+"\n", error(nil)
	if r.on("json") {
		text, err = jsonIndented(row, "")
	}
	if err == nil {
		_, err = io.WriteString(r.live, text)
	}
	if err != nil && r.Ctx.Err() != nil { // the client is gone
		return r.Ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("a row that came: %w", err)
	}
	return nil
}
