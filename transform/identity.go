package transform

import (
	"etl/extract/jsonscan"
	"etl/schemas"
)

// person is what becomes columns of one identity (microsoft.graph.identity).
type person struct {
	id, displayName, tenantID, userPrincipalName *string
}

// identity is an identity set (microsoft.graph.identitySet): the member that
// stands for it, and the whole set as JSON text.
type identity struct {
	person
	kind *string
	set  *string
}

// identitySet reads an identity set; null gives the zero identity. What of it
// has no column is in the JSON text, so nothing in it is unknown.
func (d *decoder) identitySet() identity {
	var chosen identity
	start, isSet := d.scan.Offset(), d.scan.Next() == jsonscan.Object
	kind := ""
	for name := range d.members() {
		if d.scan.Null() { // as most are
			continue
		}
		if d.scan.Next() != jsonscan.Object || isAnnotation(name) {
			d.scan.Skip()
			continue
		}
		member := d.person("")
		if kind == "" || stands(name, kind) {
			kind, chosen.person = name, member
		}
	}
	if kind != "" {
		chosen.kind = d.texts.keep(kind)
	}
	if isSet {
		chosen.set = d.compacted(d.scan.Since(start))
	}
	return chosen
}

// stands reports whether, of two members of an identity set, the first is the
// one that stands for the set.
func stands(name, other string) bool {
	a, b := precedence(name), precedence(other)
	return a < b || (a == b && name < other)
}

func precedence(member string) int {
	switch member {
	case "user":
		return 0
	case "phone":
		return 1
	case "guest":
		return 2
	case "applicationInstance":
		return 3
	case "application":
		return 4
	case "device":
		return 5
	default:
		return 6
	}
}

// person reads an identity. Its further properties are unknown where it is the
// associatedIdentity of the endpoint at path; with no path it is the member of
// a set, which is kept whole.
func (d *decoder) person(path string) person {
	var p person
	for name := range d.members() {
		switch name {
		case "id":
			p.id = d.text()
		case "displayName":
			p.displayName = d.text()
		case "tenantId":
			p.tenantID = d.text()
		case "userPrincipalName":
			p.userPrincipalName = d.text()
		default:
			if path == "" || isAnnotation(name) {
				d.scan.Skip()
			} else {
				d.unknown(path+".associatedIdentity", name)
			}
		}
	}
	return p
}

// participant reads an item of participants_v2, or organizer_v2
// (callRecords.participantBase).
func (d *decoder) participant(path string) schemas.ParticipantProperties {
	var p schemas.ParticipantProperties
	for name := range d.members() {
		switch name {
		case "id":
			p.ParticipantID = d.text()
		case "identity":
			setIdentity(&p, d.identitySet())
		case "administrativeUnitInfos":
			p.AdministrativeUnits = d.administrativeUnits(path)
		default:
			d.unknown(path, name)
		}
	}
	return p
}

// deprecatedParticipant reads an item of the deprecated participants, or the
// deprecated organizer, which are identity sets: the id is the member's.
func (d *decoder) deprecatedParticipant() schemas.ParticipantProperties {
	var p schemas.ParticipantProperties
	set := d.identitySet()
	p.ParticipantID = set.id
	setIdentity(&p, set)
	return p
}

func setIdentity(p *schemas.ParticipantProperties, set identity) {
	p.Identity, p.IdentityKind = set.set, set.kind
	p.IdentityID, p.IdentityDisplayName = set.id, set.displayName
	p.IdentityTenantID, p.IdentityUPN = set.tenantID, set.userPrincipalName
}

func (d *decoder) administrativeUnits(path string) []schemas.AdministrativeUnit {
	units := emptyList[schemas.AdministrativeUnit](d)
	for range d.elements() {
		var unit schemas.AdministrativeUnit
		for name := range d.members() {
			if name == "id" {
				unit.ID = d.text()
			} else {
				d.unknown(path+".administrativeUnitInfos", name)
			}
		}
		units = append(units, unit)
	}
	return units
}
