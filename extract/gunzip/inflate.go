package gunzip

import (
	"encoding/binary"
	"io"
)

// inflater unpacks deflate streams.
type inflater struct {
	in   []byte
	at   int    // of the next byte that is not in bits
	bits uint64 // what was taken of in; above the lowest held bits there may be more of it
	held int    // how many bits; less than 0 after the end

	lits, dists, lens     []uint32
	fixedLits, fixedDists []uint32
	lengths               [maxLits + maxDists]uint8
}

// inflate appends what a deflate stream holds to dst, which must have the
// capacity for it, and returns what follows the stream.
func (z *inflater) inflate(dst, in []byte) (out, rest []byte, err error) {
	z.in, z.at, z.bits, z.held = in, 0, 0, 0
	begin := len(dst)
	for last := false; !last; {
		z.refill()
		kind := z.take(3)
		last = kind&1 != 0
		switch kind >> 1 {
		case 0:
			dst, err = z.stored(dst)
		case 1:
			z.makeFixed()
			dst, err = z.block(dst, begin, z.fixedLits, z.fixedDists)
		case 2:
			if err = z.readTables(); err == nil {
				dst, err = z.block(dst, begin, z.lits, z.dists)
			}
		default:
			err = errCode
		}
		if z.held < 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			z.in = nil
			return dst, nil, err
		}
	}
	rest = in[z.at-z.held/8:]
	z.in = nil
	return dst, rest, nil
}

// refill takes as many whole bytes as there is room for: then at least 56 bits
// are held, unless the input ends.
func (z *inflater) refill() {
	if z.at+8 <= len(z.in) && z.held >= 0 {
		z.bits |= binary.LittleEndian.Uint64(z.in[z.at:]) << z.held
		z.at += (63 - z.held) >> 3
		z.held |= 56
		return
	}
	for z.held >= 0 && z.held <= 56 && z.at < len(z.in) {
		z.bits |= uint64(z.in[z.at]) << z.held
		z.at++
		z.held += 8
	}
}

// take takes the next n bits, at most 16, that were refilled.
func (z *inflater) take(n int) int {
	v := int(z.bits & (1<<n - 1))
	z.bits >>= n
	z.held -= n
	return v
}

// stored copies a block that is not packed.
func (z *inflater) stored(dst []byte) ([]byte, error) {
	if z.held < 0 {
		return dst, io.ErrUnexpectedEOF
	}
	in := z.in[z.at-z.held/8:]
	if len(in) < 4 {
		return dst, io.ErrUnexpectedEOF
	}
	n := int(binary.LittleEndian.Uint16(in))
	if n^0xffff != int(binary.LittleEndian.Uint16(in[2:])) {
		return dst, errCode
	}
	in = in[4:]
	if len(in) < n {
		return dst, io.ErrUnexpectedEOF
	}
	if cap(dst)-len(dst) < n {
		return dst, ErrShort
	}
	z.at, z.bits, z.held = len(z.in)-len(in)+n, 0, 0
	return append(dst, in[:n]...), nil
}

// makeFixed makes the tables of the code that needs no description.
func (z *inflater) makeFixed() {
	if z.fixedLits != nil {
		return
	}
	lengths := make([]uint8, maxLits+2)
	for i := range lengths {
		switch {
		case i < 144:
			lengths[i] = 8
		case i < 256:
			lengths[i] = 9
		case i < 280:
			lengths[i] = 7
		default:
			lengths[i] = 8
		}
	}
	z.fixedLits, _ = makeTable(nil, lengths, litMeanings, litBits)
	lengths = lengths[:maxDists+2]
	for i := range lengths {
		lengths[i] = 5
	}
	z.fixedDists, _ = makeTable(nil, lengths, distMeanings, distBits)
}

