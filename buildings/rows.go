package buildings

import (
	"cmp"
	"net/netip"
	"slices"

	"etl/schemas"
)

// Rows returns the rows of the table, in the order of addresses. Every address
// is in one row at most: of ranges within each other the longest prefix counts.
func Rows(buildings []Building) []schemas.Building {
	var rows []schemas.Building
	for i, parts := range own(buildings) {
		b := buildings[i]
		for _, part := range parts {
			rows = append(rows, schemas.Building{
				FirstAddress: part.first, LastAddress: part.last, PrefixLength: int64(b.Network.Bits()), NetworkIP: b.Network.Addr().String(),
				NetworkName: b.NetworkName, BuildingName: b.Name, OwnershipType: b.OwnershipType, BuildingType: b.Type, OfficeType: b.OfficeType,
				City: b.City, ZipCode: b.ZipCode, Country: b.Country, State: b.State, Region: b.Region,
				InsideCorp: b.InsideCorp, ExpressRoute: b.ExpressRoute, VPN: b.VPN,
			})
		}
	}
	slices.SortFunc(rows, func(a, b schemas.Building) int { return cmp.Compare(a.FirstAddress, b.FirstAddress) })
	return rows
}

// span is a range of addresses as numbers, ends included.
type span struct{ first, last int64 }

func spanOf(network netip.Prefix) span {
	b := network.Addr().As4()
	first := int64(b[0])<<24 | int64(b[1])<<16 | int64(b[2])<<8 | int64(b[3])
	return span{first, first + 1<<(32-network.Bits()) - 1}
}

// own returns, for each building, the parts of its range that no range within
// it has, so that every address has one building at most.
func own(buildings []Building) [][]span {
	parts := make([][]span, len(buildings))
	for i, b := range buildings {
		var within []span
		for _, other := range buildings {
			if other.Network.Bits() > b.Network.Bits() && b.Network.Contains(other.Network.Addr()) {
				within = append(within, spanOf(other.Network))
			}
		}
		slices.SortFunc(within, func(a, b span) int { return cmp.Compare(a.first, b.first) })
		rest := spanOf(b.Network)
		for _, w := range within {
			if w.first > rest.first {
				parts[i] = append(parts[i], span{rest.first, w.first - 1})
			}
			rest.first = max(rest.first, w.last+1)
		}
		if rest.first <= rest.last {
			parts[i] = append(parts[i], rest)
		}
	}
	return parts
}
