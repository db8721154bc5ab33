package extract

import (
	"errors"
	"net/url"
	"strings"
)

const (
	listPath     = "/v1.0/communications/callRecords"
	callRecords  = listPath + "/"
	maxLinkBytes = 32 << 10
)

// resolveLink turns a next link into the target of a request: path and query,
// byte for byte as they stand in the link. The link must lead to the given
// origin and below the path of the given call, so that the token goes nowhere
// else and no other call's pages come back.
//
// A relative link is resolved against Graph's root, {origin}/v1.0/, one with a
// leading slash against the origin. The form of the documentation's samples,
// …/v1.0/$metadata#communications/callRecords('id')/sessions?…, which would
// fetch the metadata, is rebuilt into the path that it means.
func resolveLink(link string, graph Origin, id string) (target string, err error) {
	return resolve(link, graph, func(path string) bool { return belowCall(path, id) })
}

// resolve does so with a link whose path must be an allowed one.
func resolve(link string, graph Origin, allowed func(path string) bool) (target string, err error) {
	if len(link) > maxLinkBytes {
		return "", errors.New("it is too long")
	}
	for i := range len(link) {
		if c := link[i]; c <= ' ' || c == 0x7f || c == '\\' {
			return "", errors.New("it holds characters that no URL has")
		}
	}
	target, err = requestTarget(link, graph)
	if err != nil {
		return "", err
	}
	if i := strings.IndexByte(target, '#'); i >= 0 {
		root, ok := strings.CutSuffix(target[:i], "$metadata")
		if !ok || root != "/v1.0/" {
			return "", errors.New("it has a fragment")
		}
		target = root + target[i+1:]
	}
	path, _, _ := strings.Cut(target, "?")
	if strings.Contains(target, "#") || !allowed(path) {
		return "", errors.New("it leads out of where it was found")
	}
	return target, nil
}

// requestTarget takes the origin off a link, which must be the given one.
func requestTarget(link string, graph Origin) (string, error) {
	u, err := url.Parse(link)
	if err != nil {
		return "", errors.New("it is not a URL")
	}
	switch {
	case u.Opaque != "" || u.User != nil:
		return "", errors.New("it is not a plain URL of a path")
	case u.Scheme != "" && originOf(u) != graph:
		return "", errors.New("it leads to another server")
	case u.Scheme == "" && u.Host != "":
		return "", errors.New("it has a host but no scheme")
	case u.Scheme != "":
		_, rest, _ := strings.Cut(link, "://")
		i := strings.IndexAny(rest, "/?#")
		if i < 0 {
			return "", errors.New("it has no path")
		}
		return rest[i:], nil
	case strings.HasPrefix(link, "/"):
		return link, nil
	default:
		return "/v1.0/" + link, nil
	}
}

// belowCall reports whether a path, as it stands in a URL, lies below
// callRecords/{id} or callRecords('{id}').
func belowCall(path, id string) bool {
	if len(path) < len(callRecords)-1 || !strings.EqualFold(path[:len(callRecords)-1], callRecords[:len(callRecords)-1]) {
		return false
	}
	key, rest, ok := strings.Cut(path[len(callRecords)-1:], "/")
	if ok && key == "" {
		key, rest, ok = strings.Cut(rest, "/")
	} else {
		key = quotedKey(key)
	}
	if !ok || key == "" || !sameID(key, id) {
		return false
	}
	for segment := range strings.SplitSeq(rest, "/") {
		decoded, err := url.PathUnescape(segment)
		if err != nil || segment == "" || decoded == "." || decoded == ".." || strings.ContainsAny(decoded, "/\\%?#") {
			return false
		}
		for i := range len(decoded) {
			if decoded[i] < ' ' || decoded[i] == 0x7f {
				return false
			}
		}
	}
	return true
}

// quotedKey returns id of ('id'), whose quotes and parentheses may be escaped.
func quotedKey(key string) string {
	key, err := url.PathUnescape(key)
	if err != nil {
		return ""
	}
	id, opened := strings.CutPrefix(key, "('")
	id, closed := strings.CutSuffix(id, "')")
	if !opened || !closed {
		return ""
	}
	return id
}

// contextID returns the id of the call that an @odata.context names in
// callRecords('id'), or "" if it names none.
func contextID(context string) string {
	_, rest, ok := strings.Cut(strings.ReplaceAll(context, "%27", "'"), "callRecords('")
	if !ok {
		return ""
	}
	id, _, _ := strings.Cut(rest, "'")
	return id
}
