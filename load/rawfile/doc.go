// Package rawfile is the form of the objects of the raw archive: JSON lines
//
//	{"tenant_id":"…","fetched_at":"…","call":{…}}
//
// (in the archives of logs the last member is "row") packed by zstd so that any program reads them from front to back, and etl
// any record by itself. The lines are cut into frames of about two megabytes,
// each packed alone. An index of the records follows in a frame that zstd
// skips, and one that it skips, too, comes first and says that there is an
// index: an object that has lost its end is then known to be damaged.
//
// It neither reads what is in a record nor knows where objects are kept.
package rawfile
