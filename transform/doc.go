// Package transform turns one whole call record, or a row of a log, as Graph
// sent it, into the rows of the lake.
//
// It is pure: the same record gives the same rows, whatever the time, the
// machine and the calls before. It reads the record once, front to back,
// straight into the row structs of schemas. Nothing in a record makes it
// fail, except a record that is not JSON or lacks the id or version that
// every row is keyed by: a value that does not fit its column becomes NULL
// and is counted in [Notes], and so is a property that no column holds.
package transform
