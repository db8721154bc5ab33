package columns

// blockBytes is large enough to be written at once, and small enough that the
// last one of each column is no great waste.
const blockBytes = 16 << 10

// blocks are bytes in pieces, which grow without being moved and come from
// those that the writer has left.
type blocks struct {
	full [][]byte
	last []byte
	size int64
}

func (b *blocks) append(w *Writer, data []byte) {
	b.size += int64(len(data))
	for len(data) > 0 {
		if len(b.last) == cap(b.last) {
			b.next(w)
		}
		n := min(len(data), cap(b.last)-len(b.last))
		b.last = append(b.last, data[:n]...)
		data = data[n:]
	}
}

func (b *blocks) next(w *Writer) {
	if b.last != nil {
		b.full = append(b.full, b.last)
	}
	if n := len(w.spare); n > 0 {
		b.last, w.spare = w.spare[n-1], w.spare[:n-1]
		return
	}
	b.last = make([]byte, 0, blockBytes)
}

// put writes all of it, and gives the blocks back.
func (b *blocks) put(w *Writer) error {
	if b.last != nil {
		b.full = append(b.full, b.last)
	}
	for _, block := range b.full {
		if err := w.put(block); err != nil {
			return err
		}
		w.spare = append(w.spare, block[:0])
	}
	b.full, b.last, b.size = b.full[:0], nil, 0
	return nil
}
