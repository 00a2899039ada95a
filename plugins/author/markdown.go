package author

import (
	"fmt"
	"strings"

	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// Markdown is what an operator and an agency read of a connector: settings, permissions, costs. It is drawn from the description.
func Markdown(d *pb.DescribeResponse) []byte {
	var out strings.Builder
	say := func(format string, args ...any) { fmt.Fprintf(&out, format+"\n", args...) }
	some := func(of []string) string {
		if len(of) == 0 {
			return "nothing"
		}
		return strings.Join(of, ", ")
	}
	say("# %s\n", d.GetTitle())
	say("`%s` %s: %s", d.GetId(), d.GetVersion(), some(d.GetCapabilities()))
	if len(d.GetCountries())+len(d.GetProducts()) > 0 {
		say("Countries: %s. Products: %s.", some(d.GetCountries()), some(d.GetProducts()))
	}
	say("\n## Settings\n")
	settings := settingsOf(d.GetConfigSchema())
	if len(settings) == 0 {
		say("None.")
	} else {
		say("| setting | impostazione | name | needed | secret |\n|---|---|---|---|---|")
	}
	for _, s := range settings {
		secret := ""
		switch {
		case s.Certificate != "":
			secret = "certificate (" + s.Certificate + "), never shown to the connector"
		case s.Reveal:
			secret = "yes, and the connector sees it"
		case s.Secret:
			secret = "yes, never shown to the connector"
		}
		needed := ""
		if s.required {
			needed = "yes"
		}
		say("| %s | %s | `%s` | %s | %s |", cell(s.Title["en"], s.Help["en"]), cell(s.Title["it"], s.Help["it"]), s.name, needed, secret)
	}
	say("\n## Permissions\n")
	say("- connects to: %s", some(d.GetEgress()))
	say("- is given or brings: %s", some(d.GetDataCategories()))
	for _, s := range settings {
		if s.Reveal {
			say("- **sees the secret** `%s`", s.name)
		}
	}
	if len(d.GetCallbackPaths()) > 0 {
		say("- is called back at: %s", some(d.GetCallbackPaths()))
	}
	if r := d.GetRate(); r.GetCallsPerMinute() > 0 {
		say("- at most %d calls a minute for a connection, %d at once", r.GetCallsPerMinute(), r.GetBurst())
	}
	say("\n## Costs\n")
	if len(d.GetCosts()) == 0 {
		say("None that it knows of.")
	}
	for _, c := range d.GetCosts() {
		say("- %s: up to %d.%02d euros a call", c.GetMethod(), c.GetCents()/100, c.GetCents()%100)
	}
	return []byte(out.String())
}

// cell is text that fits a table.
func cell(title, help string) string {
	text := title
	if help != "" {
		text += ". " + help
	}
	return strings.NewReplacer("|", "\\|", "\n", " ").Replace(text)
}
