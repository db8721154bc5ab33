package graphsim

import (
	"math/rand/v2"
	"strconv"
)

// media writes one media line of a segment: the networks and devices of both
// ends, and the streams, mostly one each way.
func (w *writer) media(p *plan, l *leg, label string, n int, start, end ticks, bare bool) {
	w.raw(`{"label":"`)
	w.raw(label)
	w.raw(`"`)
	for side, names := range [2][2]string{
		{`,"callerNetwork":`, `,"callerDevice":`},
		{`,"calleeNetwork":`, `,"calleeDevice":`},
	} {
		who := l.caller.who
		if side == 1 {
			who = l.callee.who
		}
		w.raw(names[0])
		w.network(p, who)
		w.raw(names[1])
		switch {
		case p.full:
			w.device(p, label)
		case bare || who == nil:
			w.raw("null")
		default:
			w.device(p, label)
		}
	}
	w.raw(`,"streams":[`)
	streams := 2
	if !p.full && w.r.Uint32()%24 == 0 {
		streams = 1 + 2*int(w.r.Uint32()%2)
	}
	for i := range streams {
		if i > 0 {
			w.raw(",")
		}
		w.stream(p, label, n, i, start, end, bare)
	}
	w.raw(`]}`)
}

// place is where an identity's client is: at an office or at home, on a cable,
// Wi-Fi or a mobile network. The same identity is mostly at the same place.
type place struct {
	connection, band, radio string
	wifi                    bool
	site, host              uint64
	office                  bool
}

func (w *writer) placeOf(p *plan, who *identity) place {
	home := uint64(0)
	if who != nil {
		home = who.home
	}
	if w.r.Uint32()%10 == 0 {
		home = mix(home)
	}
	at := place{connection: "wired", band: "unknown", radio: "unknown", site: home % 12, host: home >> 8 % 250, office: home>>16%3 > 0}
	switch home >> 24 % 8 {
	case 0, 1, 2, 3:
		at.connection, at.wifi = "wifi", true
	case 4:
		at.connection = "mobile"
	case 5:
		at.connection = [...]string{"tunnel", "unknown", "satellite", "wired"}[home>>28%4]
	}
	if who == nil {
		at.connection = "wired"
		at.wifi = false
	}
	if p.full {
		at.wifi = true
	}
	if at.wifi {
		at.band = [...]string{"frequency50GHz", "frequency24GHz", "frequency60GHz", "frequency50GHz"}[home>>32%4]
		at.radio = [...]string{"wifi80211ax", "wifi80211ac", "wifi80211n", "wifi80211g", "wifi80211a", "wifi80211be", "wifi80211ac", "wifi80211ax"}[home>>36%8]
	}
	return at
}

// address appends an IPv4 address as a JSON string with a leading name.
func (w *writer) address(p *plan, name string, a, b, c, d uint64) {
	switch w.missing(p) {
	case asNull:
		w.raw(name)
		w.raw("null")
	case asEmpty:
		w.raw(name)
		w.raw(`""`)
	case asValue:
		w.raw(name)
		w.b = append(w.b, '"')
		for i, v := range [4]uint64{a, b, c, d} {
			if i > 0 {
				w.b = append(w.b, '.')
			}
			w.b = strconv.AppendUint(w.b, v, 10)
		}
		w.b = append(w.b, '"')
	}
}

func (w *writer) network(p *plan, who *identity) {
	at := w.placeOf(p, who)
	w.raw(`{"connectionType":"`)
	w.raw(at.connection)
	w.raw(`","wifiBand":"`)
	w.raw(at.band)
	w.raw(`","wifiRadioType":"`)
	w.raw(at.radio)
	w.raw(`"`)
	if at.wifi {
		w.text(p, `,"basicServiceSetIdentifier":`, w.generator.hardware.bssids[at.site])
	} else {
		w.raw(`,"basicServiceSetIdentifier":""`)
	}
	network := uint64(168)
	if at.office {
		network = 10 + at.site
	}
	if p.odd {
		w.raw(`,"ipAddress":"fe80::1c2:3ff:fe04:5%12"`)
	} else {
		w.address(p, `,"ipAddress":`, 10, network, at.site, at.host+2)
	}
	if w.optional(p, `,"linkSpeed":`) {
		w.int([...]int64{1_000_000_000, 866_700_000, 54_000_000, 4_294_967_295, 0, 1_000_000_000, 400_000_000, 100_000_000}[at.host%8])
	}
	w.text(p, `,"macAddress":`, w.generator.hardware.macs[(at.site+at.host)%64])
	w.raw(`,"networkTransportProtocol":"`)
	w.raw([...]string{"udp", "udp", "udp", "udp", "udp", "tcp", "tcp", "quic"}[w.r.Uint32()%8])
	w.raw(`"`)
	if w.optional(p, `,"port":`) {
		w.int(50_000 + int64(w.r.Uint32()%60))
	}
	w.address(p, `,"reflexiveIPAddress":`, 198, 51, 100, at.site+1)
	w.address(p, `,"relayIPAddress":`, 203, 0, 113, at.host)
	if w.optional(p, `,"relayPort":`) {
		w.int(3478 + int64(w.r.Uint32()%4))
	}
	w.address(p, `,"subnet":`, 10, network, at.site, 0)
	if at.office {
		w.text(p, `,"dnsSuffix":`, "corp.contoso.example")
	} else {
		w.text(p, `,"dnsSuffix":`, "home.arpa")
	}
	for _, name := range [...]string{`,"sentQualityEventRatio":`, `,"receivedQualityEventRatio":`, `,"delayEventRatio":`, `,"bandwidthLowEventRatio":`} {
		if w.optional(p, name) {
			w.ratio()
		}
	}
	w.wifi(p, at)
	w.hops(p, at)
	if p.undeclared {
		w.raw(`,"ecnMarking":"ect0"`)
	}
	w.raw(`}`)
}

