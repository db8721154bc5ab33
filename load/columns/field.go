package columns

import (
	"reflect"
	"unsafe"
)

// This file is all there is of unsafe in the package: reading fields by their
// offsets, which reflection knows, is a tenth of the cost of reflection.

// rows are row structs of whatever type, one after the other in memory.
type rows struct {
	base unsafe.Pointer
	n    int
	size uintptr
}

// rowsOf takes a slice of structs of the layout's type.
func (l *Layout) rowsOf(slice reflect.Value) rows {
	if slice.Type().Elem() != l.row {
		panic("rows of " + slice.Type().String() + " instead of " + l.row.String())
	}
	return rows{base: slice.UnsafePointer(), n: slice.Len(), size: l.row.Size()}
}

// blockRows is how many rows are taken apart at once, of one call or of many:
// so many that a column, with its dictionary, is fetched into the processor's
// cache for several values, and so few that the rows stay in it for all columns.
// It isn't part of the bytes.
const blockRows = 64

// block is rows that are taken apart at once, wherever they lie.
type block struct {
	n    int
	rows [blockRows]unsafe.Pointer
}

// add adds up to n rows from a row on, and returns how many have found room.
func (b *block) add(r rows, from, n int) int {
	if from < 0 || n < 0 || from+n > r.n {
		panic("rows out of range")
	}
	n = min(n, blockRows-b.n)
	for i := range n {
		b.rows[b.n+i] = unsafe.Add(r.base, uintptr(from+i)*r.size)
	}
	b.n += n
	return n
}

// texts reads a column's strings of n rows from a row on, nil for NULL. That
// this and words are loops that do nothing else lets the processor fetch the
// next value while it waits for one.
func (b *block) texts(l *leaf, from, n int, to *[blockRows]*string) {
	for i, row := range b.rows[from : from+n] {
		p := unsafe.Add(row, l.offset)
		if l.pointer {
			to[i] = *(**string)(p)
		} else {
			to[i] = (*string)(p)
		}
	}
}

// words reads a column's values of n rows from a row on as the eight bytes that
// stand for them in a file, one after the other without the NULLs. It returns
// how many there are, and a bit for each row that has one, from the lowest on.
func (b *block) words(l *leaf, from, n int, to *[blockRows]uint64) (values int, present uint64) {
	for i, row := range b.rows[from : from+n] {
		p := unsafe.Add(row, l.offset)
		if l.pointer {
			if p = *(*unsafe.Pointer)(p); p == nil {
				continue
			}
		}
		to[values%blockRows] = word(l.kind, p)
		values++
		present |= 1 << i
	}
	return values, present
}

// list returns the elements that a row has of a list.
func (b *block) list(l *leaf, row int) (elements field, null bool) {
	header := *(*[]byte)(unsafe.Add(b.rows[:b.n][row], l.offset)) // of any type: only data and length are looked at
	if header == nil {
		return field{}, true
	}
	if len(header) == 0 {
		return field{}, false
	}
	return field{base: unsafe.Add(unsafe.Pointer(unsafe.SliceData(header)), l.element), n: len(header), size: l.size, pointer: l.pointer}, false
}

// field is a field of the elements of a list, or of one row.
type field struct {
	base    unsafe.Pointer
	n       int
	size    uintptr
	pointer bool
}

// field returns a row's value of a column that is no list.
func (b *block) field(l *leaf, row int) field {
	return field{base: unsafe.Add(b.rows[:b.n][row], l.offset), n: 1, pointer: l.pointer}
}

// at returns where the i-th value is, nil for NULL.
func (f *field) at(i int) unsafe.Pointer {
	if uint(i) >= uint(f.n) {
		panic("field out of range")
	}
	p := unsafe.Add(f.base, uintptr(i)*f.size)
	if f.pointer {
		return *(*unsafe.Pointer)(p)
	}
	return p
}

// text returns the i-th string, nil for NULL.
func (f *field) text(i int) *string { return (*string)(f.at(i)) }

// word returns the i-th value as the eight bytes that stand for it in a file;
// false for NULL.
func (f *field) word(k kind, i int) (uint64, bool) {
	p := f.at(i)
	if p == nil {
		return 0, false
	}
	return word(k, p), true
}

// word reads an int64, a float64 or a bool.
func word(k kind, p unsafe.Pointer) uint64 {
	if k != boolean {
		return *(*uint64)(p)
	}
	if *(*bool)(p) {
		return 1
	}
	return 0
}

// stringBytes returns the bytes of a string, which must not be changed.
func stringBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
