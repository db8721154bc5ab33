package extract

// emit appends to parts what text[from:to] is with its edits made. Edits
// outside of it are passed over.
func emit(parts []string, text string, from, to int, edits []edit) []string {
	for _, e := range edits {
		if e.from < from || e.to > to {
			continue
		}
		parts = append(parts, text[from:e.from])
		parts = append(parts, e.parts...)
		from = e.to
	}
	return append(parts, text[from:to])
}

// behind makes the items of later pages, which follow one another with commas,
// follow those that the array has already.
func behind(a array, items []string) []string {
	if a.empty || len(items) == 0 {
		return items
	}
	return append([]string{","}, items...)
}

// assemble makes the whole record of the first pages of its sessions and of
// its participants, whose edits hold the later pages.
//
// The record is the first page of the sessions as sent, less next links, with
// a member participants_v2 at its end; of the page of participants only that
// array is taken. So @odata.context and, if it was there, the
// participants_v2@odata.context beside it stay as they were on the first page.
func assemble(sessions, participants *page) []string {
	at := sessions.close
	whole := emit(nil, participants.text, participants.items.open, participants.items.close+1, participants.edits)
	edits := append(sessions.edits[:len(sessions.edits):len(sessions.edits)],
		edit{from: at, to: at, parts: append([]string{`,"participants_v2":`}, whole...)})
	return emit(nil, sessions.text, sessions.open, at+1, edits)
}

func length(parts []string) (n int) {
	for _, p := range parts {
		n += len(p)
	}
	return n
}
