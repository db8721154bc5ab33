// Package schemas is the shape of the lake: one row struct per table, with
// its Parquet columns, and the catalogue of tables and columns that is read
// off them.
//
// One row stands for one object of a call record. The names follow one rule:
// a column is the snake_case of the property's path inside the row's object.
// Each field names its Graph property (tag graph), its unit (tag unit) and
// what it holds (tag doc); format.md and SQL are rendered from these tags.
//
// The Parquet types are limited to those that parquet-go writes correctly and
// every reader understands: strings with a named encoding, INT64, DOUBLE,
// BOOLEAN, timestamps in microseconds UTC, and three-level lists. NULL is a
// nil pointer or nil slice, so that 0, false and "" stay what they are.
//
// The package holds no behaviour: rows are made by transform and written by
// load. Columns are only ever added, at the end of a row and nullable.
package schemas