// readTables reads the description of a block's codes.
func (z *inflater) readTables() error {
	z.refill()
	lits, dists, lens := z.take(5)+257, z.take(5)+1, z.take(4)+4
	if z.held < 0 {
		return io.ErrUnexpectedEOF
	}
	if lits > maxLits || dists > maxDists {
		return errCode
	}
	var lensLengths [19]uint8
	order := [...]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}
	for _, symbol := range order[:lens] {
		z.refill()
		lensLengths[symbol] = uint8(z.take(3))
	}
	var ok bool
	if z.lens, ok = makeTable(z.lens, lensLengths[:], lensMeanings, lensBits); !ok && z.held >= 0 {
		return errCode
	}
	lengths := z.lengths[:lits+dists]
	for i := 0; i < len(lengths) && z.held >= 0; {
		z.refill()
		entry := z.lens[z.bits&(1<<lensBits-1)]
		if entry&special != 0 {
			return z.damaged()
		}
		z.take(int(entry & 0xff))
		symbol := entry >> baseShift
		if symbol < 16 {
			lengths[i] = uint8(symbol)
			i++
			continue
		}
		var length uint8
		var times int
		switch symbol {
		case 16:
			if i == 0 {
				return errCode
			}
			length, times = lengths[i-1], 3+z.take(2)
		case 17:
			times = 3 + z.take(3)
		case 18:
			times = 11 + z.take(7)
		}
		if times > len(lengths)-i {
			return z.damaged()
		}
		for range times {
			lengths[i] = length
			i++
		}
	}
	if z.held < 0 {
		return io.ErrUnexpectedEOF
	}
	if z.lits, ok = makeTable(z.lits, lengths[:lits], litMeanings, litBits); !ok {
		return errCode
	}
	if z.dists, ok = makeTable(z.dists, lengths[lits:], distMeanings, distBits); !ok {
		return errCode
	}
	return nil
}

// damaged is the error for bits that mean nothing: they may be none of the stream.
func (z *inflater) damaged() error {
	if z.held < maxCodeBits && z.at == len(z.in) {
		return io.ErrUnexpectedEOF
	}
	return errCode
}

// block unpacks a block by its tables. begin is where in dst the stream began:
// distances don't reach beyond.
func (z *inflater) block(dst []byte, begin int, lits, dists []uint32) ([]byte, error) {
	// How much room a pass through the loop may need: two literals and a
	// match, whose last bytes are written eight at a time.
	const (
		maxMatch = 258
		room     = 2 + maxMatch + 8
	)
	in, at, buf, held := z.in, z.at, z.bits, z.held
	out, n := dst[:cap(dst)], len(dst)
	litTable := (*[1 << litBits]uint32)(lits)
	distTable := (*[1 << distBits]uint32)(dists)
	for held >= 0 && at+8 <= len(in) && n+room <= len(out) {
		buf |= binary.LittleEndian.Uint64(in[at:]) << (held & 63)
		at += (63 - held) >> 3
		held |= 56
		entry := litTable[buf&(1<<litBits-1)]
		if entry&literal != 0 {
			out[n] = byte(entry >> baseShift)
			n++
			buf >>= entry & 63
			held -= int(entry & 63)
			entry = litTable[buf&(1<<litBits-1)]
			if entry&literal != 0 {
				out[n] = byte(entry >> baseShift)
				n++
				buf >>= entry & 63
				held -= int(entry & 63)
				continue
			}
		}
		if entry&special != 0 {
			if entry&second != 0 {
				buf >>= entry & 63
				held -= int(entry & 63)
				entry = lits[int(entry>>baseShift)+int(buf&(1<<(entry>>codeShift&0xf)-1))]
			}
			if entry&literal != 0 {
				out[n] = byte(entry >> baseShift)
				n++
				buf >>= entry & 63
				held -= int(entry & 63)
				continue
			}
			if entry&special != 0 {
				z.at, z.bits, z.held = at, buf, held
				if entry&end == 0 {
					return out[:n], errCode
				}
				z.take(int(entry & 0xff))
				return out[:n], nil
			}
		}
		length := int(entry>>baseShift) + int(buf&(1<<(entry&63)-1)>>(entry>>codeShift&0xf))
		buf >>= entry & 63
		held -= int(entry & 63)

		// A literal, a length and a distance have at most 11+20+28 bits, which
		// may be more than there were.
		if at+8 > len(in) {
			z.at, z.bits, z.held = at, buf, held
			var err error
			if n, err = z.copyMatch(out, n, begin, length, dists); err != nil {
				return out[:n], err
			}
			at, buf, held = z.at, z.bits, z.held
			continue
		}
		buf |= binary.LittleEndian.Uint64(in[at:]) << (held & 63)
		at += (63 - held) >> 3
		held |= 56
		entry = distTable[buf&(1<<distBits-1)]
		if entry&special != 0 {
			if entry&second != 0 {
				buf >>= entry & 63
				held -= int(entry & 63)
				entry = dists[int(entry>>baseShift)+int(buf&(1<<(entry>>codeShift&0xf)-1))]
			}
			if entry&special != 0 {
				return out[:n], errCode
			}
		}
		distance := int(entry>>baseShift) + int(buf&(1<<(entry&63)-1)>>(entry>>codeShift&0xf))
		buf >>= entry & 63
		held -= int(entry & 63)
		from := n - distance
		if from < begin {
			return out[:n], errCode
		}
		to := n + length
		switch {
		case distance >= 8:
			// Each eight bytes are there before the next are read.
			for n < to {
				binary.LittleEndian.PutUint64(out[n:], binary.LittleEndian.Uint64(out[from:]))
				n += 8
				from += 8
			}
			n = to
		default:
			for ; n < to; n++ {
				out[n] = out[from]
				from++
			}
		}
	}
	z.at, z.bits, z.held = at, buf, held
	return z.blockEnd(out, n, begin, lits, dists)
}

