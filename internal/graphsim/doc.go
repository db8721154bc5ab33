// Package graphsim is a simulated Microsoft 365 tenant: an Entra token endpoint
// and the callRecords part of Microsoft Graph, each on a TLS listener of its
// own that speaks HTTP/2 and HTTP/1.1.
//
// Its parts fit together like this:
//
//   - A [Record] is one version of a call, whole, as JSON.
//   - A [Generator] makes calls from a seed; [LoadRecords] reads recorded ones.
//   - A [Tenant] holds the truth: which version of which call, and which row of
//     the [Log]s of calls over the telephone network, is visible when, by a
//     clock that the caller may inject.
//   - A [Server] serves a tenant: sign-in, pages, next links, throttling. It
//     logs every [Request] and plays every [Fault] that it is given.
//
// Goals: to be as strict as the documentation of Graph and no more helpful, so
// that a client that works here relies on nothing undocumented; to make each
// fault of the network or the service reproducible; to be cheap enough to run
// beside the client under test on the same cores.
//
// Non-goals: other parts of Graph, delegated sign-in, change notifications,
// and any security beyond what a client needs in order to be tested. The
// server is not meant to be reached from other machines.
package graphsim
