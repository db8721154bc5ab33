package schemas

// MediaKey places a row in a media of the segment. A media has no id.
type MediaKey struct {
	MediaOrdinal int64 `parquet:"media_ordinal" doc:"place of the media in the segment, from 0, in the order sent"`
}

// Media is a row of the table media: a media line of a segment, with the
// network and audio device of both ends (callRecords.media).
type Media struct {
	CallKey
	SessionKey
	SegmentKey
	MediaKey
	MediaProperties
	CallerNetwork
	CalleeNetwork
	CallerDevice
	CalleeDevice
}

// MediaProperties are the columns of a media besides its key, networks and
// devices.
type MediaProperties struct {
	Label *string `parquet:"label,dict" graph:"media.label" doc:"name of the media line: main-audio, main-video, applicationsharing-video, data, …"`
}
