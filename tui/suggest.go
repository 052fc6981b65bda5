package tui

import (
	"cmp"
	"slices"
	"strings"
)

// suggest answers at most three commands that may have been meant: those that the words begin, then those whose name is
// near.
func suggest(all []Command, args []string) []string {
	type match struct {
		path string
		far  int
	}
	var found []match
	for _, c := range all {
		words := strings.Fields(c.Path)
		typed := args[:min(len(args), len(words))]
		if len(typed) == 0 {
			continue
		}
		text := strings.ToLower(strings.Join(typed, " "))
		switch d := distance(text, c.Path); {
		case strings.HasPrefix(c.Path, text+" "), len(words) > 1 && words[len(words)-1] == text, len(text) > 1 && strings.HasPrefix(c.Path, text):
			found = append(found, match{c.Path, 0})
		case d <= 1+len(c.Path)/4 && d < len(c.Path)/2+1:
			found = append(found, match{c.Path, d - 2*(len(typed)-1)}) // more words alike weigh more
		}
	}
	slices.SortStableFunc(found, func(a, b match) int { return cmp.Compare(a.far, b.far) })
	var paths []string
	for _, m := range found[:min(3, len(found))] {
		paths = append(paths, m.path)
	}
	return paths
}

// nearest is the name at the smallest distance, "" if none is near.
func nearest(text string, names []string) string {
	best, least := "", 3
	for _, n := range names {
		if d := distance(text, n); d < least && d < len(n) {
			best, least = n, d
		}
	}
	return best
}

// distance counts the insertions, deletions, changes and swaps of neighbours that turn one word into another
// (optimal string alignment). Words longer than a command are never near.
func distance(a, b string) int {
	if len(a) > 40 || len(b) > 40 {
		return max(len(a), len(b))
	}
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
