package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/core/applications"
	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/breakers"
	"github.com/pratica-crm/pratica/core/compliance"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/consents"
	"github.com/pratica-crm/pratica/core/creditreports"
	"github.com/pratica-crm/pratica/core/documents"
	"github.com/pratica-crm/pratica/core/glance"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/instances"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/keys"
	"github.com/pratica-crm/pratica/core/natsjs"
	"github.com/pratica-crm/pratica/core/privacy"
	"github.com/pratica-crm/pratica/core/products"
	"github.com/pratica-crm/pratica/core/properties"
	"github.com/pratica-crm/pratica/core/queue"
	"github.com/pratica-crm/pratica/core/redis"
	"github.com/pratica-crm/pratica/core/reports"
	"github.com/pratica-crm/pratica/core/rotation"
	"github.com/pratica-crm/pratica/core/schema"
	"github.com/pratica-crm/pratica/core/search"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/submissions"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/verifications"
	"github.com/pratica-crm/pratica/plugins/host"
	"github.com/pratica-crm/pratica/policies"
	"github.com/pratica-crm/pratica/tenants"
	"github.com/pratica-crm/pratica/tenants/accounts"
	"github.com/pratica-crm/pratica/tenants/templates"
	"github.com/pratica-crm/pratica/web"
)

// app is the product put together: the one place where packages that must not know each other meet.
type app struct {
	cfg       Config
	policy    *policies.Policy
	db        *tenancy.DB
	directory *tenancy.Directory
	networks  *tenancy.Networks
	operator  *tenancy.Operator
	redis     *redis.Client
	nats      *natsjs.Queue // nil: operations are dispatched over Redis
	caller    connectors.Caller
	kinds     map[string]jobs.Work // long work, by kind
	mail      queue.Carrier        // sends what the outbox holds for people
	now       func() time.Time     // the clock of every transaction
	metrics   *api.Metrics
	deps      api.Deps
	closers   []func()
}

// poolSize is the number of database connections of the application role; the other roles need few.
const poolSize = 16

// open connects everything a server or worker needs.
func open(ctx context.Context, cfg Config) (*app, error) {
	return openAt(ctx, cfg, time.Now, absent{})
}

