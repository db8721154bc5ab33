// Package views renders the SQL with which a reader sees a lake: the tables,
// from the catalogue in schemas, and views over them that answer what Teams
// administrators ask.
//
// A view is written once, as a template; what differs between the dialects is
// in one file for each. The thresholds by which streams are classed are data,
// in rules.go. The package renders text: it reads no lake and runs no query.
package views
