// Package columns writes Parquet files column by column, from row structs and
// from the files that it wrote before. parquet-go is the library of the format:
// schema, footer, readers and page encodings are its own; what is here takes
// the place of its writer, whose way over rows of values costs several times as
// much.
//
// A file depends on its rows and on nothing else: not on the portions in which
// they are written, and not on whether they come from structs or from another
// file. Row groups end where a [Writer] says by the rows themselves, so that a
// few new rows leave most groups of a file as they were, and those can be
// copied as bytes.
//
// The package knows neither tables nor calls, writes no files of its own and
// compares no rows.
package columns
