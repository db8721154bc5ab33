package transform

import (
	"strings"

	"etl/extract/jsonscan"
	"etl/schemas"
)

// endpoint reads caller or callee of a session or segment; path is its place
// in the call record. That of a segment is mostly written as its session's was,
// the last one, and is then not read anew unless there was something to note,
// which counts each time.
func (d *decoder) endpoint(e *schemas.Endpoint, path string, last *lastEndpoint) {
	if d.scan.Again(last.text) {
		*e = last.endpoint
		return
	}
	start, noted, isObject := d.scan.Offset(), d.noted(), d.scan.Next() == jsonscan.Object
	d.newEndpoint(e, path)
	if isObject && d.noted() == noted {
		*last = lastEndpoint{d.scan.Since(start), *e}
	}
}

// lastEndpoint is an endpoint of the record as it was sent and as it was read.
type lastEndpoint struct {
	text     string
	endpoint schemas.Endpoint
}

func (d *decoder) newEndpoint(e *schemas.Endpoint, path string) {
	hasIdentity := false
	var set identity
	for name := range d.members() {
		switch name {
		case "@odata.type":
			e.Kind = d.subtype("Endpoint")
		case "name":
			e.Name = d.text()
		case "cpuName":
			e.CPUName = d.text()
		case "cpuCoresCount":
			e.CPUCoresCount = d.integer()
		case "cpuProcessorSpeedInMhz":
			e.CPUProcessorSpeedInMhz = d.integer()
		case "associatedIdentity":
			hasIdentity = d.scan.Next() == jsonscan.Object
			setAssociatedIdentity(e, d.person(path))
		case "identity":
			set = d.identitySet()
		case "userAgent":
			d.userAgent(e, path)
		case "feedback":
			d.feedback(e, path)
		default:
			d.unknown(path, name)
		}
	}
	e.Identity, e.IdentityKind = set.set, set.kind
	e.IdentityID, e.IdentityDisplayName = set.id, set.displayName
	e.IdentityTenantID, e.IdentityUserPrincipalName = set.tenantID, set.userPrincipalName
	if !hasIdentity {
		setAssociatedIdentity(e, set.person)
	}
}

func setAssociatedIdentity(e *schemas.Endpoint, p person) {
	e.AssociatedIdentityID, e.AssociatedIdentityDisplayName = p.id, p.displayName
	e.AssociatedIdentityTenantID, e.AssociatedIdentityUserPrincipalName = p.tenantID, p.userPrincipalName
}

func (d *decoder) userAgent(e *schemas.Endpoint, path string) {
	for name := range d.members() {
		switch name {
		case "@odata.type":
			e.UserAgentKind = d.subtype("UserAgent")
		case "headerValue":
			e.UserAgentHeaderValue = d.text()
		case "applicationVersion":
			e.UserAgentApplicationVersion = d.text()
		case "azureADAppId":
			e.UserAgentAzureADAppID = d.text()
		case "communicationServiceId":
			e.UserAgentCommunicationServiceID = d.text()
		case "platform":
			e.UserAgentPlatform = d.text()
		case "productFamily":
			e.UserAgentProductFamily = d.text()
		case "role":
			e.UserAgentRole = d.text()
		default:
			d.unknown(path+".userAgent", name)
		}
	}
}

func (d *decoder) feedback(e *schemas.Endpoint, path string) {
	for name := range d.members() {
		switch name {
		case "rating":
			e.FeedbackRating = d.text()
		case "text":
			e.FeedbackText = d.text()
		case "tokens":
			e.FeedbackTokens = d.json()
		default:
			d.unknown(path+".feedback", name)
		}
	}
}

// subtype reads an @odata.type and returns what it says beyond the base type:
// client of #microsoft.graph.callRecords.clientUserAgent.
func (d *decoder) subtype(base string) *string {
	name, ok := d.string()
	if !ok {
		return nil
	}
	name = name[strings.LastIndexByte(name, '.')+1:]
	if short := strings.TrimSuffix(name, base); short != "" {
		name = short
	}
	return d.texts.keep(name)
}

// isAnnotation reports whether a member is an OData annotation
// (@odata.type, sessions@odata.context) and not a property.
func isAnnotation(name string) bool { return strings.Contains(name, "@") }
