// Package products keeps the lenders an agency works with, their dated agreements and their products, and the
// arithmetic of a loan (schedule.go).
//
// Tables: lenders, lender_agreements, products. Events: changed (lenders). Errors: lender.exists, product.exists.
package products

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/outbox"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Lender is a bank or other lender. Limits in basis points.
type Lender struct {
	ID         ident.LenderID `json:"id"`
	Key        string         `json:"key"`
	Name       string         `json:"name"`
	MaxLTVBPS  int            `json:"max_ltv_bps"`
	MaxDTIBPS  int            `json:"max_dti_bps"`
	Connection *Connected     `json:"connection"`
	Agreements []Agreement    `json:"agreements"`
	Products   []Product      `json:"products"`
	Version    int            `json:"version"`
}

// Tag is the version answered as ETag.
func (l Lender) Tag() int { return l.Version }

// Connected is how an agency reaches a lender.
type Connected struct {
	ID        ident.ConnectionID `json:"id"`
	Connector string             `json:"connector"`
	Status    string             `json:"status"`
}

// Agreement is the agency's right to submit, from day to day; without an end it goes on.
type Agreement struct {
	From calendar.Date `json:"from"`
	To   calendar.Date `json:"to"`
}

// Product is what a lender offers. Amounts in cents, nominal rate in basis points.
type Product struct {
	ID             ident.ProductID `json:"id"`
	LenderID       ident.LenderID  `json:"lender_id"`
	Name           string          `json:"name"`
	ProductKind    string          `json:"product_kind"`
	RateKind       string          `json:"rate_kind"`
	NominalRateBPS int             `json:"nominal_rate_bps"`
	MinAmountCents int64           `json:"min_amount_cents"`
	MaxAmountCents int64           `json:"max_amount_cents"`
	MaxTermMonths  int             `json:"max_term_months"`
}

// LenderInput makes a lender, with its first agreement.
type LenderInput struct {
	Key           string        `json:"key" pattern:"^[a-z0-9-]{2,60}$"`
	Name          string        `json:"name" minLength:"2" maxLength:"200"`
	MaxLTVBPS     int           `json:"max_ltv_bps,omitempty" minimum:"1" maximum:"10000" required:"false" default:"8000"`
	MaxDTIBPS     int           `json:"max_dti_bps,omitempty" minimum:"1" maximum:"10000" required:"false" default:"3500"`
	AgreementFrom calendar.Date `json:"agreement_from"`
	AgreementTo   calendar.Date `json:"agreement_to,omitzero" required:"false"`
}

// ProductInput makes a product.
type ProductInput struct {
	LenderID       ident.LenderID `json:"lender_id"`
	Name           string         `json:"name" minLength:"2" maxLength:"200"`
	ProductKind    string         `json:"product_kind" enum:"mortgage,land_mortgage,personal_loan,salary_backed,delegation"`
	RateKind       string         `json:"rate_kind" enum:"fixed,variable,mixed"`
	NominalRateBPS int            `json:"nominal_rate_bps" minimum:"0" maximum:"10000"`
	MinAmountCents int64          `json:"min_amount_cents" minimum:"1"`
	MaxAmountCents int64          `json:"max_amount_cents" minimum:"1"`
	MaxTermMonths  int            `json:"max_term_months" minimum:"1" maximum:"600"`
}

// Service keeps lenders and products.
type Service struct{ db *tenancy.DB }

// New builds the service.
func New(db *tenancy.DB) *Service { return &Service{db} }

// Lenders lists the agency's lenders with agreements, products and connection, in one round trip.
func (s *Service) Lenders(ctx context.Context, scope tenancy.Scope) ([]Lender, error) {
	out := []Lender{}
	agreements := map[ident.LenderID][]Agreement{}
	products := map[ident.LenderID][]Product{}
	err := s.db.Load(ctx, scope,
		tenancy.Scan(`select l.id, l.key, l.name, l.max_ltv_bps, l.max_dti_bps, l.version, c.id, coalesce(c.connector, ''), coalesce(c.status, '')
			from lenders l left join connections c on c.lender_id = l.id order by l.name, l.id limit 500`, nil, func(rows pgx.Rows) error {
			l := Lender{Agreements: []Agreement{}, Products: []Product{}}
			var c Connected
			err := rows.Scan(&l.ID, &l.Key, &l.Name, &l.MaxLTVBPS, &l.MaxDTIBPS, &l.Version, &c.ID, &c.Connector, &c.Status)
			if !c.ID.IsZero() {
				l.Connection = &c
			}
			out = append(out, l)
			return err
		}),
		tenancy.Scan(`select lender_id, starts_on, ends_on from lender_agreements order by starts_on limit 2000`, nil, func(rows pgx.Rows) error {
			var id ident.LenderID
			var a Agreement
			err := rows.Scan(&id, &a.From, &a.To)
			agreements[id] = append(agreements[id], a)
			return err
		}),
		loadProducts(func(p Product) { products[p.LenderID] = append(products[p.LenderID], p) }))
	for i := range out {
		out[i].Agreements = append(out[i].Agreements, agreements[out[i].ID]...)
		out[i].Products = append(out[i].Products, products[out[i].ID]...)
	}
	return out, err
}

