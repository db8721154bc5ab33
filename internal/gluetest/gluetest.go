// Package gluetest stands in for AWS Glue in tests: it keeps databases and tables
// as they are sent, over HTTP, with Glue's errors and versions. It checks no
// signatures.
package gluetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Server is a catalogue.
type Server struct {
	URL string

	mu        sync.Mutex
	databases map[string]map[string]*Table
	faults    map[string]string // error codes by operation
	asked     []string
}

// Table is a table with what was sent of it.
type Table struct {
	Input   map[string]any
	Version int
}

// Start starts a server and points the AWS settings of the test to it.
func Start(t *testing.T) *Server {
	t.Helper()
	s := &Server{databases: map[string]map[string]*Table{}, faults: map[string]string{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.URL = server.URL
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_GLUE": s.URL, "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret",
		"AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null", "AWS_EC2_METADATA_DISABLED": "true",
	} {
		t.Setenv(name, value)
	}
	return s
}

// Fail has an operation answered with an error from now on, or no more if code
// is empty.
func (s *Server) Fail(operation, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults[operation] = code
}

// Change changes a table as another client would.
func (s *Server) Change(database, name string, change func(input map[string]any)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.databases[database][name]
	change(t.Input)
	t.Version++
}

// Table returns a table, nil where there is none.
func (s *Server) Table(database, name string) *Table {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.databases[database][name]
}

// Writes returns the operations since the last time that were to change
// something.
func (s *Server) Writes() (operations []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.asked {
		if !strings.HasPrefix(o, "Get") {
			operations = append(operations, o)
		}
	}
	s.asked = nil
	return operations
}

// ServeHTTP answers a request of Glue's JSON protocol.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	operation := strings.TrimPrefix(r.Header.Get("X-Amz-Target"), "AWSGlue.")
	s.asked = append(s.asked, operation)
	var in struct {
		Name, DatabaseName, VersionId string
		DatabaseInput                 struct{ Name string }
		TableInput                    map[string]any
	}
	code, answer := s.faults[operation], any(struct{}{})
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		code = "InvalidInputException"
	}
	name := in.Name
	if in.TableInput != nil {
		name = fmt.Sprint(in.TableInput["Name"])
	}
	tables, database := s.databases[in.DatabaseName]
	table := tables[name]
	switch {
	case code != "":
	case operation == "GetDatabase":
		if _, there := s.databases[in.Name]; !there {
			code = "EntityNotFoundException"
		}
		answer = map[string]any{"Database": map[string]any{"Name": in.Name}}
	case operation == "CreateDatabase":
		s.databases[in.DatabaseInput.Name] = map[string]*Table{}
	case !database || table == nil && operation != "CreateTable":
		code = "EntityNotFoundException"
	case operation == "GetTable":
		found := map[string]any{"DatabaseName": in.DatabaseName, "VersionId": strconv.Itoa(table.Version)}
		for k, v := range table.Input {
			found[k] = v
		}
		answer = map[string]any{"Table": found}
	case operation == "CreateTable" && table != nil:
		code = "AlreadyExistsException"
	case operation == "CreateTable":
		tables[name] = &Table{in.TableInput, 0}
	case operation == "UpdateTable" && in.VersionId != strconv.Itoa(table.Version):
		code = "ConcurrentModificationException"
	case operation == "UpdateTable":
		table.Input = in.TableInput
		table.Version++
	default:
		code = "UnknownOperationException"
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if code != "" {
		w.WriteHeader(http.StatusBadRequest)
		answer = map[string]string{"__type": code, "Message": "played by the test"}
	}
	// An error means that the client has left.
	_ = json.NewEncoder(w).Encode(answer)
}
