package graphsim

import (
	"fmt"
	"math/rand/v2"
)

// client makes what the identity's client says of itself.
func (d *directory) client(r *rand.Rand, i identity, n int) clientText {
	c := clientText{
		family:  "teams",
		version: fmt.Sprintf("1.0.0.%d", 2023052414+r.IntN(500_000_000)),
		machine: fmt.Sprintf("LAPTOP-%06X", r.IntN(1<<24)),
		cpu:     pick(r, []string{"Intel(R) Core(TM) i7-1185G7 @ 3.00GHz", "AMD Ryzen 7 PRO 6850U with Radeon Graphics", "Apple M2", "unknown"}),
		cores:   pick(r, []int{4, 8, 12, 16}),
		mhz:     pick(r, []int{1805, 2995, 3201, 0}),
		appID:   "1fec8e78-bce4-4aaf-ab1b-5451cc387264",
	}
	c.platform = pick(r, []string{"windows", "windows", "windows", "windows", "macOS", "macOS", "iOS", "android", "web", "ipPhone", "surfaceHub", "holoLens", "unknown"})
	switch {
	case i.room:
		c.platform = "roomSystem"
		c.machine = fmt.Sprintf("MTR-%04d", n)
	case i.kind == phone, i.kind == assertedIdentity:
		c = clientText{platform: "unknown", family: "unknown", machine: "machineName_1"}
	case i.kind == acsUser:
		// A member beyond the sentinel of its enumeration: see maskUnknown.
		c.family = "azureCommunicationServices"
		c.communicationID = guid(r)
	case i.kind == onPremises:
		c.family = pick(r, []string{"skypeForBusiness", "lync"})
	case n%17 == 3:
		// A platform that no published schema knows yet.
		c.platform = "visionOS"
	case n%19 == 4:
		// Seen in a fixture of Microsoft's: capitals where the schema has none.
		c.platform, c.family = "Windows", "Teams"
	}
	if c.family != "unknown" {
		c.header = fmt.Sprintf("CallSignalingAgent (27/%s//;release_%d/2023.45.01.1;releases/CL2023.R45)", c.version, r.IntN(1_000_000))
	}
	return c
}
