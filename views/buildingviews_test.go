//go:build cgo

package views_test

import (
	"fmt"
	"strings"
	"testing"

	"etl/buildings"
	"etl/internal/graphsim"
	"etl/load"
)

// someBuildings has ranges within each other.
const someBuildings = `10.0.0.0,Corp,8,Everywhere,Own,,,,,,,,1,0
10.1.0.0,"Hall, East",16,Ålesund O'Hall,Own,Office,HQ,Ålesund,6002,NO,MR,EMEA,1,1,0
10.1.128.0,Lab,17,Lab,Leased,Office,HQ,Oslo,0150,NO,OS,EMEA,1,0,0
198.51.100.7,Gate,32,VPN gate,Own,,,,,,,,0,0,1
`

// putBuildings publishes a building file in a lake.
func putBuildings(t *testing.T, where, text string) {
	t.Helper()
	list, _, err := buildings.Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	lake, err := load.Open(t.Context(), where, load.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer lake.Close()
	if _, changed, err := lake.PutBuildings(t.Context(), buildings.Rows(list)); err != nil || !changed {
		t.Fatalf("changed: %v, error %v", changed, err)
	}
}

// TestBuildings puts subnets into buildings, from both sides of their borders.
func TestBuildings(t *testing.T) {
	var streams []graded
	subnets := []string{
		"9.255.255.255", "10.0.0.0", "10.0.255.255", "10.1.0.0", "10.1.127.255", "10.1.128.0", "10.1.255.255", "10.2.0.0", "10.255.255.255", "11.0.0.0",
		"198.51.100.6", "198.51.100.7", "198.51.100.8", "", "2001:db8::", "nonsense", "10.1",
	}
	for _, subnet := range subnets {
		for range 10 {
			streams = append(streams, audio("jitter", values{"averageJitter": "PT1S", "subnet": subnet}))
		}
	}
	dir := t.TempDir()
	if _, err := fill(t.Context(), dir, []graphsim.Record{record(t, streams)}); err != nil {
		t.Fatal(err)
	}
	db := duckDB(t, dir)
	if got := table(t, db, "SELECT count(*), count(building_name), count(vpn) FROM network_quality"); got != fmt.Sprint(len(subnets), " 0 0") {
		t.Errorf("without buildings: %s", got)
	}
	putBuildings(t, dir, someBuildings)
	db = duckDB(t, dir)
	got := table(t, db, "SELECT subnet, building_name, inside_corp, vpn FROM network_quality WHERE building_name IS NOT NULL ORDER BY ALL")
	want := "10.0.0.0 Everywhere true false; 10.0.255.255 Everywhere true false; 10.1.0.0 Ålesund O'Hall true false; 10.1.127.255 Ålesund O'Hall true false; " +
		"10.1.128.0 Lab true false; 10.1.255.255 Lab true false; 10.2.0.0 Everywhere true false; 10.255.255.255 Everywhere true false; 198.51.100.7 VPN gate false true"
	if got != want {
		t.Errorf("subnets in buildings:\n%s\nwant\n%s", got, want)
	}
	got = table(t, db, "SELECT subnet FROM missing_subnets ORDER BY ALL")
	if want := "10.1; 11.0.0.0; 198.51.100.6; 198.51.100.8; 2001:db8::; 9.255.255.255; nonsense"; got != want {
		t.Errorf("missing subnets: %s, want %s", got, want)
	}
	got = table(t, db, "SELECT building_name, prefix_length, count(*), sum(last_address - first_address + 1) FROM buildings GROUP BY ALL ORDER BY 2")
	if want := "Everywhere 8 2 16711680; Ålesund O'Hall 16 1 32768; Lab 17 1 32768; VPN gate 32 1 1"; got != want {
		t.Errorf("buildings: %s, want %s", got, want)
	}
	whole := table(t, db, "SELECT network_name, city, zip_code, country, state, region, ownership_type, building_type, office_type, express_route, network_ip FROM buildings WHERE building_name = 'Ålesund O''Hall'")
	if want := "Hall, East Ålesund 6002 NO MR EMEA Own Office HQ true 10.1.0.0"; whole != want {
		t.Errorf("the row of a building: %s, want %s", whole, want)
	}
	if n := count(t, db, "network_quality"); n != len(subnets) {
		t.Errorf("network_quality has %d rows, want one for each of %d subnets", n, len(subnets))
	}
}
