package tenants

import (
	"context"
	"strings"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Federation lets others vouch for people and machines: an agency's identity provider, OAuth2 clients, a network's own directory.
// README.md says what was decided and why.
type Federation struct {
	*Service
	directory *tenancy.Directory
	operator  *tenancy.Operator
	providers *providers
	refusals  *refusals
	public    string // base of what is called back
}

// Federate builds the service over that of the agencies. loopback lets identity providers be on this machine: for tests and dev.
func Federate(s *Service, d *tenancy.Directory, o *tenancy.Operator, publicURL string, loopback bool) *Federation {
	return &Federation{Service: s, directory: d, operator: o, providers: newProviders(loopback), refusals: newRefusals(s.accounts.Now), public: strings.TrimSuffix(publicURL, "/")}
}

// Public is the base of our addresses, as others know us.
func (f *Federation) Public() string { return f.public }

// platform is the platform's own scope in an agency, for a sign-in nobody is signed in for yet.
func (f *Federation) platform(agency ident.AgencyID, request string) (tenancy.Scope, error) {
	scope, err := f.operator.Scope(agency, request)
	return scope.For("sign_ins.record"), err
}

// write gives fn a transaction of the platform's in an agency.
func (f *Federation) write(ctx context.Context, agency ident.AgencyID, request string, fn func(*tenancy.Tx) error) error {
	scope, err := f.platform(agency, request)
	if err != nil {
		return err
	}
	return f.db.Write(ctx, scope, fn)
}
