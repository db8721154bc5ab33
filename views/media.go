package views

import (
	"fmt"
	"strings"
)

// Media is what a stream carries.
type Media string

// The kinds of media. Rules are for the first three.
const (
	Audio      Media = "audio"
	Video      Media = "video"
	VBSS       Media = "vbss" // video-based screen sharing
	AppSharing Media = "appsharing"
	Data       Media = "data"
	Other      Media = "other"
)

// labels say which media a label names: that of the first row whose words are
// all in it, in their order and whatever their case.
var labels = []struct {
	words []string
	media Media
}{
	{[]string{"audio"}, Audio},
	{[]string{"applicationsharing", "video"}, VBSS},
	{[]string{"applicationsharing"}, AppSharing},
	{[]string{"video"}, Video},
	{[]string{"data"}, Data},
}

// MediaOf returns what a media with a label carries, as the column media_kind
// of stream_quality has it.
func MediaOf(label string) Media {
	label = strings.ToLower(label)
	for _, l := range labels {
		rest, found := label, true
		for _, word := range l.words {
			if _, rest, found = strings.Cut(rest, word); !found {
				break
			}
		}
		if found {
			return l.media
		}
	}
	return Other
}

// mediaKind is MediaOf as an SQL expression.
func mediaKind(label string) string {
	var b strings.Builder
	b.WriteString("CASE\n")
	for _, l := range labels {
		fmt.Fprintf(&b, "        WHEN lower(%s) LIKE '%%%s%%' THEN '%s'\n", label, strings.Join(l.words, "%"), l.media)
	}
	fmt.Fprintf(&b, "        ELSE '%s' END", Other)
	return b.String()
}
