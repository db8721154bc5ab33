package graphsim

import (
	"encoding/hex"
	"math/rand/v2"
)

// Random choices use integers only: floating point may differ in the last bit
// between processors, and equal seeds must give equal bytes everywhere.

// mix spreads the bits of x (the finalizer of SplitMix64), so that neighbouring
// seeds and indexes give unrelated numbers.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// guid returns a random GUID in the form of version 4.
func guid(r *rand.Rand) string {
	a, b := r.Uint64(), r.Uint64()
	raw := [16]byte{
		byte(a), byte(a >> 8), byte(a >> 16), byte(a >> 24),
		byte(a >> 32), byte(a >> 40), byte(a>>48)&0x0f | 0x40, byte(a >> 56),
		byte(b)&0x3f | 0x80, byte(b >> 8), byte(b >> 16), byte(b >> 24),
		byte(b >> 32), byte(b >> 40), byte(b >> 48), byte(b >> 56),
	}
	var s [36]byte
	hex.Encode(s[:8], raw[:4])
	hex.Encode(s[9:13], raw[4:6])
	hex.Encode(s[14:18], raw[6:8])
	hex.Encode(s[19:23], raw[8:10])
	hex.Encode(s[24:], raw[10:])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}

// chance is true in percent of 100 cases.
func chance(r *rand.Rand, percent uint32) bool { return r.Uint32N(100) < percent }

// pick returns one of the given values.
func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// between returns a number from low to high, both included.
func between(r *rand.Rand, low, high int64) int64 { return low + r.Int64N(high-low+1) }

// tailed returns a number from low up to limit whose chance to reach twice a
// value is percent of 100 of the chance to reach that value: a Pareto tail.
func tailed(r *rand.Rand, low, limit int64, percent uint32) int64 {
	for chance(r, percent) && low < limit {
		low *= 2
	}
	return min(low+r.Int64N(low), limit)
}
