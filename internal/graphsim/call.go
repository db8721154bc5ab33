package graphsim

import "time"

// Call is one call of a tenant with all the versions that its record ever has,
// oldest first.
type Call struct {
	ID       string
	Versions []Version
}

// Version is one version of a call record and the time from which on Graph shows it.
type Version struct {
	Record  Record
	Visible time.Time
}

// At returns the newest version that is visible at the given time, if any.
func (c Call) At(t time.Time) (Record, bool) { return newest(c.Versions, t) }

// Final returns the last version that the call ever gets.
func (c Call) Final() Record { return c.Versions[len(c.Versions)-1].Record }

// newest returns the last of versions, which are in order of visibility, that
// is visible at the given time.
func newest(versions []Version, at time.Time) (Record, bool) {
	for i := len(versions) - 1; i >= 0; i-- {
		if !versions[i].Visible.After(at) {
			return versions[i].Record, true
		}
	}
	return Record{}, false
}
