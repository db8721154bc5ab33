package transform

import "etl/schemas"

func (d *decoder) network(n *schemas.Network, path string) {
	for name := range d.members() {
		switch name {
		case "ipAddress":
			n.IPAddress = d.text()
		case "port":
			n.Port = d.integer()
		case "subnet":
			n.Subnet = d.text()
		case "reflexiveIPAddress":
			n.ReflexiveIPAddress = d.text()
		case "relayIPAddress":
			n.RelayIPAddress = d.text()
		case "relayPort":
			n.RelayPort = d.integer()
		case "macAddress":
			n.MacAddress = d.text()
		case "dnsSuffix":
			n.DNSSuffix = d.text()
		case "connectionType":
			n.ConnectionType = d.text()
		case "networkTransportProtocol":
			n.NetworkTransportProtocol = d.text()
		case "linkSpeed":
			n.LinkSpeed = d.integer()
		case "bandwidthLowEventRatio":
			n.BandwidthLowEventRatio = d.double()
		case "delayEventRatio":
			n.DelayEventRatio = d.double()
		case "receivedQualityEventRatio":
			n.ReceivedQualityEventRatio = d.double()
		case "sentQualityEventRatio":
			n.SentQualityEventRatio = d.double()
		case "basicServiceSetIdentifier":
			n.BasicServiceSetIdentifier = d.text()
		case "wifiBand":
			n.WifiBand = d.text()
		case "wifiBatteryCharge":
			n.WifiBatteryCharge = d.integer()
		case "wifiChannel":
			n.WifiChannel = d.integer()
		case "wifiRadioType":
			n.WifiRadioType = d.text()
		case "wifiSignalStrength":
			n.WifiSignalStrength = d.integer()
		case "wifiMicrosoftDriver":
			n.WifiMicrosoftDriver = d.text()
		case "wifiMicrosoftDriverVersion":
			n.WifiMicrosoftDriverVersion = d.text()
		case "wifiVendorDriver":
			n.WifiVendorDriver = d.text()
		case "wifiVendorDriverVersion":
			n.WifiVendorDriverVersion = d.text()
		case "traceRouteHops":
			n.TraceRouteHops = d.traceRouteHops(path)
		default:
			d.unknown(path, name)
		}
	}
}

func (d *decoder) traceRouteHops(path string) []schemas.TraceRouteHop {
	hops := emptyList[schemas.TraceRouteHop](d)
	d.route = d.route[:0]
	for range d.elements() {
		var hop schemas.TraceRouteHop
		for name := range d.members() {
			switch name {
			case "hopCount":
				hop.HopCount = d.integer()
			case "ipAddress":
				hop.IPAddress = d.text()
			case "roundTripTime":
				hop.RoundTripTimeMs = d.duration()
			default:
				d.unknown(path+".traceRouteHops", name)
			}
		}
		d.route = append(d.route, hop)
	}
	if len(d.route) == 0 {
		return hops
	}
	return d.hops.keepList(d.route)
}
