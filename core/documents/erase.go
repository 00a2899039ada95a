package documents

import (
	"context"
	"io"
	"strconv"

	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Erase takes the key and the names off documents that match where, a condition on documents d over args. Nothing of them is read any
// more, in whatever copy, where their contents were encrypted by us. The contents themselves go with Discard, after the commit: storage is no part
// of a transaction.
func Erase(tx *tenancy.Tx, where string, args ...any) {
	args = append(args, tx.Now())
	at := "$" + strconv.Itoa(len(args))
	tx.Exec(`update documents d set erased_at = `+at+`, visible = false, data_key = null, file_name = '', media_type = '', size_bytes = 0, sha256 = null, issued_on = null, expires_on = null,
		reject_reason = '', version = version + 1, updated_at = `+at+` where `+where+` and d.erased_at is null`, args...)
}

// Discard deletes the contents of erased documents from storage, and forgets where they were; what fails is left for the next time.
func (s *Service) Discard(ctx context.Context, scope tenancy.Scope) error {
	left := map[ident.DocumentID]string{}
	err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Restricted()
		return tx.Load(tenancy.Scan(`select id, blob_key from documents where erased_at is not null and blob_key is not null order by id limit 1000`, nil, func(rows pgx.Rows) error {
			var id ident.DocumentID
			var key string
			err := rows.Scan(&id, &key)
			left[id] = key
			return err
		}).From(func() { clear(left) }))
	})
	if err != nil {
		return err
	}
	for id, key := range left {
		if err := s.store.Delete(ctx, key); err != nil {
			return err
		}
		if err := s.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
			tx.Restricted()
			tx.Exec(`update documents set blob_key = null where id = $1 and erased_at is not null`, id)
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// OwnContent reads a document's content for the copy that its person has asked for, also where the person is restricted.
func (s *Service) OwnContent(ctx context.Context, scope tenancy.Scope, id ident.DocumentID) (io.ReadCloser, error) {
	var rows []Document
	if err := s.db.Read(ctx, scope, func(tx *tenancy.Tx) error {
		tx.Restricted()
		rows = nil
		return tx.Load(load(&rows, "where d.id = $1 and d.blob_key is not null and d.erased_at is null", id))
	}); err != nil {
		return nil, err
	}
	d, err := one(rows, nil)
	if err != nil {
		return nil, err
	}
	return s.content(ctx, scope, d)
}
