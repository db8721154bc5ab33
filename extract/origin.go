package extract

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"strings"
)

// Origin is a server to which requests may go: scheme, host and port. Origins
// are compared by ==.
type Origin struct {
	scheme, host, port string
}

// ParseOrigin reads an origin such as https://graph.microsoft.com. Plain http
// is allowed on the loopback interface only; a path, query, fragment or user
// name is refused.
func ParseOrigin(raw string) (Origin, error) {
	u, err := url.Parse(raw)
	if err != nil {
		// The error of url.Parse quotes raw, which might hold a password.
		return Origin{}, errors.New("parsing an origin: it is not a URL")
	}
	o := originOf(u)
	switch {
	case u.User != nil:
		return Origin{}, errors.New("parsing an origin: it holds a user name; give scheme and host only")
	case u.Opaque != "" || o.host == "":
		return Origin{}, fmt.Errorf("parsing the origin %q: it names no host; give it like https://host", raw)
	case strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.ForceQuery || strings.Contains(raw, "#"):
		return Origin{}, fmt.Errorf("parsing the origin of %s: it has a path, query or fragment; give scheme and host only", u.Host)
	case o.scheme == "http" && !o.loopback():
		return Origin{}, fmt.Errorf("parsing the origin of %s: http is allowed on the loopback interface only; use https", u.Host)
	case o.scheme != "http" && o.scheme != "https":
		return Origin{}, fmt.Errorf("parsing the origin of %s: its scheme is not https", u.Host)
	}
	return o, nil
}

// originOf returns the origin of an absolute URL, without judging it.
func originOf(u *url.URL) Origin {
	o := Origin{scheme: strings.ToLower(u.Scheme), host: strings.ToLower(u.Hostname()), port: u.Port()}
	if o.port == "" {
		switch o.scheme {
		case "https":
			o.port = "443"
		case "http":
			o.port = "80"
		}
	}
	return o
}

// String returns the origin as a URL without a path.
func (o Origin) String() string { return o.scheme + "://" + o.authority() }

// authority returns host and port as they stand in a URL, without the port
// that the scheme implies.
func (o Origin) authority() string {
	if (o.scheme == "https" && o.port == "443") || (o.scheme == "http" && o.port == "80") {
		if strings.Contains(o.host, ":") {
			return "[" + o.host + "]"
		}
		return o.host
	}
	return net.JoinHostPort(o.host, o.port)
}

func (o Origin) loopback() bool {
	if o.host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(o.host)
	return err == nil && ip.IsLoopback()
}
