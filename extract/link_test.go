package extract

import (
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"strings"
	"sync/atomic"
	"testing"

	"etl/internal/graphsim"
)

const graphURL = "https://graph.microsoft.com"

var goodLinks = map[string]string{ // to their targets
	graphURL + callPath + "/sessions?$expand=segments&$skiptoken=abc":                               callPath + "/sessions?$expand=segments&$skiptoken=abc",
	graphURL + "/v1.0/communications/callRecords('" + callID + "')/sessions?$skiptoken=a":           "/v1.0/communications/callRecords('" + callID + "')/sessions?$skiptoken=a",
	graphURL + "/v1.0/communications/callRecords(%27" + callID + "%27)/sessions":                    "/v1.0/communications/callRecords(%27" + callID + "%27)/sessions",
	graphURL + "/v1.0/communications/callRecords%28'" + callID + "'%29/sessions":                    "/v1.0/communications/callRecords%28'" + callID + "'%29/sessions",
	graphURL + "/v1.0/communications/callrecords/" + strings.ToUpper(callID) + "/participants_v2?x": "/v1.0/communications/callrecords/" + strings.ToUpper(callID) + "/participants_v2?x",
	graphURL + callPath + "/sessions?$skiptoken=%23%2B%2F%3D+/=%c3%A9é'\"<>{}|^`..%2e%2e/../":       callPath + "/sessions?$skiptoken=%23%2B%2F%3D+/=%c3%A9é'\"<>{}|^`..%2e%2e/../",
	graphURL + callPath + "/sessions?":                                                              callPath + "/sessions?",
	graphURL + callPath + "/sessions('a%20b')/segments?$skiptoken=1?2":                              callPath + "/sessions('a%20b')/segments?$skiptoken=1?2",
	"HTTPS://Graph.Microsoft.com:443" + callPath + "/sessions?a":                                    callPath + "/sessions?a",
	callPath + "/sessions?a":                               callPath + "/sessions?a",
	"communications/callRecords/" + callID + "/sessions?a": callPath + "/sessions?a",
	graphURL + "/v1.0/$metadata#communications/callRecords('" + callID + "')/sessions?$skiptoken=%2Babc": "/v1.0/communications/callRecords('" + callID + "')/sessions?$skiptoken=%2Babc",
	"/v1.0/$metadata#communications/callRecords/" + callID + "/sessions":                                 callPath + "/sessions",
	"$metadata#communications/callRecords/" + callID + "/sessions":                                       callPath + "/sessions",
	graphURL + callPath + "/sessions?$skiptoken=" + strings.Repeat("x", 8<<10):                           callPath + "/sessions?$skiptoken=" + strings.Repeat("x", 8<<10),
}

