//go:build cgo

package views_test

import (
	"strings"
	"testing"

	"etl/internal/graphsim"
	"etl/views"
)

// TestBuildings puts subnets into buildings, from both sides of their borders.
func TestBuildings(t *testing.T) {
	buildings, _, err := views.ReadBuildings(strings.NewReader(someBuildings))
	if err != nil {
		t.Fatal(err)
	}
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
	lake := named(views.Lake{Location: dir, Buildings: buildings})
	db := duckDBWith(t, lake)
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
	if n := count(t, db, "network_quality"); n != len(subnets) {
		t.Errorf("network_quality has %d rows, want one for each of %d subnets", n, len(subnets))
	}
}
