package extract

import (
	"strings"
	"testing"
)

func TestOrigins(t *testing.T) {
	for raw, want := range map[string]string{
		"https://graph.microsoft.com":      "https://graph.microsoft.com",
		"https://graph.microsoft.com/":     "https://graph.microsoft.com",
		"HTTPS://Graph.Microsoft.Com:443/": "https://graph.microsoft.com",
		"https://localhost:8443":           "https://localhost:8443",
		"http://localhost:80":              "http://localhost",
		"http://127.0.0.1:8080":            "http://127.0.0.1:8080",
		"http://127.9.9.9":                 "http://127.9.9.9",
		"http://[::1]:8080":                "http://[::1]:8080",
		"https://[2001:db8::1]":            "https://[2001:db8::1]",
	} {
		o, err := ParseOrigin(raw)
		if err != nil || o.String() != want {
			t.Errorf("%s: got %s and error %v, want %s", raw, o, err, want)
		}
		again, err := ParseOrigin(o.String())
		if err != nil || again != o {
			t.Errorf("%s: its text gives %v and error %v", raw, again, err)
		}
	}
	for _, raw := range []string{
		"", "graph.microsoft.com", "graph.microsoft.com:443", "//graph.microsoft.com", "https://", "https:///x", "https:graph",
		"http://graph.microsoft.com", "http://127.0.0.1.evil.example", "http://localhost.evil.example", "ftp://localhost", "file:///etc/passwd",
		"https://graph.microsoft.com/v1.0", "https://graph.microsoft.com?x", "https://graph.microsoft.com?", "https://graph.microsoft.com#x", "https://graph.microsoft.com#",
		"https://user:pass@graph.microsoft.com", "https://@graph.microsoft.com", "https://a b", "https://a:x", "https://%zz",
	} {
		if o, err := ParseOrigin(raw); err == nil {
			t.Errorf("%q was taken as %s", raw, o)
		} else if strings.Contains(err.Error(), "pass@") || strings.Contains(err.Error(), ":pass") {
			t.Errorf("the error holds a password: %v", err)
		}
	}
}

func TestClouds(t *testing.T) {
	for _, name := range []string{"global", "usgov", "usgov-dod"} {
		c, err := ParseCloud(name)
		if err != nil || c.Name != name {
			t.Errorf("%s: got %+v and error %v", name, c, err)
		}
		for _, url := range []string{c.GraphURL, c.AuthorityURL} {
			if o, err := ParseOrigin(url); err != nil || o.scheme != "https" || o.String() != url {
				t.Errorf("%s: %s is no origin: %v", name, url, err)
			}
		}
	}
	for _, name := range []string{"", "china", "Global"} {
		if _, err := ParseCloud(name); err == nil {
			t.Errorf("the cloud %q was taken", name)
		}
	}
}