// blockEnd unpacks the rest of a block, where input or room come to their end.
func (z *inflater) blockEnd(out []byte, n, begin int, lits, dists []uint32) ([]byte, error) {
	for {
		z.refill()
		entry := z.look(lits, litBits)
		switch {
		case z.held < 0:
			return out[:n], io.ErrUnexpectedEOF
		case entry&literal != 0:
			if n == len(out) {
				return out[:n], ErrShort
			}
			out[n] = byte(entry >> baseShift)
			n++
			continue
		case entry&end != 0:
			return out[:n], nil
		case entry&special != 0:
			return out[:n], z.damaged()
		}
		var err error
		if n, err = z.copyMatch(out, n, begin, z.withExtra(entry), dists); err != nil {
			return out[:n], err
		}
	}
}

// look reads a code by its table, but not the extra bits that follow it.
func (z *inflater) look(table []uint32, tableBits int) uint32 {
	entry := table[z.bits&(1<<tableBits-1)]
	if entry&second != 0 {
		z.take(int(entry & 0xff))
		entry = table[int(entry>>baseShift)+int(z.bits&(1<<(entry>>codeShift&0xf)-1))]
	}
	z.take(int(entry >> codeShift & 0xf))
	return entry
}

// withExtra reads the extra bits of a code and returns its value.
func (z *inflater) withExtra(entry uint32) int {
	return int(entry>>baseShift) + z.take(int(entry&0xff-entry>>codeShift&0xf))
}

// copyMatch reads the distance of a match and copies it.
func (z *inflater) copyMatch(out []byte, n, begin, length int, dists []uint32) (int, error) {
	z.refill()
	entry := z.look(dists, distBits)
	if entry&special != 0 {
		return n, z.damaged()
	}
	from := n - z.withExtra(entry)
	switch {
	case z.held < 0:
		return n, io.ErrUnexpectedEOF
	case from < begin:
		return n, errCode
	case length > len(out)-n:
		return n, ErrShort
	}
	for range length {
		out[n] = out[from]
		n++
		from++
	}
	return n, nil
}
