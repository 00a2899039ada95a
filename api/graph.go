package api

import (
	"context"
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"github.com/pratica-crm/pratica/core/audit"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/page"
	"github.com/pratica-crm/pratica/core/products"
	"github.com/pratica-crm/pratica/core/properties"
	"github.com/pratica-crm/pratica/core/subjects"
)

type none struct{}

// SubjectPath names a subject in the address. Exported because huma reads embedded fields only then.
type SubjectPath struct {
	ID ident.SubjectID `path:"id"`
}

// PropertyPath names a property in the address. Exported because huma reads embedded fields only then.
type PropertyPath struct {
	ID ident.PropertyID `path:"id"`
}

type subjectBody struct{ Body subjects.Data }

type subjectPatch struct {
	SubjectPath
	Body map[string]json.RawMessage
}

// Resolve holds the patch to the form of a person; huma calls it once the body was read.
func (p *subjectPatch) Resolve(huma.Context) []error { return wrongIn[subjects.Data](p.Body) }

type subjectRisk struct {
	SubjectPath
	Body struct {
		RiskProfile string `json:"risk_profile" enum:"low,medium,high"`
	}
}

func subjectRoutes(d Deps) []Route {
	return []Route{
		on("GET", "/subjects", "subjects.read", "People and companies by name", func(ctx context.Context, c Call, in *subjects.Filter) (page.Page[subjects.Subject], error) {
			found, err := d.Subjects.List(ctx, noteList(c.Scope, in.Q), *in)
			return d.noteEach(ctx, c.Scope, found, err)
		}),
		on("POST", "/subjects", "subjects.write", "Add a person or company", func(ctx context.Context, c Call, in *subjectBody) (subjects.Subject, error) {
			return d.Subjects.Create(ctx, c.Scope, in.Body)
		}).created(),
		on("GET", "/subjects/{id}", "subjects.read", "A person or company", func(ctx context.Context, c Call, in *SubjectPath) (subjects.Subject, error) {
			return d.Subjects.Get(ctx, c.Scope.Noting(audit.Seen("subject.seen", in.ID.String(), subjectGroups...)), in.ID)
		}),
		on("PATCH", "/subjects/{id}", "subjects.write", "Change a person or company (merge patch)", func(ctx context.Context, c Call, in *subjectPatch) (subjects.Subject, error) {
			return d.Subjects.Change(ctx, c.Scope, in.ID, c.Version, in.Body)
		}).matched(),
		on("DELETE", "/subjects/{id}", "subjects.delete", "Delete a person or company no file holds", func(ctx context.Context, c Call, in *SubjectPath) (None, error) {
			return None{}, d.Subjects.Delete(ctx, c.Scope, in.ID, c.Version)
		}).matched(),
		on("POST", "/subjects/{id}/risk", "subjects.assess", "Set the anti-money-laundering profile", func(ctx context.Context, c Call, in *subjectRisk) (subjects.Subject, error) {
			return d.Subjects.Assess(ctx, c.Scope, in.ID, c.Version, in.Body.RiskProfile)
		}).matched(),
		on("GET", "/subjects/{id}/applications", "subjects.read", "The files of a person or company", func(ctx context.Context, c Call, in *SubjectPath) (list[subjects.HeldFile], error) {
			return listOf(d.Subjects.Applications(ctx, c.Scope, in.ID))
		}),
	}
}

type propertyBody struct{ Body properties.Data }

type propertyPatch struct {
	PropertyPath
	Body map[string]json.RawMessage
}

// Resolve holds the patch to the form of a property; huma calls it once the body was read.
func (p *propertyPatch) Resolve(huma.Context) []error { return wrongIn[properties.Data](p.Body) }

func propertyRoutes(d Deps) []Route {
	return []Route{
		on("GET", "/properties", "properties.read", "Properties by address", func(ctx context.Context, c Call, in *properties.Filter) (page.Page[properties.Property], error) {
			return d.Properties.List(ctx, c.Scope, *in)
		}),
		on("POST", "/properties", "properties.write", "Add a property", func(ctx context.Context, c Call, in *propertyBody) (properties.Property, error) {
			return d.Properties.Create(ctx, c.Scope, in.Body)
		}).created(),
		on("GET", "/properties/{id}", "properties.read", "A property", func(ctx context.Context, c Call, in *PropertyPath) (properties.Property, error) {
			return d.Properties.Get(ctx, c.Scope, in.ID)
		}),
		on("PATCH", "/properties/{id}", "properties.write", "Change a property (merge patch)", func(ctx context.Context, c Call, in *propertyPatch) (properties.Property, error) {
			patch, err := json.Marshal(in.Body)
			if err != nil {
				return properties.Property{}, err
			}
			return d.Properties.Change(ctx, c.Scope, in.ID, c.Version, patch)
		}).matched(),
		on("DELETE", "/properties/{id}", "properties.delete", "Delete a property no file holds", func(ctx context.Context, c Call, in *PropertyPath) (None, error) {
			return None{}, d.Properties.Delete(ctx, c.Scope, in.ID, c.Version)
		}).matched(),
	}
}

func productRoutes(d Deps) []Route {
	return []Route{
		on("GET", "/lenders", "lenders.read", "Lenders with agreements, products and connection", func(ctx context.Context, c Call, _ *none) (list[products.Lender], error) {
			return listOf(d.Products.Lenders(ctx, c.Scope))
		}),
		on("POST", "/lenders", "lenders.write", "Add a lender with its agreement", func(ctx context.Context, c Call, in *struct{ Body products.LenderInput }) (products.Lender, error) {
			return d.Products.AddLender(ctx, c.Scope, in.Body)
		}).created(),
		on("GET", "/products", "lenders.read", "Products of all lenders", func(ctx context.Context, c Call, _ *none) (list[products.Product], error) {
			return listOf(d.Products.Products(ctx, c.Scope))
		}),
		on("POST", "/products", "lenders.write", "Add a product of a lender", func(ctx context.Context, c Call, in *struct{ Body products.ProductInput }) (products.Product, error) {
			return d.Products.AddProduct(ctx, c.Scope, in.Body)
		}).created(),
	}
}
