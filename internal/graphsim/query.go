package graphsim

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// query is the query string of a Graph request. Options that the
// documentation doesn't list for callRecords are refused, so that no client
// comes to rely on them.
type query struct {
	selected  []string
	expand    []expansion
	filter    string
	rawFilter string
	// skiptoken is byte for byte as it was sent.
	skiptoken string
}

// expansion is one item of $expand with its nested options.
type expansion struct {
	relation string
	selected []string
	expand   []expansion
}

func parseQuery(raw string, allowed ...string) (query, error) {
	var q query
	for pair := range strings.SplitSeq(raw, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name, err := url.QueryUnescape(rawName)
		if err != nil {
			return q, fmt.Errorf("the query option %q isn't escaped rightly", rawName)
		}
		value, err := url.QueryUnescape(rawValue)
		if err != nil {
			return q, fmt.Errorf("the value of %s isn't escaped rightly", name)
		}
		if strings.HasPrefix(name, "$") && !slices.Contains(allowed, name) {
			return q, fmt.Errorf("the query option %q is not supported here", name)
		}
		switch name {
		case "$select":
			q.selected = splitList(value)
		case "$expand":
			if q.expand, err = parseExpand(value); err != nil {
				return q, err
			}
		case "$filter":
			q.filter, q.rawFilter = value, rawValue
		case "$skiptoken":
			q.skiptoken = rawValue
		}
	}
	return q, nil
}

func splitList(s string) []string {
	list := strings.Split(s, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// parseExpand reads the value of $expand: relations, each with options in brackets.
func parseExpand(s string) ([]expansion, error) {
	var list []expansion
	parts, err := splitOutsideBrackets(s, ',')
	if err != nil {
		return nil, err
	}
	for _, part := range parts {
		name, options, nested := strings.Cut(part, "(")
		x := expansion{relation: strings.TrimSpace(name)}
		if nested {
			options, ok := strings.CutSuffix(options, ")")
			if !ok {
				return nil, fmt.Errorf("found an unbalanced bracket expression in %q", s)
			}
			pairs, err := splitOutsideBrackets(options, ';')
			if err != nil {
				return nil, err
			}
			for _, pair := range pairs {
				name, value, _ := strings.Cut(pair, "=")
				switch strings.TrimSpace(name) {
				case "$select":
					x.selected = splitList(value)
				case "$expand":
					if x.expand, err = parseExpand(value); err != nil {
						return nil, err
					}
				default:
					return nil, fmt.Errorf("found an unknown option %q in $expand", name)
				}
			}
		}
		list = append(list, x)
	}
	return list, nil
}

func splitOutsideBrackets(s string, separator byte) ([]string, error) {
	var parts []string
	depth, from := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth--
		case separator:
			if depth == 0 {
				parts = append(parts, s[from:i])
				from = i + 1
			}
		}
		if depth < 0 {
			break
		}
	}
	if depth != 0 {
		return nil, fmt.Errorf("found an unbalanced bracket expression in %q", s)
	}
	return append(parts, s[from:]), nil
}

// preferences are the parts of Prefer that Graph knows.
type preferences struct {
	unknownEnums, omitNulls bool
	pageSize                int // 0 if none was asked for
}

func parsePrefer(h http.Header) preferences {
	var p preferences
	for _, value := range h.Values("Prefer") {
		for _, preference := range splitList(value) {
			name, argument, _ := strings.Cut(preference, "=")
			argument = strings.Trim(argument, `"`)
			switch strings.ToLower(name) {
			case "include-unknown-enum-members":
				p.unknownEnums = true
			case "omit-values":
				p.omitNulls = argument == "nulls"
			case "odata.maxpagesize":
				if n, err := strconv.Atoi(argument); err == nil && n > 0 {
					p.pageSize = n
				}
			}
		}
	}
	return p
}

// applied is the value of Preference-Applied for pages of the given size.
func (p preferences) applied(size int) string {
	var list []string
	if p.unknownEnums {
		list = append(list, "include-unknown-enum-members")
	}
	if p.omitNulls {
		list = append(list, "omit-values=nulls")
	}
	if p.pageSize > 0 && size > 0 {
		list = append(list, "odata.maxpagesize="+strconv.Itoa(size))
	}
	return strings.Join(list, ", ")
}