var badLinks = []string{
	"http://graph.microsoft.com" + callPath + "/sessions",
	"https://graph.microsoft.com:8443" + callPath + "/sessions",
	"https://graph.microsoft.com:80" + callPath + "/sessions",
	"https://graph.microsoft.com." + callPath + "/sessions",
	"https://graph.microsoft.com.evil.example" + callPath + "/sessions",
	"https://graph.microsoft.comevil.example" + callPath + "/sessions",
	"https://evilgraph.microsoft.com" + callPath + "/sessions",
	"https://graph.microsoft.com@evil.example" + callPath + "/sessions",
	"https://user@graph.microsoft.com" + callPath + "/sessions",
	"https://user:pw@graph.microsoft.com" + callPath + "/sessions",
	"https://@graph.microsoft.com" + callPath + "/sessions",
	"https://graph.microsoft.com%00.evil.example" + callPath + "/sessions",
	"https://graph.microsoft.com%2eevil" + callPath + "/sessions",
	"https://gräph.microsoft.com" + callPath + "/sessions",
	"https://169.254.169.254" + callPath + "/sessions",
	"https://[::1]" + callPath + "/sessions",
	"https:graph.microsoft.com" + callPath + "/sessions",
	"https:///" + callPath + "/sessions",
	"https://evil.example\\@graph.microsoft.com" + callPath + "/sessions",
	"//evil.example" + callPath + "/sessions",
	"//graph.microsoft.com" + callPath + "/sessions",
	"///evil.example" + callPath + "/sessions",
	"\\\\evil.example" + callPath + "/sessions",
	"file://" + callPath + "/sessions", "gopher://graph.microsoft.com" + callPath + "/sessions", "javascript:alert(1)", "data:,x",
	graphURL, graphURL + "/", graphURL + "?" + callPath + "/sessions", graphURL + "#" + callPath + "/sessions",
	graphURL + "/v1.0/users", graphURL + "/beta/communications/callRecords/" + callID + "/sessions", graphURL + "/V1.0/me",
	graphURL + callPath, graphURL + callPath + "/", graphURL + callPath + "?$skiptoken=1", graphURL + callPath + "//sessions",
	graphURL + callRecords + "0" + callID[1:] + "/sessions",
	graphURL + callRecords + callID + "x/sessions", graphURL + callRecords + "/sessions", graphURL + callRecords + "x" + callID + "/sessions",
	graphURL + "/v1.0/communications/callRecords('" + callID + "')", graphURL + "/v1.0/communications/callRecords('" + callID + "')x/sessions",
	graphURL + "/v1.0/communications/callRecords(" + callID + ")/sessions", graphURL + "/v1.0/communications/callRecordsX/" + callID + "/sessions",
	graphURL + "/v1.0/communications/callRecords('" + callID + "'')/sessions", graphURL + "/v1.0/communications/callRecords(')/sessions", graphURL + "/v1.0/communications/callRecords('')/sessions",
	graphURL + callPath + "/../../../me", graphURL + callPath + "/./sessions", graphURL + callPath + "/sessions/..", graphURL + "/v1.0/../beta" + callPath[5:] + "/sessions",
	graphURL + callPath + "/%2e%2e/me", graphURL + callPath + "/%2E./me", graphURL + callPath + "/..%2fme", graphURL + callPath + "/a%2Fb", graphURL + callPath + "/a%5cb",
	graphURL + callPath + "/%252e%252e/me", graphURL + callPath + "/a%00", graphURL + callPath + "/a%0d%0aX:y", graphURL + callPath + "/a%", graphURL + callPath + "/a%zz/",
	graphURL + callPath + "/sess ions", graphURL + callPath + "/sessions?a b", graphURL + callPath + "/sessions\r\nX: y", graphURL + callPath + "/sessions?\x00", graphURL + callPath + "/sessions\t",
	" " + graphURL + callPath + "/sessions", graphURL + callPath + "\\sessions",
	graphURL + callPath + "/sessions#fragment", graphURL + callPath + "/sessions?a#b",
	graphURL + "/v1.0/$metadata", graphURL + "/v1.0/$metadata#users", graphURL + "/v1.0/$metadata?a#communications/callRecords/" + callID + "/sessions",
	graphURL + "/beta/$metadata#communications/callRecords/" + callID + "/sessions", graphURL + "/v1.0/$metadata#communications/callRecords/" + callID + "/sessions#x",
	graphURL + "/v1.0/$metadata#/communications/callRecords/" + callID + "/sessions", graphURL + "/v1.0/$metadata#../communications/callRecords/" + callID + "/sessions",
	graphURL + "/v1.0/$metadata#communications/callRecords/other/sessions", "https://evil.example/v1.0/$metadata#communications/callRecords/" + callID + "/sessions",
	"?$skiptoken=1", "#x", "sessions?$skiptoken=1", "../" + callID + "/sessions", "null",
	graphURL + callPath + "/sessions?" + strings.Repeat("x", 40<<10),
}

func TestNextLinks(t *testing.T) {
	graph, err := ParseOrigin(graphURL)
	if err != nil {
		t.Fatal(err)
	}
	for link, want := range goodLinks {
		if got, err := resolveLink(link, graph, callID); err != nil || got != want {
			t.Errorf("%.200s: got %.200s and error %v, want %.200s", link, got, err, want)
		}
	}
	for _, link := range badLinks {
		if got, err := resolveLink(link, graph, callID); err == nil {
			t.Errorf("%.200q was resolved to %.200q", link, got)
		}
	}
	// Only GUIDs are compared without case.
	if _, err := resolveLink(graphURL+callRecords+"ABC/sessions", graph, "abc"); err == nil {
		t.Error("another call's link was taken")
	}
}

