//go:build cgo && readers

package views_test

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"etl/internal/oracle"
	"etl/internal/s3test"
	"etl/views"
)

// trino is a running Trino server.
type trino struct{ url string }

// startTrino starts the server in TRINO_HOME with the bucket's server as its
// S3, and two catalogs: hive, which is in files, and Glue under the name that
// it has in Athena.
func startTrino(t *testing.T, s3 *s3test.Gateway, glueURL string) trino {
	t.Helper()
	home, java := program(t, "TRINO_HOME"), program(t, "TRINO_JAVA_HOME")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	_, port, _ := strings.Cut(address, ":")
	dir := t.TempDir()
	onS3 := []string{
		"connector.name=hive", "hive.partition-projection-enabled=true", "fs.native-s3.enabled=true", "s3.endpoint=" + s3.URL, "s3.region=us-east-1",
		"s3.path-style-access=true", "s3.aws-access-key=" + s3test.AccessKey, "s3.aws-secret-key=" + s3test.SecretKey,
	}
	for name, lines := range map[string][]string{
		"etc/node.properties": {"node.environment=test", "node.id=test", "node.data-dir=" + dir + "/data"},
		// The server lives for a minute, so what takes long to compile doesn't pay.
		"etc/jvm.config": {"-Xmx2G", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "--add-modules=jdk.incubator.vector"},
		"etc/config.properties": {
			"coordinator=true", "node-scheduler.include-coordinator=true", "http-server.http.port=" + port, "discovery.uri=http://" + address,
		},
		"etc/catalog/hive.properties": slices.Concat(onS3, []string{
			"hive.metastore=file", "hive.metastore.catalog.dir=local:///catalog", "fs.native-local.enabled=true", "local.location=" + dir,
		}),
		"etc/catalog/awsdatacatalog.properties": slices.Concat(onS3, []string{
			"hive.metastore=glue", "hive.metastore.glue.region=us-east-1", "hive.metastore.glue.endpoint-url=" + glueURL, "hive.table-statistics-enabled=false",
			"hive.metastore.glue.aws-access-key=" + s3test.AccessKey, "hive.metastore.glue.aws-secret-key=" + s3test.SecretKey,
		}),
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(filepath.Join(home, "bin", "launcher"), "run", "--etc-dir", filepath.Join(dir, "etc"))
	cmd.Env = append(os.Environ(), "JAVA_HOME="+java, "PATH="+filepath.Join(java, "bin")+":"+os.Getenv("PATH"))
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
		log.Close()
	})
	server := trino{"http://" + address}
	for {
		select {
		case err := <-ended:
			ended <- err
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("Trino ended: %v\n%s", err, text)
		case <-time.After(200 * time.Millisecond):
		}
		response, err := http.Get(server.url + "/v1/info")
		if err != nil {
			continue
		}
		text, err := io.ReadAll(response.Body)
		response.Body.Close()
		if err == nil && strings.Contains(string(text), `"starting":false`) {
			return server
		}
	}
}

// query runs a statement and returns its rows, as JSON has them.
func (s trino) query(t *testing.T, statement string) []oracle.Row {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url+"/v1/statement", strings.NewReader(statement))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{"User": "test", "Catalog": "hive", "Schema": "teams", "Time-Zone": "UTC"} {
		request.Header.Set("X-Trino-"+name, value)
	}
	var rows []oracle.Row
	for {
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		var page struct {
			NextURI string `json:"nextUri"`
			Columns []struct{ Name string }
			Data    [][]any
			Error   *struct{ Message string }
		}
		err = json.NewDecoder(response.Body).Decode(&page)
		response.Body.Close()
		if err != nil || page.Error != nil {
			t.Fatalf("error %v %+v in\n%s", err, page.Error, statement)
		}
		for _, values := range page.Data {
			row := oracle.Row{}
			for i, v := range values {
				row[page.Columns[i].Name] = v
			}
			rows = append(rows, row)
		}
		if page.NextURI == "" {
			return rows
		}
		if request, err = http.NewRequestWithContext(t.Context(), http.MethodGet, page.NextURI, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// sameInTrino compares a value in JSON with one of the naive answers. Trino's
// times are rounded to milliseconds.
func sameInTrino(got, want any) bool {
	number, isNumber := got.(float64)
	if s, isText := got.(string); isText { // decimals are texts
		if v, err := strconv.ParseFloat(s, 64); err == nil {
			number, isNumber = v, true
		}
	}
	switch want := want.(type) {
	case int64:
		return isNumber && number == float64(want)
	case float64:
		return isNumber && math.Abs(number-want) <= 1e-9*math.Max(1, math.Abs(want))
	case time.Time:
		return got == want.Format(time.DateOnly) || got == want.Round(time.Millisecond).Format("2006-01-02 15:04:05.000")
	}
	return got == want
}

func TestTrino(t *testing.T) {
	gateway, lake, tables := inBucket(t)
	glueURL := startMoto(t)
	server := startTrino(t, gateway, glueURL)
	putBuildings(t, lake, someBuildings)
	statements, err := views.Statements(views.Trino, named(views.Lake{Location: lake, Since: "2026-11-10"}))
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range statements {
		server.query(t, statement)
	}
	for _, statement := range statements { // as after an update of etl
		if strings.Contains(statement, ".streams") || strings.Contains(statement, "VIEW hive.teams.stream_quality ") {
			server.query(t, statement)
		}
	}
	n := newNaive(tables)
	for _, number := range sortedQuestions() {
		got, want := server.query(t, strings.TrimSuffix(strings.TrimSpace(questions(t)[number]), ";")), answers[number](n)
		if number == "10" { // where two came within a millisecond
			got, want = ordered(got, "user_id"), ordered(want, "user_id")
		}
		if problem := differ(got, want, sameInTrino); problem != "" {
			t.Errorf("question %s: %s", number, problem)
		}
	}
	here := duckDB(t, withBuildings(t))
	for _, relation := range relations() {
		// All columns, so that each is read and computed.
		statement := "SELECT * FROM " + relation + " WHERE call_date = DATE '2026-11-19'"
		if slices.Contains(constant, relation) || relation == "missing_subnets" || relation == "buildings" {
			statement, _, _ = strings.Cut(statement, " WHERE")
		}
		if got, want := len(server.query(t, statement)), len(query(t, here, statement)); got != want || want == 0 && relation != "missing_subnets" {
			t.Errorf("%s: %d rows, want %d", statement, got, want)
		}
	}
	columns := server.query(t, "SHOW COLUMNS FROM streams")
	if i := slices.IndexFunc(columns, func(row oracle.Row) bool { return row["Column"] == "average_jitter_ms" }); i < 0 || !strings.HasSuffix(fmt.Sprint(columns[i]["Comment"]), "[ms]") {
		t.Errorf("the columns of streams are %v", columns)
	}

	// What catalogues are told of the views' columns.
	var types strings.Builder
	for _, v := range views.Views() {
		for _, c := range server.query(t, "SHOW COLUMNS FROM "+v.Name) {
			fmt.Fprintf(&types, "%s\t%s\t%s\n", v.Name, c["Column"], unbounded.ReplaceAllString(fmt.Sprint(c["Type"]), "varchar"))
		}
	}
	if want, err := os.ReadFile(columnsFile); err != nil || types.String() != string(want) {
		t.Errorf("error %v, or the views' columns in Trino are not those of columns.tsv:\n%s", err, types.String())
	}
	overGlue(t, server, named(views.Lake{Location: lake, Since: "2026-11-10"}), here)
}

// unbounded matches the texts that Trino gives a length.
var unbounded = regexp.MustCompile(`varchar\(\d+\)`)
