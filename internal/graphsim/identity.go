package graphsim

import "strconv"

// kind is a member of a communicationsIdentitySet.
type kind string

const (
	user                kind = "user"
	guest               kind = "guest"
	phone               kind = "phone"
	acsUser             kind = "azureCommunicationServicesUser"
	applicationInstance kind = "applicationInstance"
	application         kind = "application"
	device              kind = "device"
	onPremises          kind = "onPremises"
	encrypted           kind = "encrypted"
	assertedIdentity    kind = "assertedIdentity"
)

// identity is someone or something that takes part in calls. Its JSON is
// rendered once, since it is repeated in every session and segment.
type identity struct {
	kind kind
	id   string
	// object is the identity as JSON, set the identity set that holds it, with
	// the surrounding braces each.
	object, set string
	// more is rendered after the identity set of a participant.
	more string
	// client is the start of a participantEndpoint, without its end.
	client string
	// home is where the identity's network and devices are drawn from.
	home uint64
	room bool
}

// identityText is what an identity says of itself. A nil text is null.
type identityText struct {
	kind                kind
	id                  string
	name, tenant, upn   *string
	odataType           string
	extra               string // further members, with a leading comma
	ascii               bool
	nulls               bool // whether the set names the members that it lacks
	asserted            string
	endpointType        string
	administrativeUnits []string
}

func (t identityText) render() identity {
	i := identity{kind: t.kind, id: t.id}
	i.object = string(t.appendObject(nil))
	i.set = string(t.appendSet(nil, i.object))
	if len(t.administrativeUnits) > 0 {
		b := []byte(`,"administrativeUnitInfos":[`)
		for n, unit := range t.administrativeUnits {
			if n > 0 {
				b = append(b, ',')
			}
			b = append(b, `{"id":"`+unit+`"}`...)
		}
		i.more = string(append(b, ']'))
	}
	return i
}

func (t identityText) appendObject(b []byte) []byte {
	optional := func(name string, value *string) {
		b = append(b, `,"`+name+`":`...)
		if value == nil {
			b = append(b, "null"...)
		} else {
			b = appendQuoted(b, *value, t.ascii)
		}
	}
	b = append(b, '{')
	if t.odataType != "" {
		b = append(b, `"@odata.type":"#microsoft.graph.`+t.odataType+`",`...)
	}
	b = append(b, `"id":`...)
	b = appendQuoted(b, t.id, t.ascii)
	optional("displayName", t.name)
	optional("tenantId", t.tenant)
	if t.kind == user || t.upn != nil {
		optional("userPrincipalName", t.upn)
	}
	b = append(b, t.extra...)
	return append(b, '}')
}

// appendSet appends the identity set. Real sets name many members that they
// lack, among them some that the schema doesn't declare.
func (t identityText) appendSet(b []byte, object string) []byte {
	member := func(name, value string) {
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(b, `"`+name+`":`+value...)
	}
	b = append(b, '{')
	if t.endpointType != "" {
		member("endpointType", `"`+t.endpointType+`"`)
	} else if t.nulls {
		member("endpointType", "null")
	}
	for _, k := range []kind{
		"acsUser", "spoolUser", phone, guest, encrypted, onPremises, "acsApplicationInstance", "spoolApplicationInstance",
		applicationInstance, application, device, acsUser, assertedIdentity, user,
	} {
		switch {
		case k == t.kind:
			member(string(k), object)
		case k == assertedIdentity && t.asserted != "":
			member(string(k), t.asserted)
		case t.nulls:
			member(string(k), "null")
		}
	}
	return append(b, '}')
}

// clientText is what a client says of itself in an endpoint.
type clientText struct {
	platform, family, header, version string
	machine, cpu                      string
	cores, mhz                        int
	appID, communicationID            string
}

// render appends the endpoint's start: all but feedback and the closing brace.
// A client that reports little leaves out, empties or nulls the rest.
func (c clientText) render(i identity, deprecatedIdentity, reportsLittle bool) string {
	b := []byte(`{"@odata.type":"#microsoft.graph.callRecords.participantEndpoint","userAgent":{"@odata.type":"#microsoft.graph.callRecords.clientUserAgent","headerValue":`)
	optional := func(name, value string) {
		if value != "" {
			b = append(b, `,"`+name+`":"`+value+`"`...)
		} else if !reportsLittle {
			b = append(b, `,"`+name+`":null`...)
		}
	}
	if c.header == "" {
		b = append(b, "null"...)
	} else {
		b = appendQuoted(b, c.header, false)
	}
	optional("applicationVersion", c.version)
	b = append(b, `,"platform":"`+c.platform+`","productFamily":"`+c.family+`"`...)
	optional("communicationServiceId", c.communicationID)
	optional("azureADAppId", c.appID)
	b = append(b, '}')
	if reportsLittle {
		b = append(b, `,"name":"","cpuName":null`...)
	} else {
		b = append(b, `,"name":`...)
		b = appendQuoted(b, c.machine, false)
		b = append(b, `,"cpuName":`...)
		b = appendQuoted(b, c.cpu, false)
		b = append(b, `,"cpuCoresCount":`...)
		b = strconv.AppendInt(b, int64(c.cores), 10)
		b = append(b, `,"cpuProcessorSpeedInMhz":`...)
		b = strconv.AppendInt(b, int64(c.mhz), 10)
	}
	b = append(b, `,"associatedIdentity":`+i.object...)
	if deprecatedIdentity {
		b = append(b, `,"identity":`+i.set...)
	}
	return string(b)
}
