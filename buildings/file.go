package buildings

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// Building is a line of the file: a range of addresses and where it is.
type Building struct {
	Network                                            netip.Prefix
	NetworkName, Name, OwnershipType, Type, OfficeType string
	City, ZipCode, Country, State, Region              string
	InsideCorp, ExpressRoute, VPN                      bool
	line                                               int
}

// The columns of CQD's building file; the last is optional.
const (
	fewestColumns = 14
	mostColumns   = 15
)

// Read reads the file: CSV or TSV without a header. Of ranges within each other
// the longest prefix counts; notes say which lines those are. The error names
// every line that can't be used.
func Read(r io.Reader) (buildings []Building, notes []string, err error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, nil, fmt.Errorf("reading buildings: %w", err)
	}
	rows := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(text), "\ufeff")))
	rows.FieldsPerRecord = -1
	rows.LazyQuotes = true
	if firstLine, _, _ := strings.Cut(string(text), "\n"); strings.Contains(firstLine, "\t") {
		rows.Comma = '\t'
	}
	var problems []error
	for {
		fields, err := rows.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, nil, fmt.Errorf("reading buildings: %w", err)
		}
		line, _ := rows.FieldPos(0)
		b, err := building(fields)
		if err != nil {
			problems = append(problems, fmt.Errorf("line %d: %w", line, err))
			continue
		}
		b.line = line
		buildings = append(buildings, b)
	}
	notes, repeated := overlaps(buildings)
	if problems = append(problems, repeated...); len(problems) > 0 {
		return nil, nil, fmt.Errorf("reading buildings: %w", errors.Join(problems...))
	}
	return buildings, notes, nil
}

func building(fields []string) (Building, error) {
	if len(fields) < fewestColumns || len(fields) > mostColumns {
		return Building{}, fmt.Errorf("%d columns, want %d or %d", len(fields), fewestColumns, mostColumns)
	}
	for i := range fields {
		fields[i] = strings.TrimSpace(fields[i])
	}
	address, err := netip.ParseAddr(fields[0])
	if err != nil || !address.Is4() {
		return Building{}, fmt.Errorf("%q is no IPv4 address (the file has no header)", fields[0])
	}
	bits, err := strconv.Atoi(fields[2])
	if err != nil || bits < 8 || bits > 32 {
		return Building{}, fmt.Errorf("range %q is no prefix length from 8 to 32", fields[2])
	}
	network := netip.PrefixFrom(address, bits)
	if network.Masked() != network {
		return Building{}, fmt.Errorf("%s is not the first address of a /%d, which is %s", address, bits, network.Masked().Addr())
	}
	b := Building{
		Network: network, NetworkName: fields[1], Name: fields[3], OwnershipType: fields[4], Type: fields[5], OfficeType: fields[6],
		City: fields[7], ZipCode: fields[8], Country: fields[9], State: fields[10], Region: fields[11],
	}
	for i, flag := range []*bool{&b.InsideCorp, &b.ExpressRoute, &b.VPN} {
		column := 12 + i
		if column >= len(fields) {
			break
		}
		switch fields[column] {
		case "1":
			*flag = true
		case "0", "":
		default:
			return Building{}, fmt.Errorf("column %d is %q, want 0 or 1", column+1, fields[column])
		}
	}
	return b, nil
}

// overlaps finds ranges that are there twice, which is an error, and ranges
// within others, which is worth a note.
func overlaps(buildings []Building) (notes []string, repeated []error) {
	byPrefix := map[netip.Prefix]Building{}
	for _, b := range buildings {
		if before, there := byPrefix[b.Network]; there {
			repeated = append(repeated, fmt.Errorf("line %d: %s is also on line %d", b.line, b.Network, before.line))
			continue
		}
		byPrefix[b.Network] = b
	}
	for _, b := range buildings {
		for bits := b.Network.Bits() - 1; bits >= 8; bits-- {
			if around, there := byPrefix[netip.PrefixFrom(b.Network.Addr(), bits).Masked()]; there {
				notes = append(notes, fmt.Sprintf("line %d: %s lies within %s on line %d; its addresses count for line %d", b.line, b.Network, around.Network, around.line, b.line))
				break
			}
		}
	}
	return notes, repeated
}
