package extract

import "fmt"

// Cloud is a national cloud of Microsoft 365 that has call records. Its
// origins are those of Microsoft's list of national cloud deployments,
// https://learn.microsoft.com/graph/deployments.
type Cloud struct {
	Name         string
	GraphURL     string // origin of Microsoft Graph
	AuthorityURL string // origin of Microsoft Entra
}

// ParseCloud returns the cloud of the given name: global (which includes GCC),
// usgov (GCC High) or usgov-dod. The cloud in China has no call records.
func ParseCloud(name string) (Cloud, error) {
	for _, c := range []Cloud{
		{"global", "https://graph.microsoft.com", "https://login.microsoftonline.com"},
		{"usgov", "https://graph.microsoft.us", "https://login.microsoftonline.us"},
		{"usgov-dod", "https://dod-graph.microsoft.us", "https://login.microsoftonline.us"},
	} {
		if c.Name == name {
			return c, nil
		}
	}
	return Cloud{}, fmt.Errorf("choosing the cloud: %q is none of global, usgov and usgov-dod", name)
}
