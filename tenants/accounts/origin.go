package accounts

import (
	"net/netip"
	"strings"

	"github.com/pratica-crm/pratica/core/tenancy"
)

// Origin is where a request comes from, as the browser and the connection say.
type Origin struct{ Address, Agent string }

// arrival is what of an origin is kept: words a person recognises a device by, and an address that names no household.
func (o Origin) arrival(method string) tenancy.Arrival {
	return tenancy.Arrival{Method: method, Device: device(o.Agent), Network: network(o.Address)}
}

// word is a name to show for a mark in a user agent; the first mark that is there counts, for browsers name each other.
type word struct{ mark, name string }

var browsers = []word{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser", "Samsung Internet"}, {"Firefox/", "Firefox"}, {"FxiOS", "Firefox"}, {"CriOS", "Chrome"},
	{"Chrome/", "Chrome"}, {"Chromium/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"}}

var systems = []word{{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"CrOS", "ChromeOS"}, {"Mac OS X", "macOS"}, {"Macintosh", "macOS"}, {"Linux", "Linux"}}

// device says a user agent in words, the same in every language: "Firefox, Windows"; "" when it says nothing we know.
func device(agent string) string {
	var words []string
	for _, list := range [][]word{browsers, systems} {
		for _, w := range list {
			if strings.Contains(agent, w.mark) {
				words = append(words, w.name)
				break
			}
		}
	}
	return strings.Join(words, ", ")
}

// network cuts an address to /24, or /48 of IPv6; "" when it is none.
func network(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	a = a.Unmap().WithZone("")
	bits := 48
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return ""
	}
	return p.String()
}
