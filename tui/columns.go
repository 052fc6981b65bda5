package tui

// columns puts two blocks next to each other, the second from a column on.
func columns(left, right []line, column int) []line {
	out := make([]line, max(len(left), len(right)))
	for i := range out {
		var l line
		if i < len(left) {
			l = left[i]
		}
		if i < len(right) {
			l = append(l.fit(column), right[i]...)
		}
		out[i] = l
	}
	return out
}
