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

// slice returns n rows from the i-th on.
func (r rows) slice(i, n int) rows {
	if i < 0 || n < 0 || i+n > r.n {
		panic("rows out of range")
	}
	r.base, r.n = unsafe.Add(r.base, uintptr(i)*r.size), n
	return r
}

// field is a field of rows, or of the elements of a list.
type field struct {
	base    unsafe.Pointer
	n       int
	size    uintptr
	pointer bool
}

// field returns the values of a column that is no list.
func (r rows) field(l *leaf) field {
	if r.n == 0 {
		return field{}
	}
	return field{base: unsafe.Add(r.base, l.offset), n: r.n, size: r.size, pointer: l.pointer}
}

// list returns the elements that a row has of a list.
func (r rows) list(l *leaf, row int) (elements field, null bool) {
	if row < 0 || row >= r.n {
		panic("row out of range")
	}
	header := *(*[]byte)(unsafe.Add(r.base, uintptr(row)*r.size+l.offset)) // of any type: only data and length are looked at
	if header == nil {
		return field{}, true
	}
	if len(header) == 0 {
		return field{}, false
	}
	return field{base: unsafe.Add(unsafe.Pointer(unsafe.SliceData(header)), l.element), n: len(header), size: l.size, pointer: l.pointer}, false
}

// at returns the i-th value, nil for NULL.
func at[T any](f *field, i int) *T {
	if uint(i) >= uint(f.n) {
		panic("field out of range")
	}
	p := unsafe.Add(f.base, uintptr(i)*f.size)
	if f.pointer {
		return *(**T)(p)
	}
	return (*T)(p)
}

// word returns the i-th value as the eight bytes that stand for it in a file;
// false for NULL.
func (f *field) word(k kind, i int) (uint64, bool) {
	if k == boolean {
		v := at[bool](f, i)
		if v == nil {
			return 0, false
		}
		if *v {
			return 1, true
		}
		return 0, true
	}
	v := at[uint64](f, i) // an int64 or a float64
	if v == nil {
		return 0, false
	}
	return *v, true
}

// stringBytes returns the bytes of a string, which must not be changed.
func stringBytes(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }

// sameString tells whether two strings are the same memory.
func sameString(a, b *string) bool {
	return unsafe.StringData(*a) == unsafe.StringData(*b) && len(*a) == len(*b)
}
