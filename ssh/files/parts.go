package files

// mostParts is how many parts of an upload may lie apart: clients send some dozen at once.
const mostParts = 256

// part is bytes from the first to before the second.
type part [2]int

// parts are what has come of a file. No two of them touch.
type parts []part

// with adds a part.
func (all parts) with(from, to int) parts {
	if from == to {
		return all
	}
	out := all[:0]
	for _, p := range all {
		if p[1] < from || p[0] > to {
			out = append(out, p)
			continue
		}
		from, to = min(from, p[0]), max(to, p[1])
	}
	return append(out, part{from, to})
}

// below leaves what is before a size.
func (all parts) below(size int) parts {
	out := all[:0]
	for _, p := range all {
		if p[1] = min(p[1], size); p[0] < p[1] {
			out = append(out, p)
		}
	}
	return out
}

// whole reports whether all of so many bytes have come.
func (all parts) whole(size int) bool {
	return size == 0 && len(all) == 0 || len(all) == 1 && all[0] == part{0, size}
}
