package server

import (
	"strings"
	"time"

	"tuppence/server/view"
)

// deskWalk bounds how many rows of a queue one page looks at; a search goes on from there.
const deskWalk = 1000

// deskPage makes a page of a queue that more reads in its order, behind a row: those rows that show lets through. place
// is the cursor of a row and its date. A page ends with the row that it has looked at last, so the next one begins
// behind it, whatever has left the queue meanwhile.
func deskPage[T, V any](
	q view.DeskQuery, behind T, more func(behind T, limit int) ([]T, error),
	show func(T) (one V, shown bool, err error), place func(T) (view.Cursor, time.Time),
) (page view.Page[V], err error) {
	for looked := 0; ; {
		rows, err := more(behind, duePage)
		if err != nil {
			return page, err
		}
		for i, row := range rows {
			one, shown, err := show(row)
			if err != nil {
				return page, err
			}
			if shown {
				page.Data = append(page.Data, one)
			}
			looked, behind = looked+1, row
			last := i == len(rows)-1 && len(rows) < duePage
			switch cursor, at := place(row); {
			case last:
			case len(page.Data) == q.Rows():
				page.Next = cursor
				return page, nil
			case looked == deskWalk:
				page.Next, page.Searched = cursor, view.At(at)
				return page, nil
			}
		}
		if len(rows) < duePage {
			return page, nil
		}
	}
}

// holds tells whether one of the texts of a row has what is searched for, in any case; nothing is in every row.
func holds(search string, texts ...string) bool {
	search = strings.ToLower(strings.TrimSpace(search))
	for _, t := range texts {
		if strings.Contains(strings.ToLower(t), search) {
			return true
		}
	}
	return search == ""
}
