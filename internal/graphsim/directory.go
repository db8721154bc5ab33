package graphsim

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// directory holds everyone and everything that takes part in a tenant's calls.
type directory struct {
	options GeneratorOptions
	users   []identity
	rooms   []identity
	odd     []identity // users with odd display names
	others  map[kind][]identity
	// kinds are all kinds in a fixed order, users first.
	kinds []kind
}

func newDirectory(o GeneratorOptions) directory {
	d := directory{
		options: o,
		others:  map[kind][]identity{},
		kinds:   []kind{user, guest, phone, acsUser, applicationInstance, application, device, onPremises, encrypted, assertedIdentity},
	}
	for i := range o.People {
		d.users = append(d.users, d.user(i))
	}
	for i, name := range oddNames() {
		d.odd = append(d.odd, d.member(i, 1, name, fmt.Sprintf("odd%d@%s", i, o.Domain), false))
	}
	for i := range max(4, o.People/50) {
		d.rooms = append(d.rooms, d.member(i, 2, fmt.Sprintf("Conf Room %d/%d", i/8+1, i%8+1), fmt.Sprintf("room%d@%s", i, o.Domain), true))
	}
	for n, k := range d.kinds[1:] {
		for i := range 12 {
			d.others[k] = append(d.others[k], d.other(k, i, uint64(3+n)))
		}
	}
	return d
}

// of returns an identity of the given kind; n may be any number.
func (d *directory) of(k kind, n int) *identity {
	list := d.others[k]
	if k == user {
		list = d.users
	}
	return &list[n%len(list)]
}

// random returns the source that describes the n-th identity of a class.
func (d *directory) random(class uint64, n int) *rand.Rand {
	return rand.New(rand.NewPCG(mix(d.options.Seed^class<<56), mix(uint64(n))))
}

// user makes the n-th user. Some have odd names, some are of other tenants.
func (d *directory) user(n int) identity {
	r := d.random(0, n)
	first, last := plainNames()
	name := pick(r, first) + " " + pick(r, last)
	upn := strings.Map(func(c rune) rune {
		if c == ' ' {
			return '.'
		}
		if c > 0x7e || c == '\'' {
			return -1
		}
		return c
	}, strings.ToLower(name))
	if n%16 == 7 {
		name = oddNames()[n/16%len(oddNames())]
		upn = fmt.Sprintf("user%d", n)
	}
	return d.member(n, 0, name, fmt.Sprintf("%s%d@%s", upn, n, d.options.Domain), false)
}

// member makes a user of the tenant, or of a federated one.
func (d *directory) member(n int, class uint64, name, upn string, room bool) identity {
	r := d.random(class+64, n)
	t := identityText{
		kind: user, id: guid(r), name: &name, tenant: &d.options.TenantID, upn: &upn,
		odataType: "userIdentity",
		ascii:     n%8 == 7,
		nulls:     n%3 != 0,
	}
	if class == 0 && n%23 == 5 {
		tenant := guid(r)
		external := strings.Replace(upn, "@"+d.options.Domain, "@fabrikam.example", 1)
		t.tenant, t.upn, t.odataType = &tenant, &external, "communicationsUserIdentity"
	}
	switch {
	case n%29 == 0:
		t.extra = `,"ipAddress":"203.0.113.` + fmt.Sprint(n%250) + `"`
	case n%11 == 4:
		t.upn = nil
	}
	if n%9 == 0 {
		t.administrativeUnits = []string{guid(r), guid(r)}[:1+n%2]
	}
	if n%7 == 0 {
		t.endpointType = pick(r, []string{"default", "skypeForBusiness", "voicemail", "skypeForBusinessVoipPhone"})
	}
	i := t.render()
	i.home, i.room = r.Uint64(), room
	i.client = d.client(r, i, n).render(i, n%5 == 0, n%13 == 6)
	return i
}

// other makes the n-th identity of a kind that isn't a user.
func (d *directory) other(k kind, n int, class uint64) identity {
	r := d.random(class, n)
	t := identityText{kind: k, nulls: n%2 == 0, id: guid(r)}
	name := func(s string) { t.name = &s }
	if n%5 != 4 {
		name(fmt.Sprintf("%s %d", k, n+1))
	}
	switch k {
	case phone, assertedIdentity:
		t.odataType = "communicationsPhoneIdentity"
		t.id = fmt.Sprintf("+49301234%04d", r.IntN(10000))
		if n%3 == 1 {
			t.name = nil
		}
		if k == phone && n%2 == 0 {
			t.asserted = `{"id":"` + t.id + `","displayName":"Caller ` + fmt.Sprint(n) + `"}`
		}
	case guest:
		t.odataType = "communicationsGuestIdentity"
		t.id = "teamsvisitor:" + strings.ReplaceAll(guid(r), "-", "")
		if n%2 == 1 {
			t.name = nil
		}
		if n%3 == 0 {
			t.extra = fmt.Sprintf(`,"email":"visitor%d@fabrikam.example"`, n)
		}
	case acsUser:
		t.odataType = "azureCommunicationServicesUserIdentity"
		resource := guid(r)
		t.id = "8:acs:" + resource + "_" + strings.ReplaceAll(guid(r), "-", "")[:24]
		t.extra = `,"azureCommunicationServicesResourceId":"` + resource + `"`
	case applicationInstance:
		t.odataType = "communicationsApplicationInstanceIdentity"
		t.tenant = &d.options.TenantID
		t.extra = `,"hidden":false`
		name([]string{"Auto attendant", "Call queue Sales", "Voice bot"}[n%3])
	case application:
		t.odataType = "communicationsApplicationIdentity"
		t.extra = `,"applicationType":"recording","hidden":true`
		name("Compliance recorder")
	}
	if n%4 == 0 {
		t.endpointType = "voicemail"
	}
	if n%6 == 0 {
		t.administrativeUnits = []string{guid(r)}
	}
	i := t.render()
	i.home = r.Uint64()
	i.client = d.client(r, i, n).render(i, n%3 == 0, n%7 == 6)
	return i
}
