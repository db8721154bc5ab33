// Package house keeps the shape of the code: which package may import which.
package house

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "etl"

// rooms says which rooms of the house each room may import besides itself.
// Data goes one way: ids -> extract -> transform -> load -> jobs -> cmd.
var rooms = map[string][]string{
	"bench":             {"schemas", "load", "jobs", "internal/graphsim", "internal/model"},
	"schemas":           {},
	"extract":           {},
	"transform":         {"extract", "schemas"},
	"load":              {"schemas", "load/columns", "load/rawfile"},
	"load/columns":      {},
	"report":            {"schemas", "load", "views"},
	"jobs":              {"extract", "transform", "schemas", "load", "views", "report", "load/rawfile"},
	"listen":            {"extract"},
	"views":             {"schemas"},
	"buildings":         {"schemas"},
	"catalog":           {"views"},
	"cmd":               {"extract", "transform", "schemas", "load", "jobs", "views", "report", "listen", "buildings", "catalog", "internal/graphsim"},
	"internal/gluetest": {},
	"internal/graphsim": {},
	"internal/house":    {},
	"internal/model":    {},
	"internal/mutants":  {},
	"internal/oracle":   {"internal/model"},
	"load/rawfile":      {},
	"internal/s3test":   {},
}

// only says in which rooms a library may be used. Tests may use any.
var only = map[string][]string{
	"github.com/parquet-go/":          {"load", "load/columns", "bench"},
	"github.com/aws/":                 {"load", "catalog", "internal/s3test"},
	"github.com/AzureAD/":             {"extract"},
	"github.com/alecthomas/kong":      {"cmd"},
	"github.com/schollz/progressbar/": {"cmd"},
	"go.opentelemetry.io/":            {"cmd"},
	"github.com/versity/versitygw":    {"internal/s3test"},
	"github.com/duckdb/":              {"internal/oracle", "bench"},
	"github.com/chromedp/":            {},
	"go.uber.org/goleak":              {},
	"pgregory.net/rapid":              {},
}

// pure rooms do no I/O and know no clock.
var (
	pure    = []string{"schemas", "transform", "views", "buildings", "report"}
	worldly = []string{"net/http", "os", "log/slog", "context", "net", "io/ioutil", "os/exec"}
)

type source struct {
	file    string // from the root of the module
	imports []string
	comment bool // has a package comment
}

func sources(t *testing.T) []source {
	t.Helper()
	const root = "../.."
	var all []source
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "testdata" || strings.HasPrefix(entry.Name(), ".") && file != root) {
			return filepath.SkipDir
		}
		if entry.IsDir() || filepath.Ext(file) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		s := source{file: filepath.ToSlash(relative), comment: parsed.Doc != nil}
		for _, spec := range parsed.Imports {
			name, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			s.imports = append(s.imports, name)
		}
		all = append(all, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// room returns the innermost room that a folder belongs to.
func room(folder string) (found string) {
	for name := range rooms {
		if (folder == name || strings.HasPrefix(folder, name+"/")) && len(name) > len(found) {
			found = name
		}
	}
	return found
}

func TestImportsGoOneWay(t *testing.T) {
	met := map[string]bool{}
	for _, s := range sources(t) {
		here := room(path.Dir(s.file))
		if here == "" {
			t.Errorf("%s is in no room of the house: give its folder a line in rooms", s.file)
			continue
		}
		met[here] = true
		if strings.HasSuffix(s.file, "_test.go") {
			continue
		}
		for _, imported := range s.imports {
			ours, isOurs := strings.CutPrefix(imported, module+"/")
			if there := room(ours); isOurs && there != here && !slices.Contains(rooms[here], there) {
				t.Errorf("%s imports %s, which %s may not", s.file, imported, here)
			}
			for library, users := range only {
				if strings.HasPrefix(imported, library) && !slices.Contains(users, here) {
					t.Errorf("%s imports %s, which belongs to %v", s.file, imported, users)
				}
			}
			if slices.Contains(pure, here) && slices.Contains(worldly, imported) {
				t.Errorf("%s imports %s, but %s is pure", s.file, imported, here)
			}
		}
	}
	for name := range maps.Keys(rooms) {
		if !met[name] {
			t.Errorf("the room %s is empty", name)
		}
	}
}

func TestEachPackageHasOnePackageComment(t *testing.T) {
	comments := map[string][]string{}
	for _, s := range sources(t) {
		if strings.HasSuffix(s.file, "_test.go") && room(path.Dir(s.file)) != "internal/house" {
			continue
		}
		folder := path.Dir(s.file)
		comments[folder] = append(comments[folder], nil...)
		if s.comment {
			comments[folder] = append(comments[folder], s.file)
		}
	}
	for folder, files := range comments {
		if len(files) != 1 {
			t.Errorf("%s has %d package comments %v, want one", folder, len(files), files)
		}
	}
}
