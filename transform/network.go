package transform

import "etl/schemas"

var (
	networkProperties = propertiesOf[schemas.Network]()
	deviceProperties  = propertiesOf[schemas.Device]()
)

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
