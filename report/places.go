package report

import (
	"encoding/binary"
	"net/netip"
	"slices"

	"etl/schemas"
)

// Places finds the building of a subnet. It may be used concurrently.
type Places struct {
	ranges []schemas.Building // in the order of addresses, none within another
}

// NewPlaces returns the places of the table of buildings, which may be empty.
func NewPlaces(buildings []schemas.Building) *Places { return &Places{buildings} }

// known tells whether there are buildings at all.
func (p *Places) known() bool { return len(p.ranges) > 0 }

// of returns the building of a subnet; nil where there is none.
func (p *Places) of(subnet string) *schemas.Building {
	address, err := netip.ParseAddr(subnet)
	if err != nil || !address.Is4() {
		return nil
	}
	bytes := address.As4()
	number := int64(binary.BigEndian.Uint32(bytes[:]))
	i, _ := slices.BinarySearchFunc(p.ranges, number, func(b schemas.Building, number int64) int {
		if b.LastAddress < number {
			return -1
		}
		return 1
	})
	if i == len(p.ranges) || p.ranges[i].FirstAddress > number {
		return nil
	}
	return &p.ranges[i]
}
