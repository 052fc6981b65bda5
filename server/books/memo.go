package books

import "sync"

// maxMemo bounds a [Memo], in records.
const maxMemo = 1 << 15

// Memo keeps the rows of records that every sale reads, so that the same bytes are not decoded again and again: the
// buyer, the vendor and its offer, the policy, wallet, link and till. A row is used only for the very bytes it was made
// from, whoever wrote them, so a Memo can never be out of date. A nil Memo remembers nothing.
type Memo struct {
	mu   sync.Mutex
	rows map[string]memorized // by key
}

type memorized struct {
	record string
	row    any
}

// recall answers the row of a record.
func (m *Memo) recall(key, record []byte) (row any, found bool) {
	if m == nil {
		return nil, false
	}
	m.mu.Lock()
	had := m.rows[string(key)]
	m.mu.Unlock()
	return had.row, had.row != nil && had.record == string(record)
}

// memorize remembers the row of a record.
func (m *Memo) memorize(key, record []byte, row any) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.rows == nil || len(m.rows) >= maxMemo {
		m.rows = map[string]memorized{} // what is still needed comes back at once
	}
	m.rows[string(key)] = memorized{string(record), row}
}

// loadHot is load for the records of a [Memo].
func loadHot[T, R any](r Reader, k []byte, f form[T, R]) (v T, found bool, err error) {
	b, found, err := r.get(k)
	if err != nil || !found {
		return v, false, err
	}
	if row, known := r.memo.recall(k, b); known {
		return f.unpack(row.(R)), true, nil // a key has one form
	}
	row, err := f.read(k, b)
	if err != nil {
		return v, false, err
	}
	r.memo.memorize(k, b, row)
	return f.unpack(row), true, nil
}

// putHot is put for the records of a [Memo].
func putHot[T, R any](t Tx, k []byte, f form[T, R], v T) error {
	row := f.pack(v)
	b := f.write(row)
	t.memo.memorize(k, b, row)
	return t.tx.Set(k, b)
}
