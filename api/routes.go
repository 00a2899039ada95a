package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/pratica-crm/pratica/core/access"
	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/callbacks"
	"github.com/pratica-crm/pratica/core/compliance"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/consents"
	"github.com/pratica-crm/pratica/core/creditreports"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/glance"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/privacy"
	"github.com/pratica-crm/pratica/core/products"
	"github.com/pratica-crm/pratica/core/properties"
	"github.com/pratica-crm/pratica/core/reports"
	"github.com/pratica-crm/pratica/core/rotation"
	"github.com/pratica-crm/pratica/core/search"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/submissions"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/verifications"
	"github.com/pratica-crm/pratica/core/webhooks"
	"github.com/pratica-crm/pratica/tenants"
	"github.com/pratica-crm/pratica/tenants/accounts"
)

// Policy tells what roles there are and what they may do; policies implements it.
type Policy interface {
	Roles() []string
	Permissions(domain uuid.UUID, roles []string) []access.Action
	NeedsProof(action access.Action) bool
}

// Deps are the services the interface speaks for; cmd builds them.
type Deps struct {
	DB            *tenancy.DB
	Directory     *tenancy.Directory
	Networks      *tenancy.Networks
	Policy        Policy
	Accounts      *accounts.Service
	Tenants       *tenants.Service
	Federation    *tenants.Federation
	Subjects      *subjects.Service
	Properties    *properties.Service
	Products      *products.Service
	Applications  *applications.Service
	Documents     *documents.Service
	Connectors    *connectors.Service
	Submissions   *submissions.Service
	Consents      *consents.Service
	Glance        *glance.Service
	CreditReports *creditreports.Service
	Verifications *verifications.Service
	Callbacks     *callbacks.Service
	Search        *search.Service
	Workflows     *instances.Templates
	Bases         *instances.NetworkTemplates
	Jobs          *jobs.Service
	Reports       *reports.Service
	Audit         *audit.Keeper
	Compliance    *compliance.Service
	Rotation      *rotation.Service
	Privacy       *privacy.Service
	Webhooks      *webhooks.Service
	News          News
	Heartbeat     time.Duration                          // of live updates; 15 s when 0
	Revoked       <-chan struct{}                        // says that another server has ended sessions
	Revoke        func()                                 // says so to the others
	Health        map[string]func(context.Context) error // reported by /readyz, never gating
	Web           http.Handler                           // the workspace
	Secure        bool                                   // the public URL is https
	Subdomains    bool                                   // and so are its subdomains
	Limits        Limits                                 // how much may be asked for
	Buckets       Buckets                                // nil: no rate is limited
	Metrics       *Metrics                               // nil: counted and shown to nobody
}

// routes is the whole route table, feature by feature.
func routes(d Deps) []Route {
	return slices.Concat(authRoutes(d), tenantRoutes(d), roleRoutes(d), subjectRoutes(d), propertyRoutes(d), productRoutes(d), applicationRoutes(d), taskRoutes(d), documentRoutes(d), submissionRoutes(d), connectorRoutes(d), searchRoutes(d), auditRoutes(d), workflowRoutes(d), baseRoutes(d), jobRoutes(d), reportRoutes(d), supportRoutes(d), complianceRoutes(d), quotaRoutes(d), proofRoutes(d), accountRoutes(d), keyRoutes(d), oauthRoutes(d), oidcRoutes(d), scimRoutes(d), offerRoutes(d), privacyRoutes(d), portalRoutes(d), webhookRoutes(d), consentRoutes(d), creditReportRoutes(d), verificationRoutes(d), callbackRoutes(d))
}

// Table lists every route with its action; it is golden-tested.
func Table(d Deps) []RouteInfo {
	var all []RouteInfo
	for _, r := range routes(d) {
		all = append(all, r.Info())
	}
	return all
}
