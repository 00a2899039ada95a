package documents

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/calendar"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
	"github.com/pratica-crm/pratica/core/workflow"
)

// Document is a paper of a subject, a property or a file. Days are the first and last it is good.
type Document struct {
	ID            ident.DocumentID    `json:"id"`
	Kind          string              `json:"kind"`
	Title         workflow.Text       `json:"title"`
	State         string              `json:"state" enum:"requested,uploaded,accepted,rejected"`
	SubjectID     ident.SubjectID     `json:"subject_id"`
	PropertyID    ident.PropertyID    `json:"property_id"`
	ApplicationID ident.ApplicationID `json:"application_id"`
	FileName      string              `json:"file_name"`
	MediaType     string              `json:"media_type"`
	SizeBytes     int64               `json:"size_bytes"`
	SHA256        string              `json:"sha256"`
	Scan          string              `json:"scan" enum:"not_scanned,clean,infected,failed" doc:"What a malware scanner said of the content; not_scanned where none is configured"`
	IssuedOn      calendar.Date       `json:"issued_on"`
	ExpiresOn     calendar.Date       `json:"expires_on"`
	RejectReason  string              `json:"reject_reason"`
	UploadedBy    string              `json:"uploaded_by"`
	Version       int                 `json:"version"`
	CreatedAt     time.Time           `json:"created_at"`
	UpdatedAt     time.Time           `json:"updated_at"`

	blobKey string
	dataKey []byte
}

// Tag is the version answered as ETag.
func (d Document) Tag() int { return d.Version }

// Input asks for a document; without a subject or property it belongs to the file.
type Input struct {
	Kind       string           `json:"kind" minLength:"2" maxLength:"60"`
	SubjectID  ident.SubjectID  `json:"subject_id,omitzero" required:"false"`
	PropertyID ident.PropertyID `json:"property_id,omitzero" required:"false"`
	IssuedOn   calendar.Date    `json:"issued_on,omitzero" required:"false"`
	ExpiresOn  calendar.Date    `json:"expires_on,omitzero" required:"false"`
}

// Dates are what is read off a paper; without an end, the kind's default validity counts from its issue.
type Dates struct {
	IssuedOn  calendar.Date `json:"issued_on,omitzero" required:"false"`
	ExpiresOn calendar.Date `json:"expires_on,omitzero" required:"false"`
}

func (d *Document) date(in Dates) {
	if !in.IssuedOn.IsZero() {
		d.IssuedOn = in.IssuedOn
		d.ExpiresOn = ExpiresOn(d.Kind, in.IssuedOn)
	}
	if !in.ExpiresOn.IsZero() {
		d.ExpiresOn = in.ExpiresOn
	}
}

func (d Document) paper() Paper {
	p := Paper{Kind: d.Kind, State: d.State, Expires: d.ExpiresOn, Owner: OfFile}
	switch {
	case !d.SubjectID.IsZero():
		p.Owner, p.ID = OfSubject, d.SubjectID.String()
	case !d.PropertyID.IsZero():
		p.Owner, p.ID = OfProperty, d.PropertyID.String()
	}
	return p
}

const columns = `d.id, d.kind, d.state, d.subject_id, d.property_id, d.application_id, d.file_name, d.media_type, d.size_bytes, coalesce(encode(d.sha256, 'hex'), ''), d.scan,
	d.issued_on, d.expires_on, d.reject_reason, d.uploaded_by, d.version, d.created_at, d.updated_at, coalesce(d.blob_key, ''), d.data_key`

func load(dst *[]Document, where string, args ...any) tenancy.Load {
	return tenancy.Scan("select "+columns+" from documents d "+where, args, func(rows pgx.Rows) error {
		var d Document
		err := rows.Scan(&d.ID, &d.Kind, &d.State, &d.SubjectID, &d.PropertyID, &d.ApplicationID, &d.FileName, &d.MediaType, &d.SizeBytes, &d.SHA256, &d.Scan,
			&d.IssuedOn, &d.ExpiresOn, &d.RejectReason, &d.UploadedBy, &d.Version, &d.CreatedAt, &d.UpdatedAt, &d.blobKey, &d.dataKey)
		d.Title = Title(d.Kind)
		*dst = append(*dst, d)
		return err
	})
}

// ofFile finds a file's papers: its own, and those of its people and properties.
const ofFile = `where d.application_id = $1
	or d.subject_id in (select p.subject_id from application_parties p where p.application_id = $1)
	or d.property_id in (select l.property_id from application_properties l where l.application_id = $1) order by d.id limit 1000`

func update(tx *tenancy.Tx, d *Document) {
	d.Version++
	d.UpdatedAt = tx.Now()
	tx.Exec(`update documents set state = $2, file_name = $3, media_type = $4, size_bytes = $5, sha256 = decode(nullif($6, ''), 'hex'), blob_key = nullif($7, ''), data_key = $8,
			issued_on = $9, expires_on = $10, reject_reason = $11, uploaded_by = $12, version = $13, updated_at = $14, scan = $15 where id = $1`,
		d.ID, d.State, d.FileName, d.MediaType, d.SizeBytes, d.SHA256, d.blobKey, d.dataKey, d.IssuedOn, d.ExpiresOn, d.RejectReason, d.UploadedBy, d.Version, d.UpdatedAt, d.Scan)
}
