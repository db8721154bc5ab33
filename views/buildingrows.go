package views

import (
	"fmt"
	"strings"
)

// buildingRows are the buildings as rows of VALUES, or one row of NULLs where
// there is none.
func buildingRows(buildings []Building, quote func(string) string) string {
	var rows []string
	for i, parts := range own(buildings) {
		b := buildings[i]
		var texts []string
		for _, text := range []string{
			b.Network.Addr().String(), b.NetworkName, b.Name, b.OwnershipType, b.Type, b.OfficeType, b.City, b.ZipCode, b.Country, b.State, b.Region,
		} {
			texts = append(texts, quote(text))
		}
		for _, part := range parts {
			rows = append(rows, fmt.Sprintf("(%d, %d, %d, %s, %t, %t, %t)",
				part.first, part.last, b.Network.Bits(), strings.Join(texts, ", "), b.InsideCorp, b.ExpressRoute, b.VPN))
		}
	}
	if len(rows) == 0 {
		return "(0, -1, 0" + strings.Repeat(", ''", 11) + ", false, false, false)"
	}
	return strings.Join(rows, ",\n  ")
}

// address is the number of the IPv4 address in a text, NULL where it has none.
func address(text string) string {
	var octets []string
	for i, weight := range []int{1 << 24, 1 << 16, 1 << 8, 1} {
		octets = append(octets, fmt.Sprintf("try_cast(split_part(%s, '.', %d) AS bigint) * %d", text, i+1, weight))
	}
	return strings.Join(octets, "\n    + ")
}
