// Package report makes of the rows of a lake a page that says how calls went:
// how many, how good, what failed, where, and what is missing.
//
// Facts are counted from the columns that Tables names, date by date, and put
// together; Render makes of them one HTML file that needs nothing else: charts
// are drawn here, numbers are in tables and as CSV. The package opens nothing
// and knows no clock. The page has counts and names of things (subnets,
// buildings, devices, clients, call ids), and nothing that names people.
package report
