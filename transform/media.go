package transform

import "etl/schemas"

const mediaPath = "sessions.segments.media"

func (d *decoder) medias() {
	for ordinal := range d.elements() {
		d.media(ordinal)
	}
}

// media reads an item of a segment's media, and its streams.
func (d *decoder) media(ordinal int64) {
	rows := &d.rows
	streams := len(rows.Streams)
	rows.Media = extend(d, rows.Media)
	row := &rows.Media[len(rows.Media)-1]
	row.MediaOrdinal = ordinal
	for name := range d.members() {
		switch name {
		case "label":
			row.Label = d.text()
		case "callerNetwork":
			networkProperties.read(d, (*schemas.Network)(&row.CallerNetwork), mediaPath+".callerNetwork", nil)
		case "calleeNetwork":
			networkProperties.read(d, (*schemas.Network)(&row.CalleeNetwork), mediaPath+".calleeNetwork", nil)
		case "callerDevice":
			deviceProperties.read(d, (*schemas.Device)(&row.CallerDevice), mediaPath+".callerDevice", nil)
		case "calleeDevice":
			deviceProperties.read(d, (*schemas.Device)(&row.CalleeDevice), mediaPath+".calleeDevice", nil)
		case "streams":
			d.streams()
		default:
			d.unknown(mediaPath, name)
		}
	}
	for i := streams; i < len(rows.Streams); i++ {
		stream := &rows.Streams[i]
		stream.MediaKey = row.MediaKey
		stream.MediaLabel = row.Label
		stream.CallerNetworkSubnet = row.CallerNetwork.Subnet
		stream.CallerNetworkConnectionType = row.CallerNetwork.ConnectionType
		stream.CallerNetworkWifiBand = row.CallerNetwork.WifiBand
		stream.CallerNetworkReflexiveIPAddress = row.CallerNetwork.ReflexiveIPAddress
		stream.CallerDeviceCaptureDeviceName = row.CallerDevice.CaptureDeviceName
		stream.CallerDeviceRenderDeviceName = row.CallerDevice.RenderDeviceName
		stream.CalleeNetworkSubnet = row.CalleeNetwork.Subnet
		stream.CalleeNetworkConnectionType = row.CalleeNetwork.ConnectionType
		stream.CalleeNetworkWifiBand = row.CalleeNetwork.WifiBand
		stream.CalleeNetworkReflexiveIPAddress = row.CalleeNetwork.ReflexiveIPAddress
		stream.CalleeDeviceCaptureDeviceName = row.CalleeDevice.CaptureDeviceName
		stream.CalleeDeviceRenderDeviceName = row.CalleeDevice.RenderDeviceName
	}
}
