package buildings_test

import (
	"fmt"
	"strings"
	"testing"

	"etl/buildings"
)

const someBuildings = "\ufeff" + `10.0.0.0,Corp,8,Everywhere,Own,,,,,,,,1,0
10.1.0.0,"Hall, East",16,Ålesund O'Hall,Own,Office,HQ,Ålesund,6002,NO,MR,EMEA,1,1,0

10.1.128.0,Lab,17,Lab,Leased,Office,HQ,Oslo,0150,NO,OS,EMEA,1,0,0
198.51.100.7,Gate,32,VPN gate,Own,,,,,,,,0,0,1
`

func TestRead(t *testing.T) {
	for name, text := range map[string]string{"CSV": someBuildings, "TSV": strings.ReplaceAll(strings.ReplaceAll(someBuildings, `"Hall, East"`, "Hall East"), ",", "\t")} {
		got, notes, err := buildings.Read(strings.NewReader(text))
		if err != nil || len(got) != 4 {
			t.Fatalf("%s: %d buildings, error %v", name, len(got), err)
		}
		b := got[1]
		if b.Network.String() != "10.1.0.0/16" || b.Name != "Ålesund O'Hall" || !strings.HasPrefix(b.NetworkName, "Hall") || b.City != "Ålesund" || b.ZipCode != "6002" ||
			b.Country != "NO" || b.State != "MR" || b.Region != "EMEA" || b.OwnershipType != "Own" || b.Type != "Office" || b.OfficeType != "HQ" ||
			!b.InsideCorp || !b.ExpressRoute || b.VPN || got[0].VPN || !got[3].VPN || got[3].InsideCorp {
			t.Errorf("%s: %+v", name, b)
		}
		want := []string{"line 2: 10.1.0.0/16 lies within 10.0.0.0/8 on line 1; its addresses count for line 2", "line 4: 10.1.128.0/17 lies within 10.1.0.0/16 on line 2; its addresses count for line 4"}
		if fmt.Sprint(notes) != fmt.Sprint(want) {
			t.Errorf("%s: notes %q, want %q", name, notes, want)
		}
	}
	if got, notes, err := buildings.Read(strings.NewReader("")); err != nil || len(got)+len(notes) != 0 {
		t.Errorf("an empty file: %v %v, error %v", got, notes, err)
	}
}

// TestBadFile has every mistake in one file: each must be named.
func TestBadFile(t *testing.T) {
	const rest = ",a,b,c,d,e,f,g,h,i,1,0,0"
	lines := []struct{ text, says string }{
		{"NetworkIP,NetworkName,NetworkRange,BuildingName,OwnershipType,BuildingType,BuildingOfficeType,City,ZipCode,Country,State,Region,InsideCorp,ExpressRoute", `"NetworkIP" is no IPv4 address`},
		{"10.1.0.0,n,16" + rest, ""},
		{"10.1.0.0,n,16,a,b", "5 columns, want 14 or 15"},
		{"10.1.0.0,n,16" + rest + ",x", "16 columns"},
		{"10.2.0.0,n,7" + rest, `range "7"`},
		{"10.2.0.0,n,33" + rest, `range "33"`},
		{"10.2.0.0,n,/16" + rest, `range "/16"`},
		{"10.2.0.1,n,24" + rest, "10.2.0.1 is not the first address of a /24, which is 10.2.0.0"},
		{"2001:db8::,n,32" + rest, "no IPv4 address"},
		{"10.3.0.0,n,16,a,b,c,d,e,f,g,h,i,yes,0", `column 13 is "yes", want 0 or 1`},
		{"10.1.0.0,other,16" + rest, "10.1.0.0/16 is also on line 2"},
	}
	var file strings.Builder
	for _, line := range lines {
		file.WriteString(line.text + "\r\n")
	}
	got, _, err := buildings.Read(strings.NewReader(file.String()))
	if err == nil || got != nil {
		t.Fatalf("%v, error %v", got, err)
	}
	for i, line := range lines {
		want := fmt.Sprintf("line %d: ", i+1)
		if line.says == "" {
			if strings.Contains(err.Error(), want+"10") {
				t.Errorf("line %d is named, and is good", i+1)
			}
			continue
		}
		found := false
		for said := range strings.SplitSeq(err.Error(), "\n") {
			found = found || strings.Contains(said, want) && strings.Contains(said, line.says)
		}
		if !found {
			t.Errorf("the error does not say %q of line %d:\n%v", line.says, i+1, err)
		}
	}
}
