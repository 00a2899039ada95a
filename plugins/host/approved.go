package host

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/plugins/sdk/wire"
)

// asApproved refuses a program that describes itself as another version, or as asking for more, than was approved.
func asApproved(c *connectors.Connector, r Release) error {
	if r.Version != "" && c.Version != r.Version {
		return fmt.Errorf("%w: it says it is version %.40s and was approved as %s; its author has packaged the wrong program", errRefused, c.Version, r.Version)
	}
	if r.Approved == nil {
		return nil
	}
	more := connectors.PermissionsOf(*c).Exceeds(*r.Approved)
	if len(more) == 0 {
		return nil
	}
	words := []string{}
	for _, change := range more {
		words = append(words, change.String())
	}
	return fmt.Errorf("%w: it asks for more than was approved (%.200s); its author has to publish a version that says so, to be approved", errRefused, strings.Join(words, ", "))
}

var otherProtocol = regexp.MustCompile(`incompatible API version with plugin\. Plugin version: (\d+)`)

// refusal tells a program that speaks another protocol from one that did not start: the first never will.
func refusal(err error) error {
	if m := otherProtocol.FindStringSubmatch(err.Error()); m != nil {
		return fmt.Errorf("%w: it speaks version %s of the connector protocol and this platform version %d; get a build of it for version %d, or bring the platform up to date", errRefused, m[1], wire.Version, wire.Version)
	}
	return err
}
