// Package extract is where calls come from: it signs in to Microsoft Entra,
// fetches call records whole from Microsoft Graph, and reads the ids of calls
// to fetch.
//
// A [Client] fetches one call per [Client.Fetch]: every page of its sessions
// and participants, and of any collection inside them that Graph cuts into
// pages. What it returns is either a whole [Call] at one version, a [*Failure]
// of that call alone, or an error that ends the run ([ErrSignIn], [ErrClock]).
//
// Goals: never to take a part of a call for the whole; to keep the record as
// Graph sent it, byte for byte; to send the token to Graph and nowhere else;
// to stay within Graph's limits and obey its throttling; to end, within bounds
// of time, memory and requests, whatever is answered.
//
// Non-goals: understanding a record beyond its id, version and times, keeping
// state between runs, deciding which calls to fetch or when to try one again.
package extract