func loadProducts(take func(Product)) tenancy.Load {
	return tenancy.Scan(`select id, lender_id, name, product_kind, rate_kind, nominal_rate_bps, min_amount_cents, max_amount_cents, max_term_months
		from products order by name, id limit 2000`, nil, func(rows pgx.Rows) error {
		var p Product
		err := rows.Scan(&p.ID, &p.LenderID, &p.Name, &p.ProductKind, &p.RateKind, &p.NominalRateBPS, &p.MinAmountCents, &p.MaxAmountCents, &p.MaxTermMonths)
		take(p)
		return err
	})
}

// Products lists the agency's products.
func (s *Service) Products(ctx context.Context, scope tenancy.Scope) ([]Product, error) {
	out := []Product{}
	err := s.db.Load(ctx, scope, loadProducts(func(p Product) { out = append(out, p) }))
	return out, err
}

// AddLender stores a lender with its first agreement.
func (s *Service) AddLender(ctx context.Context, scope tenancy.Scope, in LenderInput) (Lender, error) {
	l := Lender{ID: ident.NewLender(), Key: in.Key, Name: in.Name, MaxLTVBPS: in.MaxLTVBPS, MaxDTIBPS: in.MaxDTIBPS, Version: 1,
		Agreements: []Agreement{{in.AgreementFrom, in.AgreementTo}}, Products: []Product{}}
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Exec(`insert into lenders (tenant_id, id, key, name, max_ltv_bps, max_dti_bps, created_at) values ($1, $2, $3, $4, $5, $6, $7)`,
			scope.Tenant(), l.ID, l.Key, l.Name, l.MaxLTVBPS, l.MaxDTIBPS, tx.Now())
		tx.Exec(`insert into lender_agreements (tenant_id, id, lender_id, starts_on, ends_on) values ($1, $2, $3, $4, $5)`,
			scope.Tenant(), ident.NewAgreement(), l.ID, in.AgreementFrom, in.AgreementTo)
		audit.Record(tx, "lender.created", l.ID, nil)
		if err := outbox.Tell(tx, "lenders", l.ID, 1); err != nil {
			return err
		}
		return tx.Answer(l)
	})
	if tenancy.Violates(err, "lenders_key_key") {
		err = fault.Wrap(err, fault.Conflict, "lender.exists", "The agency already works with this lender.")
	}
	return l, err
}

// AddProduct stores a product of a lender.
func (s *Service) AddProduct(ctx context.Context, scope tenancy.Scope, in ProductInput) (Product, error) {
	p := Product{ident.NewProduct(), in.LenderID, in.Name, in.ProductKind, in.RateKind, in.NominalRateBPS, in.MinAmountCents, in.MaxAmountCents, in.MaxTermMonths}
	if in.MaxAmountCents < in.MinAmountCents {
		return p, fault.Input("product.amounts", "/max_amount_cents", "The largest amount is not below the smallest.")
	}
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Exec(`insert into products (tenant_id, id, lender_id, name, product_kind, rate_kind, nominal_rate_bps, min_amount_cents, max_amount_cents, max_term_months, created_at)
			values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
			scope.Tenant(), p.ID, p.LenderID, p.Name, p.ProductKind, p.RateKind, p.NominalRateBPS, p.MinAmountCents, p.MaxAmountCents, p.MaxTermMonths, tx.Now())
		audit.Record(tx, "product.created", p.ID, nil)
		if err := outbox.Tell(tx, "lenders", p.LenderID, 0); err != nil {
			return err
		}
		return tx.Answer(p)
	})
	switch {
	case tenancy.Violates(err, "products_name_key"):
		err = fault.Wrap(err, fault.Conflict, "product.exists", "This lender already has a product of this name.")
	case tenancy.Violates(err, "products_lender_fkey"):
		err = fault.Missing("lender")
	}
	return p, err
}

// ActiveOn reports whether one of the agreements covers a day.
func ActiveOn(agreements []Agreement, at time.Time) bool {
	day := calendar.Of(at)
	for _, a := range agreements {
		if !day.Before(a.From) && (a.To.IsZero() || !a.To.Before(day)) {
			return true
		}
	}
	return false
}
