package graphsim

import (
	"bytes"
	"strings"
)

// sentinel is what Graph sends in the place of an enumeration's member that a
// client without Prefer: include-unknown-enum-members can't know.
const sentinel = "unknownFutureValue"

// enums are the members up to the sentinel, by property. Properties of one
// name have one enumeration everywhere in a call record. Directions of
// streams have no sentinel and are never replaced.
type enums map[string]map[string]bool

func knownEnums() enums {
	known := enums{}
	for property, members := range map[string]string{
		"type":                     "unknown groupCall peerToPeer",
		"modalities":               "audio video videoBasedScreenSharing data screenSharing",
		"platform":                 "unknown windows macOS iOS android web ipPhone roomSystem surfaceHub holoLens",
		"productFamily":            "unknown teams skypeForBusiness lync",
		"role":                     strings.Join(serviceRoles()[:21], " "),
		"stage":                    "unknown callSetup midcall",
		"rating":                   "notRated bad poor fair good excellent",
		"connectionType":           "unknown wired wifi mobile tunnel",
		"networkTransportProtocol": "unknown udp tcp",
		"wifiBand":                 "unknown frequency24GHz frequency50GHz frequency60GHz",
		"wifiRadioType":            "unknown wifi80211a wifi80211b wifi80211g wifi80211n wifi80211ac wifi80211ax",
		"audioCodec": "unknown invalid cn pcma pcmu amrWide g722 g7221 g7221c g729 multiChannelAudio muchv2 opus satin " +
			"satinFullband rtAudio8 rtAudio16 silk silkNarrow silkWide siren xmsRta",
		"videoCodec":   "unknown invalid av1 h263 h264 h264s h264uc h265 rtvc1 rtVideo xrtvc1",
		"endpointType": "default voicemail skypeForBusiness skypeForBusinessVoipPhone",
	} {
		known[property] = map[string]bool{sentinel: true}
		for member := range strings.FieldsSeq(members) {
			known[property][strings.ToLower(member)] = true
		}
	}
	return known
}

// mask returns the JSON with the members that the enumerations don't know
// replaced by the sentinel.
func (e enums) mask(b []byte) []byte {
	var out []byte
	done := 0
	replace := func(s span) {
		if s.end-s.start < 2 || b[s.start] != '"' {
			return
		}
		out = append(out, b[done:s.start]...)
		out = append(out, `"`+sentinel+`"`...)
		done = s.end
	}
	for i := 0; i < len(b); {
		q := bytes.IndexByte(b[i:], '"')
		if q < 0 {
			break
		}
		start := i + q
		i = skipString(b, start)
		colon := skipSpace(b, i)
		if colon >= len(b) || b[colon] != ':' {
			continue
		}
		known := e[string(b[start+1:i-1])]
		if known == nil {
			continue
		}
		at := skipSpace(b, colon+1)
		values := []span{{at, skipValue(b, at)}}
		if at < len(b) && b[at] == '[' {
			values = items(b, at)
		}
		for _, v := range values {
			if b[v.start] == '"' && !known[strings.ToLower(string(b[v.start+1:v.end-1]))] {
				replace(v)
			}
			i = v.end
		}
	}
	return append(out, b[done:]...)
}

// omitNulls returns the JSON without members that are null, an empty text or
// an empty array, as Prefer: omit-values=nulls asks for. The arrays that carry
// a response's items stay.
func omitNulls(b []byte) []byte {
	return appendWithoutNulls(make([]byte, 0, len(b)), b, skipSpace(b, 0))
}

func appendWithoutNulls(out, b []byte, i int) []byte {
	switch {
	case i < len(b) && b[i] == '{':
		out = append(out, '{')
		first := true
		eachMember(b, i, func(name, value span) bool {
			switch v := string(value.of(b[:min(value.end, value.start+4)])); {
			case v == "null" && value.end-value.start == 4, v == `""`:
				return true
			case v[0] == '[' && len(items(b, value.start)) == 0:
				switch relation(name.of(b)) {
				case "value", sessions, participants, "segments":
				default:
					return true
				}
			}
			if !first {
				out = append(out, ',')
			}
			first = false
			out = append(out, b[name.start-1:name.end+1]...)
			out = append(out, ':')
			out = appendWithoutNulls(out, b, value.start)
			return true
		})
		return append(out, '}')
	case i < len(b) && b[i] == '[':
		out = append(out, '[')
		for n, item := range items(b, i) {
			if n > 0 {
				out = append(out, ',')
			}
			out = appendWithoutNulls(out, b, item.start)
		}
		return append(out, ']')
	}
	return append(out, b[i:skipValue(b, i)]...)
}
