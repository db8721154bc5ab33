//go:build cgo && readers

package views_test

import (
	"database/sql"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"etl/catalog"
	"etl/views"
)

// startMoto starts moto, which simulates AWS, and points the settings for Glue
// to it.
func startMoto(t *testing.T) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	host, port, _ := strings.Cut(address, ":")
	cmd := exec.Command(program(t, "READERS_MOTO"), "-H", host, "-p", port)
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	url = "http://" + address
	for range 600 {
		response, err := http.Get(url + "/moto-api/data.json")
		if err == nil {
			response.Body.Close()
			t.Setenv("AWS_ENDPOINT_URL_GLUE", url)
			return url
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatal("moto does not start")
	return ""
}

// overGlue has Trino read the tables and views that are put into Glue for
// Athena.
func overGlue(t *testing.T, server trino, lake views.Lake, here *sql.DB) {
	t.Helper()
	glue, err := catalog.Open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	tables, overThem, err := views.External(lake)
	if err != nil {
		t.Fatal(err)
	}
	for _, changes := range []int{1 + len(tables) + len(overThem), 0} {
		plan, err := glue.Plan(t.Context(), lake.Database, tables, overThem)
		if err != nil {
			t.Fatal(err)
		}
		if plan.Changes() != changes {
			t.Errorf("%d changes, want %d:\n%s", plan.Changes(), changes, plan)
		}
		if err := glue.Apply(t.Context(), plan); err != nil {
			t.Fatal(err)
		}
	}
	for _, relation := range relations() {
		want := count(t, here, relation)
		if got := server.query(t, "SELECT count(*) AS n FROM (SELECT * FROM awsdatacatalog.teams."+relation+")")[0]["n"]; got != float64(want) {
			t.Errorf("%s has %v rows through Glue, want %d", relation, got, want)
		}
	}
}