// FuzzNextLink checks every link that is taken against a plain reading of what
// would be sent: its origin and path.
func FuzzNextLink(f *testing.F) {
	for link := range goodLinks {
		f.Add(link)
	}
	for _, link := range badLinks {
		f.Add(link)
	}
	graph, err := ParseOrigin(graphURL)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, link string) {
		target, err := resolveLink(link, graph, callID)
		if err != nil {
			return
		}
		sent, err := url.Parse(graphURL + target)
		if err != nil || sent.Host != "graph.microsoft.com" || sent.Scheme != "https" || sent.User != nil || sent.Fragment != "" {
			t.Fatalf("%q would go to %v, error %v", link, sent, err)
		}
		if resolved, err := url.Parse(link); err != nil || resolved.Host != "" && !strings.EqualFold(resolved.Hostname(), "graph.microsoft.com") {
			t.Fatalf("%q leads to the host of %v, error %v", link, resolved, err)
		}
		clean := strings.ToLower(path.Clean(sent.Path))
		if clean != strings.ToLower(sent.Path) && clean+"/" != strings.ToLower(sent.Path) {
			t.Fatalf("%q would ask for %q, which is not a plain path", link, sent.Path)
		}
		for _, prefix := range []string{"/v1.0/communications/callrecords/" + callID + "/", "/v1.0/communications/callrecords('" + callID + "')/"} {
			if strings.HasPrefix(clean, prefix) {
				return
			}
		}
		t.Fatalf("%q would ask for %q, which is not below the call", link, sent.Path)
	})
}

func TestNextLinksAreSentByteForByte(t *testing.T) {
	for _, http2 := range []bool{true, false} {
		var got atomic.Value
		token := "%23%2B%2F%3D+/=%c3%A9'()*!~é" + strings.Repeat("x", 8<<10)
		target := callPath + "/sessions?$expand=segments&$skiptoken=" + token
		s := &scripted{sessions: "[0]", pages: map[string]string{target: value("1", "")}}
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.RequestURI, "skiptoken") {
				got.Store(r.RequestURI)
			}
			s.ServeHTTP(w, r)
		}))
		server.EnableHTTP2 = http2
		server.StartTLS()
		s.sessionsLink = server.URL + target
		client, err := NewClient(Config{GraphURL: server.URL, Tokens: fixedToken("token"), Network: Network{RootCAs: pool(server)}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := client.Fetch(t.Context(), Ref{ID: callID}); err != nil {
			t.Errorf("HTTP/2 %v: %v", http2, err)
		} else if got.Load() != target {
			t.Errorf("HTTP/2 %v: sent %.150v, want %.150s", http2, got.Load(), target)
		}
		client.Close()
		server.Close()
	}
}

// TestNothingIsSentElsewhere is about connections, so that the token and the
// fact of the request stay at home.
func TestNothingIsSentElsewhere(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	var connections atomic.Int64
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			c.Close()
		}
	}()
	other := "https://" + listener.Addr().String()
	for name, c := range map[string]struct {
		do     graphsim.Action
		reason Reason
	}{
		"next link":  {graphsim.RewriteNextLink(func(r *http.Request, _ string) string { return other + r.RequestURI }), ReasonBadLink},
		"other user": {graphsim.RewriteNextLink(func(r *http.Request, link string) string { return strings.Replace(link, "https://", "https://x@", 1) }), ReasonBadLink},
		"other call": {graphsim.RewriteNextLink(func(_ *http.Request, link string) string {
			return strings.Replace(link, "callRecords('", "callRecords('0", 1)
		}), ReasonBadLink},
		"plain http":      {graphsim.RewriteNextLink(func(_ *http.Request, link string) string { return strings.Replace(link, "https://", "http://", 1) }), ReasonBadLink},
		"redirect":        {graphsim.Redirect(302, other), "http_302"},
		"redirect at 307": {graphsim.Redirect(307, other), "http_307"},
	} {
		r := newRig(t)
		record := r.call(61, 1)
		r.sim.Inject(graphsim.Fault{Match: graphsim.OnCall(record.ID), Do: c.do})
		_, err := r.fetch(Ref{ID: record.ID})
		wantFailure(t, err, c.reason)
		if n := len(r.sim.Requests().ForCall(record.ID)); n != 1 {
			t.Errorf("%s: %d requests were sent", name, n)
		}
	}
	if n := connections.Load(); n != 0 {
		t.Errorf("%d connections to another server", n)
	}
}