func (w *writer) wifi(p *plan, at place) {
	if !at.wifi {
		w.raw(`,"wifiMicrosoftDriver":null,"wifiMicrosoftDriverVersion":null,"wifiVendorDriver":null,"wifiVendorDriverVersion":null,"wifiChannel":null,"wifiSignalStrength":null,"wifiBatteryCharge":null`)
		return
	}
	w.text(p, `,"wifiMicrosoftDriver":`, "Microsoft Wi-Fi Direct Virtual Adapter")
	w.text(p, `,"wifiMicrosoftDriverVersion":`, "10.0.22621.1")
	w.text(p, `,"wifiVendorDriver":`, [...]string{"Intel(R) Wi-Fi 6E AX211 160MHz", "Qualcomm Atheros QCA61x4A", "Realtek 8822CE 無線 LAN"}[at.site%3])
	w.text(p, `,"wifiVendorDriverVersion":`, "22.200.0.6")
	if w.optional(p, `,"wifiChannel":`) {
		w.int([...]int64{36, 44, 100, 1, 6, 11, 149, 37}[at.site%8])
	}
	if w.optional(p, `,"wifiSignalStrength":`) {
		w.int(40 + int64(w.r.Uint32()%61))
	}
	if w.optional(p, `,"wifiBatteryCharge":`) {
		w.int(int64(w.r.Uint32() % 101))
	}
}

// hops writes the trace route, which Graph leaves empty unless Microsoft's
// support has turned it on.
func (w *writer) hops(p *plan, at place) {
	w.raw(`,"traceRouteHops":[`)
	if p.full || p.odd {
		for i := range uint64(3) {
			if i > 0 {
				w.raw(",")
			}
			w.raw(`{"hopCount":`)
			w.int(int64(i))
			w.address(p, `,"ipAddress":`, 10, at.site, i, 1)
			if w.optional(p, `,"roundTripTime":`) {
				w.length(ticks(w.r.Uint32()%90) * millisecond)
			}
			w.raw(`}`)
		}
	}
	w.raw(`]`)
}

func (w *writer) device(p *plan, label string) {
	if label == dataChannel && !p.full {
		w.raw("null")
		return
	}
	devices := [...]string{
		"Headset Microphone (Jabra Evolve2 65)", "Headset Earphone (Jabra Evolve2 65)", "Default input device", "Default output device",
		"Mikrofonarray (Realtek(R) Audio)", "Lautsprecher (Realtek(R) Audio)", "麦克风 (USB Audio)", "扬声器 (USB Audio)",
		"AirPods Pro de Chloé", "AirPods Pro de Chloé", "Logitech \"MeetUp\" Speakerphone", "Logitech \"MeetUp\" Speakerphone",
	}
	n := w.r.Uint32() % uint32(len(devices))
	w.raw(`{"captureDeviceName":`)
	w.string(devices[n])
	w.text(p, `,"captureDeviceDriver":`, "Microsoft: 10.0.22621.2506")
	w.raw(`,"renderDeviceName":`)
	w.string(devices[(n+n%2)%uint32(len(devices))])
	w.text(p, `,"renderDeviceDriver":`, "Microsoft: 10.0.22621.2506")
	for _, name := range [...]string{`,"sentSignalLevel":`, `,"receivedSignalLevel":`, `,"sentNoiseLevel":`, `,"receivedNoiseLevel":`} {
		if w.optional(p, name) {
			w.int(-10 - int64(w.r.Uint32()%77))
		}
	}
	if w.optional(p, `,"initialSignalLevelRootMeanSquare":`) {
		w.decimal(w.r.Uint64N(3_000_000_000), 7)
	}
	for _, name := range [...]string{
		`,"cpuInsufficentEventRatio":`, `,"renderNotFunctioningEventRatio":`, `,"captureNotFunctioningEventRatio":`,
		`,"deviceGlitchEventRatio":`, `,"lowSpeechToNoiseEventRatio":`, `,"lowSpeechLevelEventRatio":`,
		`,"deviceClippingEventRatio":`, `,"renderZeroVolumeEventRatio":`, `,"renderMuteEventRatio":`,
	} {
		if w.optional(p, name) {
			w.ratio()
		}
	}
	if w.optional(p, `,"howlingEventCount":`) {
		w.int(int64(w.r.Uint32()%20) / 16)
	}
	if w.optional(p, `,"micGlitchRate":`) {
		w.int(int64(w.r.Uint32() % 150))
	}
	if w.optional(p, `,"speakerGlitchRate":`) {
		w.decimal(uint64(w.r.Uint32()%4_000_000), 3)
	}
	w.raw(`}`)
}

// hardware holds the addresses of network adapters and access points.
type hardware struct {
	bssids [12]string
	macs   [64]string
}

func newHardware() hardware {
	var h hardware
	for i := range h.bssids {
		h.bssids[i] = hardwareAddress(uint64(i), 6)
	}
	for i := range h.macs {
		h.macs[i] = hardwareAddress(uint64(100+i), 6+2*(i%8/7))
	}
	h.macs[0] = "02-00-00-00-00-00"
	return h
}

func hardwareAddress(n uint64, octets int) string {
	const digits = "0123456789ABCDEF"
	r := rand.New(rand.NewPCG(n, 7))
	var b []byte
	for i := range octets {
		if i > 0 {
			b = append(b, '-')
		}
		v := r.Uint32N(256)
		b = append(b, digits[v>>4], digits[v&15])
	}
	return string(b)
}
