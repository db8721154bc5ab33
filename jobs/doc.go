// Package jobs holds one file per job of etl: the order of its steps, and the
// report that says how it went.
//
// A job knows what happens when, and nothing of how: calls come from extract,
// become rows in transform, and go to the lake through load. Whatever ends a
// job, every call it was asked for ends in exactly one of the report's
// outcomes.
package jobs
