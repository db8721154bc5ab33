package gunzip

import "math/bits"

const (
	maxCodeBits = 15

	litBits  = 11 // looked up at once; longer codes take a second look-up
	distBits = 8
	lensBits = 7
)

// A table maps the next bits of a stream to an entry: what their code means.
// An entry has, from its lowest bit:
//
//	8 bits  how many bits the code has, with the extra bits that follow it
//	4 bits  how many bits the code has
//	4 bits  special, second, end, literal
//	16 bits the literal, or the base of the length or distance
//
// An entry that is special and second leads to a part of the table for longer
// codes: the first bits are how many to drop, the next how many to look up
// there, the base is where that part begins. One that is special and neither
// second nor end is no code.
const (
	codeShift = 8
	special   = 1 << 12
	second    = 1 << 13
	end       = 1 << 14
	literal   = 1 << 15
	baseShift = 16

	noCode = special
)

// makeTable makes the table of the canonical code whose symbols have codes of
// the given lengths, 0 for none. It reports false if there is no such code: as
// in compress/flate, one that leaves bits unused is none either, unless it is
// a single code of one bit or has no codes at all.
func makeTable(table []uint32, lengths []uint8, meanings []uint32, tableBits int) ([]uint32, bool) {
	var count, next [maxCodeBits + 1]int
	longest := 0
	for _, n := range lengths {
		count[n]++
		longest = max(longest, int(n))
	}
	count[0] = 0
	code, used := 0, 0
	for n := 1; n <= longest; n++ {
		code <<= 1
		next[n] = code
		code += count[n]
		used += count[n] << (maxCodeBits - n)
	}
	if longest > 0 && used != 1<<maxCodeBits && !(longest == 1 && code == 1) {
		return table, false
	}
	table = append(table[:0], make([]uint32, 1<<tableBits)...)
	if used != 1<<maxCodeBits {
		for i := range table {
			table[i] = noCode
		}
	}
	// The codes that begin with the same tableBits bits share a part of the
	// table, large enough for the longest of them.
	if longest > tableBits {
		var most [1 << litBits]uint8
		for n := tableBits + 1; n <= longest; n++ {
			for code := next[n]; code < next[n]+count[n]; code++ {
				most[reversed(code, n)&(1<<tableBits-1)] = uint8(n - tableBits)
			}
		}
		for prefix, n := range most[:1<<tableBits] {
			if n > 0 {
				table[prefix] = uint32(len(table))<<baseShift | special | second | uint32(n)<<codeShift | uint32(tableBits)
				table = append(table, make([]uint32, 1<<n)...)
			}
		}
	}
	for symbol, n := range lengths {
		if n == 0 {
			continue
		}
		bits := int(n)
		code := reversed(next[n], bits)
		next[n]++
		part := table[:1<<tableBits]
		if bits > tableBits {
			lead := table[code&(1<<tableBits-1)]
			part = table[lead>>baseShift:][:1<<(lead>>codeShift&0xf)]
			code >>= tableBits
			bits -= tableBits
		}
		entry := meanings[symbol] + uint32(bits)<<codeShift + uint32(bits)
		for i := code; i < len(part); i += 1 << bits {
			part[i] = entry
		}
	}
	return table, true
}

// reversed returns the n bits of a code in the order in which they come.
func reversed(code, n int) int { return int(bits.Reverse16(uint16(code)) >> (16 - n)) }

// The meanings of the symbols, as entries without the bits of their codes.
var (
	litMeanings  = meaningsOfLits()
	distMeanings = meaningsOfDists()
	lensMeanings = meaningsOfLens()
)

const (
	endOfBlock = 256
	maxLits    = 286 // symbols that mean something; two more have codes in the fixed code
	maxDists   = 30
)

func meaningsOfLits() []uint32 {
	meanings := make([]uint32, maxLits+2)
	for i := range endOfBlock {
		meanings[i] = uint32(i)<<baseShift | literal
	}
	meanings[endOfBlock] = special | end
	base := 3
	for i := endOfBlock + 1; i < maxLits; i++ {
		extra := max(0, (i-endOfBlock-1)/4-1)
		if i == maxLits-1 {
			base, extra = 258, 0
		}
		meanings[i] = uint32(base)<<baseShift | uint32(extra)
		base += 1 << extra
	}
	meanings[maxLits], meanings[maxLits+1] = noCode, noCode
	return meanings
}

func meaningsOfDists() []uint32 {
	meanings := make([]uint32, maxDists+2)
	base := 1
	for i := range maxDists {
		extra := max(0, i/2-1)
		meanings[i] = uint32(base)<<baseShift | uint32(extra)
		base += 1 << extra
	}
	meanings[maxDists], meanings[maxDists+1] = noCode, noCode
	return meanings
}

// meaningsOfLens are those of the symbols by which code lengths are sent.
func meaningsOfLens() []uint32 {
	meanings := make([]uint32, 19)
	for i := range meanings {
		meanings[i] = uint32(i) << baseShift
	}
	return meanings
}
