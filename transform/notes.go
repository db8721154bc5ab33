package transform

// Notes are what a reader of the rows cannot see in them.
type Notes struct {
	// Unknown counts the properties that no column holds, by their path
	// from the call record, sessions.caller.newProperty, or from the type of
	// a log's row, pstnCallLogRow.newProperty.
	Unknown map[string]int64
	// Anomalies counts the values that were not stored as sent, by kind.
	Anomalies map[string]int64
}

// Kinds of anomalies.
const (
	TypeMismatch  = "type_mismatch"  // a value of another JSON type than the property's: NULL
	NotANumber    = "not_a_number"   // "NaN", "INF" or "-INF": NULL
	NumberRange   = "number_range"   // a number its column cannot hold, or a fraction in an integer: NULL
	BadTime       = "bad_time"       // not a date and time with offset from year 1 to 9999: NULL
	BadDuration   = "bad_duration"   // not a duration in days, hours, minutes and seconds: NULL
	NullItem      = "null_item"      // null in a list of names: left out
	DuplicateName = "duplicate_name" // a name that its object already had: the first counts
	LoneSurrogate = "lone_surrogate" // an escape that no text can hold: U+FFFD
	MissingStart  = "missing_start"  // a call without a readable start: partition 0001-01-01
)

func (d *decoder) anomaly(kind string, n int) {
	if n == 0 {
		return
	}
	if d.notes.Anomalies == nil {
		d.notes.Anomalies = map[string]int64{}
	}
	d.counted++
	d.notes.Anomalies[kind] += int64(n)
}

// unknown passes over the value of a property that no column holds.
// Annotations (@odata.type, sessions@odata.context) are not properties.
func (d *decoder) unknown(object, name string) {
	if !isAnnotation(name) {
		if d.notes.Unknown == nil {
			d.notes.Unknown = map[string]int64{}
		}
		path := name
		if object != "" {
			path = object + "." + name
		}
		d.counted++
		d.notes.Unknown[path]++
	}
	d.scan.Skip()
}

// noted returns how many oddities there have been so far.
func (d *decoder) noted() int {
	return d.counted + d.scan.Duplicates() + d.scan.Surrogates()
}
