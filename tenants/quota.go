package tenants

import (
	"context"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Quotas are what an agency may have at most; null is no limit. What would be one too many is refused in the transaction
// that would do it (quota.members, quota.files, quota.storage).
type Quotas struct {
	Members           *int   `json:"members" db:"members" required:"false" minimum:"1" maximum:"1000000" doc:"People who are not disabled"`
	Files             *int   `json:"files" db:"files" required:"false" minimum:"0" maximum:"1000000000"`
	StorageBytes      *int64 `json:"storage_bytes" db:"storage_bytes" required:"false" minimum:"0" maximum:"1000000000000000" doc:"Of its documents"`
	RequestsPerSecond *int   `json:"requests_per_second" db:"requests_per_second" required:"false" minimum:"1" maximum:"100000" doc:"Its own rate, instead of the installation's; heard of within 15 s"`
	RequestsBurst     *int   `json:"requests_burst" db:"requests_burst" required:"false" minimum:"1" maximum:"1000000" doc:"How many may come at once"`
}

// AgencyQuotas are an agency's quotas as its network keeps them.
type AgencyQuotas struct {
	AgencyID ident.AgencyID `json:"agency_id"`
	Quotas
	Version int `json:"version"`
}

// Tag is the version answered as ETag; an agency nobody has set a quota for is at 1.
func (q AgencyQuotas) Tag() int { return q.Version }

// Use is one quota as its agency sees it.
type Use struct {
	Used  int64  `json:"used"`
	Limit *int64 `json:"limit" doc:"null is no limit"`
	Near  bool   `json:"near" doc:"Four fifths are used"`
}

// QuotaUse is what an agency has of what it may have.
type QuotaUse struct {
	Members      Use `json:"members"`
	Files        Use `json:"files"`
	StorageBytes Use `json:"storage_bytes"`
}

func use(used int64, limit *int64) Use {
	return Use{used, limit, limit != nil && used*5 >= *limit*4}
}

// QuotaUse reads the scope's agency's quotas with what it has.
func (s *Service) QuotaUse(ctx context.Context, scope tenancy.Scope) (QuotaUse, error) {
	var row struct {
		Members      int64
		Files        int64
		StorageBytes int64  `db:"storage_bytes"`
		MostMembers  *int64 `db:"most_members"`
		MostFiles    *int64 `db:"most_files"`
		MostStorage  *int64 `db:"most_storage"`
	}
	err := s.db.Load(ctx, scope, tenancy.One(&row, fault.Missing("agency"), `select coalesce(u.members, 0) as members, coalesce(u.files, 0) as files, coalesce(u.storage_bytes, 0) as storage_bytes,
		q.members as most_members, q.files as most_files, q.storage_bytes as most_storage
		from agencies a left join agency_usage u on u.tenant_id = a.id left join agency_quotas q on q.tenant_id = a.id`))
	return QuotaUse{use(row.Members, row.MostMembers), use(row.Files, row.MostFiles), use(row.StorageBytes, row.MostStorage)}, err
}

// Quotas reads what a network lets one of its agencies have.
func (s *Service) Quotas(ctx context.Context, scope tenancy.NetworkScope, agency ident.AgencyID) (q AgencyQuotas, err error) {
	err = s.networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		q, err = readQuotas(tx, agency)
		return err
	})
	return q, err
}

// SetQuotas replaces what one of a network's agencies may have. A number below what is there takes nothing away; it lets nothing be added.
func (s *Service) SetQuotas(ctx context.Context, scope tenancy.NetworkScope, agency ident.AgencyID, version int, in Quotas) (q AgencyQuotas, err error) {
	if (in.RequestsPerSecond == nil) != (in.RequestsBurst == nil) {
		return q, fault.Input("quota.rate", "/requests_burst", "A rate has both requests_per_second and requests_burst, or neither.")
	}
	err = s.networks.Write(ctx, scope, func(tx *tenancy.Tx) error {
		if q, err = readQuotas(tx, agency); err != nil {
			return err
		}
		stale := fault.New(fault.Stale, "version.stale", "These quotas were changed since you read them. Load them again.")
		if q.Version != version {
			return stale
		}
		q.Quotas, q.Version = in, q.Version+1
		tx.ExecOne(stale, `insert into agency_quotas as q (tenant_id, network_id, members, files, storage_bytes, requests_per_second, requests_burst, version, updated_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			on conflict (tenant_id) do update set members = $3, files = $4, storage_bytes = $5, requests_per_second = $6, requests_burst = $7, version = $8, updated_at = $9
			where q.version = $8 - 1`, agency, tx.Network(), in.Members, in.Files, in.StorageBytes, in.RequestsPerSecond, in.RequestsBurst, q.Version, tx.Now())
		audit.Record(tx, "agency.quotas", agency, nil)
		return tx.Load()
	})
	return q, err
}

func readQuotas(tx *tenancy.Tx, agency ident.AgencyID) (AgencyQuotas, error) {
	var row struct {
		Quotas
		Version int
	}
	err := tx.Load(tenancy.One(&row, fault.Missing("agency"), `select q.members, q.files, q.storage_bytes, q.requests_per_second, q.requests_burst, coalesce(q.version, 1) as version
		from agencies a left join agency_quotas q on q.tenant_id = a.id where a.id = $1`, agency))
	return AgencyQuotas{agency, row.Quotas, row.Version}, err
}
