// Mutants plants bugs in a copy of the module, one at a time, and sees that a
// test catches each.
//
// It needs a minute or so for each bug:
//
//	go run ./internal/mutants          # all of them
//	go run ./internal/mutants -run pending
//	go run ./internal/mutants -list
package main

import (
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

func main() {
	pattern := flag.String("run", ".", "plant only bugs whose names match")
	list := flag.Bool("list", false, "list the bugs and plant none")
	flag.Parse()
	if err := run(*pattern, *list); err != nil {
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

func run(pattern string, list bool) error {
	wanted, err := regexp.Compile(pattern)
	if err != nil {
		return fmt.Errorf("reading -run: %w", err)
	}
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	scratch, err := os.MkdirTemp("", "etl-mutants-*")
	if err != nil {
		return fmt.Errorf("making a folder for the copy: %w", err)
	}
	defer os.RemoveAll(scratch)
	if err := copyModule(root, scratch); err != nil {
		return fmt.Errorf("copying the module: %w", err)
	}
	var failures []error
	for _, m := range catalogue {
		if !wanted.MatchString(m.name) {
			continue
		}
		if list {
			fmt.Printf("%-36s go test %s\n", m.name, strings.Join(m.test, " "))
			continue
		}
		began := time.Now()
		caught, err := m.plant(scratch)
		if err != nil {
			err = fmt.Errorf("%s: %w", m.name, err)
			failures = append(failures, err)
		}
		fmt.Printf("%-36s %-7s %6s  %s\n", m.name, verdict(err), time.Since(began).Round(time.Second), caught)
	}
	return errors.Join(failures...)
}

func verdict(err error) string {
	if err != nil {
		return "ERROR"
	}
	return "caught"
}

// mutant is a bug: in a file, a text that is replaced by another, and the
// arguments of the go test that must fail then.
type mutant struct {
	name, file, old, new string
	test                 []string
}

var errSurvived = errors.New("the tests pass in spite of it")

// plant puts the bug into the copy, runs the test, and takes the bug out again.
// It returns the test that caught it.
func (m mutant) plant(root string) (caught string, err error) {
	file := filepath.Join(root, filepath.FromSlash(m.file))
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(text), m.old); n != 1 {
		return "", fmt.Errorf("%s has the text to replace %d times, want once; bring the catalogue up to date", m.file, n)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), m.old, m.new, 1)), 0o644); err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.WriteFile(file, text, 0o644)) }()
	if out, err := goCommand(root, "build", "./..."); err != nil {
		return "", fmt.Errorf("it does not compile: %w: %s", err, out)
	}
	out, err := goCommand(root, append([]string{"test", "-count=1", "-vet=off", "-timeout=20m"}, m.test...)...)
	if err == nil {
		return "", errSurvived
	}
	found := failed.FindStringSubmatch(string(out))
	if found == nil {
		return "", fmt.Errorf("no test failed, but go test did: %w: %s", err, out)
	}
	return found[1], nil
}

var failed = regexp.MustCompile(`--- FAIL: (\S+)`)

func goCommand(dir string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	return cmd.CombinedOutput()
}

func moduleRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("finding the module: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}

// copyModule copies the files of the module, but for hidden folders and large
// files, which are no source.
func copyModule(from, to string) error {
	return filepath.WalkDir(from, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		if entry.IsDir() {
			if relative != "." && strings.HasPrefix(entry.Name(), ".") {
				return filepath.SkipDir
			}
			return os.MkdirAll(target, 0o755)
		}
		info, err := entry.Info()
		if err != nil || !info.Mode().IsRegular() || info.Size() > 8<<20 {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(target, text, 0o644)
	})
}
