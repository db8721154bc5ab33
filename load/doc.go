// Package load puts calls into the lake: rows become sorted Parquet objects,
// one per table and date, and the objects of a commit are published together.
// The lake is a folder or a prefix of an S3 bucket, and its objects are the
// only state: what is loaded, and at which version, is read from them.
//
// # Commit
//
// [Lake.Commit] takes calls in any number and order and groups them by date.
//
//  1. Compare. The ids and versions in the date's calls object tell which
//     calls are new or newer. If none is, nothing is written.
//  2. Merge. The six objects of the date are read as a stream and written
//     anew, without the rows of the calls that are replaced and with the new
//     ones, in the order of call start, call id and ordinals. Row groups in
//     which nothing changes are copied as bytes. Equal rows give equal bytes,
//     however they were batched. Neither the old nor the new rows of a date are
//     ever held in memory.
//  3. Stage. Every object of every date is staged where no reader sees it: on
//     S3 an uncompleted multipart upload, in a folder a file under _state.
//  4. Archive. The records of the calls, as Graph sent them, become one object
//     of raw/ for each date, and a record in _state/commits says that the
//     commit is being published and where its calls can be found again.
//  5. Publish. Each object replaces exactly the one that was read, or none at
//     all: CompleteMultipartUpload with If-Match or If-None-Match, in a folder
//     a rename under a lock. Children go before calls, so that a call that can
//     be seen has its children. What was published is read back.
//
// If another writer was first, the date is read and merged again. A call whose
// start has moved to the next or previous day, or which had none before, is
// then taken out of the date where it was.
//
// [Lake.CommitLog] does the same with rows of a log, which Graph keeps apart
// from call records: a log has one table, a row is replaced by its id, and the
// time of the fetch stands for the version.
//
// # Two writers
//
// Writers on S3 need no lock, if the store honours the conditions of writes.
// That is tried before the first write; a store that ignores them is refused,
// unless [Options.SingleWriter] is set. No table goes down in version: rows of
// a call that are newer than the version being loaded stay, since another
// writer is about to publish that version; and rows that a writer put beside a
// newer version are taken out again when it finds that it came second.
//
// # Crashes
//
// Every object is whole at every moment. A run that dies while publishing
// leaves children ahead of calls, never calls without their children; rows
// carry call_version. [Lake.Unfinished] tells the next run what to complete, by
// [Lake.Rebuild] from the archive. What was left staged is cleared by a later
// run: in a folder under the lock, on S3 when it is a day old by the store's
// clock.
//
// # Non-goals
//
// The package does not fetch or flatten calls, does not decide what to load or
// retry, and renders no SQL. It never creates a bucket.
package load
