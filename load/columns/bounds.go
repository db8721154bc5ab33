package columns

import (
	"math"

	"github.com/parquet-go/parquet-go"
)

// wordBounds are the least and the most of the words that were looked at, by
// the order of their kind.
type wordBounds struct {
	kind      kind
	seen      bool
	low, high uint64
}

func (b *wordBounds) look(v uint64) {
	// What is not a number is in no order, and no bound.
	if b.kind == double && math.IsNaN(math.Float64frombits(v)) {
		return
	}
	if !b.seen {
		b.low, b.high, b.seen = v, v, true
		return
	}
	if b.less(v, b.low) {
		b.low = v
	}
	if b.less(b.high, v) {
		b.high = v
	}
}

func (b *wordBounds) less(x, y uint64) bool {
	if b.kind == double {
		return math.Float64frombits(x) < math.Float64frombits(y)
	}
	return int64(x) < int64(y)
}

// values returns the bounds as the format wants them: a zero is the lower one
// of the two as a lower bound, and the higher one as an upper bound.
func (b *wordBounds) values() (least, most parquet.Value) {
	if b.kind != double {
		return wordValue(b.kind, b.low), wordValue(b.kind, b.high)
	}
	low, high := math.Float64frombits(b.low), math.Float64frombits(b.high)
	switch {
	case !b.seen:
		low, high = math.NaN(), math.NaN()
	case low == 0:
		low = math.Copysign(0, -1)
	}
	if high == 0 {
		high = 0
	}
	return parquet.DoubleValue(low), parquet.DoubleValue(high)
}

func wordValue(k kind, v uint64) parquet.Value {
	switch k {
	case boolean:
		return parquet.BooleanValue(v != 0)
	case integer:
		return parquet.Int64Value(int64(v))
	default:
		return parquet.DoubleValue(math.Float64frombits(v))
	}
}
