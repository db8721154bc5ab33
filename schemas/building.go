package schemas

import "reflect"

// Buildings is the name of the table of buildings, which no call record makes:
// one object for the whole lake, written from CQD's building file.
const Buildings = "buildings"

// BuildingTable describes the table buildings.
func BuildingTable() Table {
	return Table{Buildings, "a range of IPv4 addresses and its building; a range with others within has a row for each part of it that is its own", columns(reflect.TypeFor[Building]())}
}

// Building is a row of the table buildings: a range of addresses that no other
// row has any of.
type Building struct {
	FirstAddress  int64  `parquet:"first_address" doc:"first address of the range, as a number"`
	LastAddress   int64  `parquet:"last_address" doc:"last address of the range, as a number"`
	PrefixLength  int64  `parquet:"prefix_length" unit:"bit" doc:"length of the network's prefix"`
	NetworkIP     string `parquet:"network_ip,dict" doc:"first address of the network, which the range is a part of"`
	NetworkName   string `parquet:"network_name,dict" doc:"name of the network"`
	BuildingName  string `parquet:"building_name,dict" doc:"name of the building"`
	OwnershipType string `parquet:"ownership_type,dict" doc:"who owns the building"`
	BuildingType  string `parquet:"building_type,dict" doc:"kind of building"`
	OfficeType    string `parquet:"office_type,dict" doc:"kind of office"`
	City          string `parquet:"city,dict" doc:"city of the building"`
	ZipCode       string `parquet:"zip_code,dict" doc:"postal code of the building"`
	Country       string `parquet:"country,dict" doc:"country of the building"`
	State         string `parquet:"state,dict" doc:"state of the building"`
	Region        string `parquet:"region,dict" doc:"region of the building"`
	InsideCorp    bool   `parquet:"inside_corp" doc:"the network is within the company's own"`
	ExpressRoute  bool   `parquet:"express_route" doc:"the network reaches Microsoft by ExpressRoute"`
	VPN           bool   `parquet:"vpn" doc:"the network is a VPN's"`
}
