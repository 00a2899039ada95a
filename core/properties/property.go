// Package properties keeps real estate: address, cadastral data, price and appraisals (cents).
//
// Invariants: a property that serves a file is not deleted; the database refuses. The files in flight of a
// property see its new value in the transaction that changes it.
//
// Table: properties. Events: changed (properties). Errors: property.in_use, version.stale.
package properties

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Property is a flat, a house, a plot or an annex.
type Property struct {
	ID          ident.PropertyID `json:"id"`
	AddressLine string           `json:"address_line"`
	Data
	Version   int       `json:"version"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

// Tag is the version answered as ETag.
func (p Property) Tag() int { return p.Version }

// Data is what a property's form holds.
type Data struct {
	Kind        string      `json:"kind,omitempty" enum:"apartment,house,land,garage,cellar,commercial,other" required:"false" default:"apartment"`
	Address     Address     `json:"address"`
	Cadastral   Cadastral   `json:"cadastral,omitzero" required:"false"`
	PriceCents  *int64      `json:"price_cents,omitempty" minimum:"1" maximum:"100000000000"`
	AreaSqm     *int        `json:"area_sqm,omitempty" minimum:"1" maximum:"100000"`
	EnergyClass string      `json:"energy_class,omitempty" maxLength:"3" required:"false"`
	Appraisals  []Appraisal `json:"appraisals,omitempty" maxItems:"50" required:"false"`
}

// Address is where the property is.
type Address struct {
	Street     string `json:"street" minLength:"1" maxLength:"200"`
	City       string `json:"city" minLength:"1" maxLength:"100"`
	Province   string `json:"province" minLength:"2" maxLength:"2"`
	PostalCode string `json:"postal_code" minLength:"5" maxLength:"5"`
}

// Cadastral is where the land registry has it: foglio, particella, subalterno, categoria.
type Cadastral struct {
	Sheet    string `json:"sheet,omitempty" maxLength:"20" required:"false"`
	Parcel   string `json:"parcel,omitempty" maxLength:"20" required:"false"`
	Subunit  string `json:"subunit,omitempty" maxLength:"20" required:"false"`
	Category string `json:"category,omitempty" maxLength:"5" required:"false"`
}

// Appraisal is an expert's value; the latest one counts.
type Appraisal struct {
	ValueCents  int64         `json:"value_cents" minimum:"1" maximum:"100000000000"`
	AppraisedOn calendar.Date `json:"appraised_on"`
	Appraiser   string        `json:"appraiser,omitempty" maxLength:"200" required:"false"`
}

func (d Data) line() string { return d.Address.Street + ", " + d.Address.City }

// Files lets the files of a property see that it changed; applications implements it.
type Files interface {
	PropertyChanged(tx *tenancy.Tx, id ident.PropertyID) error
}

// Service keeps an agency's properties.
type Service struct {
	db    *tenancy.DB
	files Files
}

// New builds the service.
func New(db *tenancy.DB, files Files) *Service { return &Service{db, files} }

// Filter narrows the list.
type Filter struct {
	page.Query
	Q string `query:"q" maxLength:"100" doc:"Part of the address"`
}

type lineKey struct {
	Line string           `json:"l"`
	ID   ident.PropertyID `json:"i"`
}

func load(dst *[]Property, where string, args ...any) tenancy.Load {
	return tenancy.Scan(`select id, address_line, kind, street, city, province, postal_code, cadastral, price_cents, area_sqm, energy_class, appraisals, version, created_at, updated_at
		from properties `+where, args, func(rows pgx.Rows) error {
		var p Property
		err := rows.Scan(&p.ID, &p.AddressLine, &p.Kind, &p.Address.Street, &p.Address.City, &p.Address.Province, &p.Address.PostalCode, &p.Cadastral, &p.PriceCents,
			&p.AreaSqm, &p.EnergyClass, &p.Appraisals, &p.Version, &p.CreatedAt, &p.UpdatedAt)
		*dst = append(*dst, p)
		return err
	})
}

func (p *Property) values(tx *tenancy.Tx) []any {
	appraisals := p.Appraisals
	if appraisals == nil {
		appraisals = []Appraisal{}
	}
	return []any{tx.Scope().Tenant(), p.ID, p.AddressLine, p.Kind, p.Address.Street, p.Address.City, p.Address.Province, p.Address.PostalCode, p.Cadastral,
		p.PriceCents, p.AreaSqm, p.EnergyClass, appraisals, p.Version, p.CreatedAt, p.UpdatedAt}
}

// List pages through properties by address.
func (s *Service) List(ctx context.Context, scope tenancy.Scope, f Filter) (page.Page[Property], error) {
	var key lineKey
	after, err := f.Key(&key)
	if err != nil {
		return page.Page[Property]{}, err
	}
	var rows []Property
	err = s.db.Load(ctx, scope, load(&rows, `where ($1 = '' or id in (select x.id from search_ids($1, 200) x where x.noun = 'property'))
		and (not $2 or (lower(address_line), id) > ($3, $4::uuid)) order by lower(address_line), id limit $5`, f.Q, after, key.Line, key.ID, f.Size()+1))
	return page.Of(rows, f.Size(), func(p Property) lineKey { return lineKey{strings.ToLower(p.AddressLine), p.ID} }), err
}

// Get reads one property.
func (s *Service) Get(ctx context.Context, scope tenancy.Scope, id ident.PropertyID) (Property, error) {
	var rows []Property
	err := s.db.Load(ctx, scope, load(&rows, "where id = $1", id))
	return one(rows, err)
}

func one(rows []Property, err error) (Property, error) {
	if err != nil {
		return Property{}, err
	}
	if len(rows) == 0 {
		return Property{}, fault.Missing("property")
	}
	return rows[0], nil
}

// Create stores a new property.
func (s *Service) Create(ctx context.Context, scope tenancy.Scope, d Data) (Property, error) {
	if d.Kind == "" {
		d.Kind = "apartment"
	}
	p := Property{ID: ident.NewProperty(), AddressLine: d.line(), Data: d, Version: 1}
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		p.CreatedAt, p.UpdatedAt = tx.Now(), tx.Now()
		tx.Exec(`insert into properties (tenant_id, id, address_line, kind, street, city, province, postal_code, cadastral, price_cents, area_sqm, energy_class, appraisals, version, created_at, updated_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`, p.values(tx)...)
		audit.Record(tx, "property.created", p.ID, nil)
		if err := outbox.Tell(tx, "properties", p.ID, 1); err != nil {
			return err
		}
		return tx.Answer(p)
	})
	return p, err
}

// Change applies a JSON merge patch.
func (s *Service) Change(ctx context.Context, scope tenancy.Scope, id ident.PropertyID, version int, patch json.RawMessage) (Property, error) {
	var out Property
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var rows []Property
		err := tx.Load(load(&rows, "where id = $1 for update", id))
		if out, err = one(rows, err); err != nil {
			return err
		}
		if out.Version != version {
			return fault.New(fault.Stale, "version.stale", "This property was changed since you read it. Load it again.")
		}
		if err := out.merge(patch); err != nil {
			return err
		}
		out.AddressLine, out.Version, out.UpdatedAt = out.line(), out.Version+1, tx.Now()
		tx.Exec(`update properties set address_line = $3, kind = $4, street = $5, city = $6, province = $7, postal_code = $8, cadastral = $9, price_cents = $10, area_sqm = $11,
			energy_class = $12, appraisals = $13, version = $14, created_at = $15, updated_at = $16 where tenant_id = $1 and id = $2`, out.values(tx)...)
		audit.Record(tx, "property.changed", id, nil)
		if err := s.files.PropertyChanged(tx, id); err != nil {
			return err
		}
		return outbox.Tell(tx, "properties", id, out.Version)
	})
	return out, err
}

// merge decodes over the present data: absent members stay, lists are replaced.
func (d *Data) merge(patch json.RawMessage) error {
	dec := json.NewDecoder(bytes.NewReader(patch))
	dec.DisallowUnknownFields()
	if _, replaced := members(patch)["appraisals"]; replaced {
		d.Appraisals = nil
	}
	if err := dec.Decode(d); err != nil {
		return fault.Wrap(err, fault.Invalid, "input.invalid", "A field is unknown or of the wrong type. GET the property to see its fields.")
	}
	return nil
}

func members(raw json.RawMessage) (m map[string]json.RawMessage) {
	_ = json.Unmarshal(raw, &m) // what is no object is refused by the strict decoder
	return m
}

// Delete removes a property; the database refuses when a file or document holds it.
func (s *Service) Delete(ctx context.Context, scope tenancy.Scope, id ident.PropertyID, version int) error {
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		var rows []Property
		err := tx.Load(load(&rows, "where id = $1 for update", id))
		p, err := one(rows, err)
		if err != nil {
			return err
		}
		if p.Version != version {
			return fault.New(fault.Stale, "version.stale", "This property was changed since you read it. Load it again.")
		}
		tx.Exec("delete from properties where id = $1", id)
		audit.Record(tx, "property.deleted", id, nil)
		return outbox.Tell(tx, "properties", id, version+1)
	})
	if tenancy.Violates(err, "application_properties_property_fkey") || tenancy.Violates(err, "documents_property_fkey") {
		return fault.Wrap(err, fault.Conflict, "property.in_use", "This property serves a file, which is kept.")
	}
	return err
}