// openPlugged is open with the connectors of the configured folder, which run until the app is closed.
func openPlugged(ctx context.Context, cfg Config) (*app, error) {
	told, lines, metrics := make(chan host.Event, 100), newTails(), api.NewMetrics()
	plugs, err := plug(cfg, told, lines, &meter{metrics: metrics})
	if err != nil {
		return nil, err
	}
	guard := breakers.New(plugs, plugs.Bank, breakers.Settings{})
	a, err := openAt(ctx, cfg, time.Now, guard)
	if err != nil {
		return nil, errors.Join(err, plugs.Close())
	}
	a.metrics = metrics
	a.deps.Webhooks.Count(metrics.Delivered)
	a.metrics.WatchQueue(api.Queue{Standing: a.operator, Attempts: a.deps.Connectors.Attempts, Banks: guard.Standings})
	a.closers = slices.Insert(a.closers, 0, func() { _ = plugs.Close() }) // last of all: whoever calls it ends first
	if err := a.plugIn(ctx, plugs, told, lines, guard.Resting); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

// openAt is open with another clock and way to the connectors.
func openAt(ctx context.Context, cfg Config, now func() time.Time, caller connectors.Caller) (*app, error) {
	if err := cfg.need("DatabaseURL", "DatabaseDirectoryURL", "DatabaseNetworkURL", "DatabaseOperatorURL", "RedisURL"); err != nil {
		return nil, err
	}
	if err := schema.Check(ctx, cfg.DatabaseURL.Reveal()); err != nil {
		return nil, err
	}
	a := &app{cfg: cfg, caller: caller, mail: mailer{url: cfg.SMTPURL.Reveal(), from: cfg.MailFrom}.carry, now: now, metrics: api.NewMetrics()}
	if err := a.connect(ctx); err != nil {
		a.close()
		return nil, err
	}
	return a, nil
}

func (a *app) connect(ctx context.Context) (err error) {
	if a.policy, err = policies.New(); err != nil {
		return err
	}
	if a.db, err = tenancy.Open(ctx, a.cfg.DatabaseURL.Reveal(), poolSize, a.policy, a.now); err != nil {
		return err
	}
	a.closers = append(a.closers, a.db.Close)
	if a.directory, err = tenancy.OpenDirectory(ctx, a.cfg.DatabaseDirectoryURL.Reveal(), 4); err != nil {
		return err
	}
	a.closers = append(a.closers, a.directory.Close)
	if a.networks, err = tenancy.OpenNetworks(ctx, a.cfg.DatabaseNetworkURL.Reveal(), 2, a.policy, a.now); err != nil {
		return err
	}
	a.closers = append(a.closers, a.networks.Close)
	if a.operator, err = tenancy.OpenOperator(ctx, a.cfg.DatabaseOperatorURL.Reveal(), 4, a.now); err != nil {
		return err
	}
	a.closers = append(a.closers, a.operator.Close)
	if a.redis, err = a.cfg.openRedis(); err != nil {
		return err
	}
	a.closers = append(a.closers, func() { _ = a.redis.Close() })
	if a.cfg.QueueURL != "" {
		if a.nats, err = natsjs.Open(a.cfg.QueueURL.Reveal()); err != nil {
			return err
		}
		a.closers = append(a.closers, a.nats.Close)
	}
	return a.build()
}

// build puts the services on top of each other.
func (a *app) build() error {
	limits, err := a.cfg.limits()
	if err != nil {
		return err
	}
	root, err := a.cfg.root()
	if err != nil {
		return err
	}
	turns := rotation.New(a.db, keys.Open(a.db, root, a.now))
	store, err := a.cfg.contents()
	if err != nil {
		return err
	}
	sealed, err := instances.SealAll(templates.All()...)
	if err != nil {
		return err
	}
	engine := instances.NewEngine()
	files := applications.New(a.db, engine, documents.Source{}, consents.Source{}, creditreports.Source{}, verifications.Source{})
	people := accounts.New(a.directory, mailer{url: a.cfg.SMTPURL.Reveal(), from: a.cfg.MailFrom}, a.cfg.PublicURL, a.now)
	people.Equip(accounts.Parts{Sealer: root, Tries: a.redis.Tries(), Audit: a.auditSignIn})
	papers := documents.New(a.db, files, store)
	if err := a.cfg.guard(papers); err != nil {
		return err
	}
	links := connectors.New(a.db, a.caller, papers)
	sent := submissions.New(a.db, engine, files)
	sent.Reach(links)
	links.Deliver(connectors.Portal(sent))
	asked := a.outside(engine, files, links, sent)
	mover := instances.NewMover(a.db, engine, map[string]instances.Feature{"application": files, "submission": sent, "consent": asked.consents})
	a.kinds = map[string]jobs.Work{instances.JobMigration: mover.Work, instances.JobDivergence: instances.NewComparer(a.db).Work, rotation.Job: turns.Work}
	rights := privacy.New(a.db, engine, papers, store, a.cfg.PublicURL)
	a.kinds[privacy.JobExport] = rights.Work
	processes := instances.NewTemplates(a.db, a.policy.Roles())
	signer, err := audit.OpenKey(a.cfg.auditKey(), false)
	if err != nil {
		return err
	}
	a.deps = api.Deps{
		DB: a.db, Directory: a.directory, Networks: a.networks, Policy: a.policy, Accounts: people,
		Tenants:  tenants.New(a.db, a.networks, people, a.policy.Roles(), seed(sealed)),
		Subjects: subjects.New(a.db, files), Properties: properties.New(a.db, files), Products: products.New(a.db),
		Applications: files, Documents: papers, Connectors: links, Submissions: sent, Consents: asked.consents, Glance: glance.New(a.db, engine), CreditReports: asked.reports, Verifications: asked.verifications, Callbacks: asked.doors, Search: search.New(a.db), Jobs: jobs.New(a.db), Reports: reports.New(a.networks, a.now),
		Audit: audit.NewKeeper(a.db, a.operator, signer), Compliance: compliance.New(a.db, compliance.AgencySealer(a.db)),
		Workflows: processes, Bases: instances.NewNetworkTemplates(a.networks, processes),
		News:   a.redis.News(),
		Health: a.reported(),
		Web:    web.Handler(),
		Secure: strings.HasPrefix(a.cfg.PublicURL, "https://"), Subdomains: a.cfg.HSTSSubdomains == "yes", Limits: limits,
		Rotation: turns, Privacy: rights, Webhooks: a.hooks(),
	}
	a.deps.Federation = tenants.Federate(a.deps.Tenants, a.directory, a.operator, a.cfg.PublicURL, a.cfg.OIDCLoopback == "yes")
	return nil
}

// reported is what readiness tells of besides the database; none of it gates.
func (a *app) reported() map[string]func(context.Context) error {
	out := map[string]func(context.Context) error{"redis": a.redis.Ping}
	if a.nats != nil {
		out["nats"] = a.nats.Look
	}
	return out
}

// seed gives a new agency its workflow templates.
func seed(sealed []instances.Sealed) func(*tenancy.Tx, ident.AgencyID) error {
	return func(tx *tenancy.Tx, _ ident.AgencyID) error {
		for _, source := range sealed {
			instances.Seed(tx, source)
		}
		return nil
	}
}

func (a *app) close() {
	for i := len(a.closers) - 1; i >= 0; i-- {
		a.closers[i]()
	}
}

// handler is the interface over the services, and what runs beside it: hearing of sessions that other
// servers ended, and mailing the links for new passwords.
func (a *app) handler(ctx context.Context) (_ http.Handler, beside func(context.Context) error) {
	revoked := make(chan struct{}, 1)
	broadcast := a.redis.Revocations()
	deps := a.deps
	own := &rates{directory: a.directory}
	deps.Limits.Overrides, deps.Buckets, deps.Metrics = own.of, a.redis.Limiter(time.Now), a.metrics
	deps.Revoked = revoked
	deps.Revoke = func() {
		if err := broadcast.Publish(ctx); err != nil {
			slog.Warn("other servers may know an ended session for a second", "error", err)
		}
	}
	return api.New(deps), func(ctx context.Context) error {
		var both errgroup.Group
		both.Go(func() error {
			broadcast.Listen(ctx, func() {
				select {
				case revoked <- struct{}{}:
				default: // one is waiting already
				}
			})
			return nil
		})
		both.Go(func() error { a.deps.Accounts.Serve(ctx); return nil })
		both.Go(func() error { return own.follow(ctx) })
		return both.Wait()
	}
}
