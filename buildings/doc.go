// Package buildings reads the file with which Microsoft's Call Quality
// Dashboard (CQD) is told of a company's networks, and makes rows of the table
// buildings of it. It knows IPv4 only, as the file does.
//
// The columns of the file are those of Microsoft's page "Upload tenant and
// building data in CQD".
package buildings
