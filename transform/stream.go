package transform

import "etl/schemas"

var streamProperties = propertiesOf[schemas.StreamProperties]()

func (d *decoder) streams() {
	for ordinal := range d.elements() {
		d.rows.Streams = extend(d, d.rows.Streams)
		row := &d.rows.Streams[len(d.rows.Streams)-1]
		row.StreamOrdinal = ordinal
		streamProperties.read(d, &row.StreamProperties, mediaPath+".streams", nil)
	}
}
