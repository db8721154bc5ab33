package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// maxConfig bounds the configuration file, in bytes.
const maxConfig = 1 << 20

// config is a configuration file: the flags' names with their values.
type config struct {
	path   string
	values map[string]any
}

// addConfig makes the configuration file, if one is named, stand between the
// environment and the defaults.
func addConfig(ctx *kong.Context) error {
	for _, flag := range ctx.Model.Flags {
		if flag.Name != "config" {
			continue
		}
		path, _ := ctx.FlagValue(flag).(string)
		if path == "" {
			return nil
		}
		c, err := readConfig(path)
		if err != nil {
			return err
		}
		ctx.AddResolver(c)
	}
	return nil
}

func readConfig(path string) (*config, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxConfig+1))
	if err != nil {
		return nil, fmt.Errorf("reading the configuration: %w", err)
	}
	if len(text) > maxConfig {
		return nil, fmt.Errorf("reading the configuration %s: larger than %d bytes", path, maxConfig)
	}
	c := &config{path: path, values: map[string]any{}}
	var nodes map[string]yaml.Node
	if err := yaml.Unmarshal(text, &nodes); err != nil {
		return nil, fmt.Errorf("reading the configuration %s: %w", path, err)
	}
	for name, node := range nodes {
		value, err := configValue(&node)
		if err != nil {
			return nil, fmt.Errorf("reading the configuration %s: line %d: %s: %w", path, node.Line, name, err)
		}
		c.values[name] = value
	}
	return c, nil
}

// configValue returns a scalar as it is written, and a list of scalars as
// kong's flags take lists.
func configValue(node *yaml.Node) (string, error) {
	switch node.Kind {
	case yaml.ScalarNode:
		return node.Value, nil
	case yaml.SequenceNode:
		var items []string
		for _, item := range node.Content {
			if item.Kind != yaml.ScalarNode {
				return "", errors.New("a list may hold plain values only")
			}
			items = append(items, kong.JoinEscaped([]string{item.Value}, ','))
		}
		return strings.Join(items, ","), nil
	}
	return "", errors.New("a plain value or a list is wanted")
}

// Validate refuses names that are no flag of any command.
func (c *config) Validate(application *kong.Application) error {
	known := map[string]bool{}
	err := kong.Visit(application.Node, func(node kong.Visitable, next kong.Next) error {
		if flag, ok := node.(*kong.Flag); ok {
			known[flag.Name] = true
		}
		return next(nil)
	})
	if err != nil {
		return err
	}
	delete(known, "help")
	delete(known, "config")
	for name := range c.values {
		if !known[name] {
			names := make([]string, 0, len(known))
			for k := range known {
				names = append(names, k)
			}
			slices.Sort(names)
			return fmt.Errorf("reading the configuration %s: unknown name %q; known are %s", c.path, name, strings.Join(names, ", "))
		}
	}
	return nil
}

// Resolve returns the value of a flag that neither the command line nor the
// environment has set.
func (c *config) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	if value, ok := c.values[flag.Name]; ok {
		return value, nil
	}
	return nil, nil
}
