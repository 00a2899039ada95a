package audit

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Keeper signs trails and gives them out: as a proof, as an export, as a verdict.
type Keeper struct {
	db       *tenancy.DB
	operator *tenancy.Operator // for the worker's and the networks' part; a server may do without
	key      *Key
}

// NewKeeper builds the service.
func NewKeeper(db *tenancy.DB, operator *tenancy.Operator, key *Key) *Keeper {
	return &Keeper{db, operator, key}
}

// book is one owner's trail with the way to it.
type book struct {
	trail *Trail
	owner uuid.UUID
	load  func(context.Context, ...tenancy.Load) error
	write func(context.Context, func(*tenancy.Tx) error) error
}

// of is an agency's book, opened by a scope.
func (k *Keeper) of(t *Trail, scope tenancy.Scope) book {
	return book{t, scope.Tenant().UUID,
		func(ctx context.Context, loads ...tenancy.Load) error { return k.db.Load(ctx, scope, loads...) },
		func(ctx context.Context, fn func(*tenancy.Tx) error) error { return k.db.Write(ctx, scope, fn) }}
}

// ofNetwork is a network's book, opened by the platform.
func (k *Keeper) ofNetwork(id ident.NetworkID) book {
	return book{Network, id.UUID, k.operator.Load, k.operator.Write}
}

// pageSize is how many entries are read at once.
const pageSize = 1000

// each calls use for the links from one number to another, both included, in pages; broken numbers end it as missing ones do not.
func (b book) each(ctx context.Context, from, to int64, use func(*row) error) error {
	for from <= to {
		var rows []row
		if err := b.load(ctx, b.trail.load(&rows, b.owner, from, to, pageSize)); err != nil {
			return err
		}
		for i := range rows {
			if err := use(&rows[i]); err != nil {
				return err
			}
		}
		if len(rows) < pageSize {
			return nil
		}
		from = rows[len(rows)-1].Seq + 1
	}
	return nil
}

// stand is where a book stands: its last link, and what of it is signed.
type stand struct {
	seq    int64
	hash   Hex
	signed *Checkpoint // the newest; nil for none
}

func (b book) stand(ctx context.Context) (s stand, err error) {
	var c Checkpoint
	err = b.load(ctx,
		tenancy.Scan(b.trail.head, []any{b.owner}, func(rows pgx.Rows) error { return rows.Scan(&s.seq, &s.hash) }),
		tenancy.Scan(b.trail.newest, []any{b.owner}, func(rows pgx.Rows) error {
			c = Checkpoint{Trail: b.trail.prefix, Owner: b.owner}
			s.signed = &c
			err := rows.Scan(&c.Seq, &c.Hash, &c.At, &c.Key, &c.Signature)
			c.At = c.At.UTC()
			return err
		}))
	return s, err
}

// errBroken is the refusal to sign what does not hold.
func errBroken(f Finding) error {
	return fault.New(fault.Internal, "audit.broken", "The trail does not hold and is not signed: "+f.String())
}

// seal signs a book up to its end. What was entered since the last signature is verified first: the key never vouches for what it
// has not seen. An empty book has nothing to sign.
func (k *Keeper) seal(ctx context.Context, b book) (c *Checkpoint, err error) {
	s, err := b.stand(ctx)
	if err != nil || s.seq == 0 {
		return nil, err
	}
	v := newVerifier(b.trail.prefix, b.owner, nil)
	if s.signed != nil {
		if s.signed.Key == k.key.Public.ID() && !k.key.Public.verifies(s.signed) {
			return nil, errBroken(Finding{Kind: "signature", Seq: s.signed.Seq, Why: "the last checkpoint's signature is wrong"})
		}
		v.next, v.last = s.signed.Seq, link{seq: s.signed.Seq - 1, sound: false}
		v.anchors[s.signed.Seq] = s.signed.Hash
	}
	v.end = s.seq
	if err := b.each(ctx, v.next, s.seq, func(r *row) error { r.meet(v); return nil }); err != nil {
		return nil, err
	}
	if found := v.finish(false); len(found) > 0 {
		return nil, errBroken(found[0])
	}
	if s.signed != nil && s.signed.Seq == s.seq {
		return s.signed, nil
	}
	err = b.write(ctx, func(tx *tenancy.Tx) error {
		c = &Checkpoint{Trail: b.trail.prefix, Owner: b.owner, Seq: s.seq, Hash: v.last.hash, At: tx.Now()}
		k.key.sign(c)
		tx.Exec(b.trail.sign, b.owner, c.Seq, []byte(c.Hash), c.At, c.Key, c.Signature)
		return nil
	})
	return c, err
}

// meet has the verifier take what the database has of an entry.
func (r *row) meet(v *verifier) {
	if r.there {
		v.entry(&r.Line)
	} else {
		v.gone(&r.Line)
	}
	if r.checkpoint != nil {
		v.checkpoint(r.checkpoint)
	}
}

// Export writes the agency's whole trail as NDJSON: a line that says whose it is and what it ends with, signed now, then every entry,
// after some of them a checkpoint. That it was exported is in it. Nothing is written when the error comes before the first line.
func (k *Keeper) Export(ctx context.Context, scope tenancy.Scope, w io.Writer) error {
	err := k.db.Write(ctx, scope, func(tx *tenancy.Tx) error {
		Record(tx, "audit.exported", scope.Tenant(), nil)
		return nil
	})
	if err != nil {
		return err
	}
	return k.export(ctx, k.of(Agency, scope), w)
}

// ExportNetwork writes a network's trail, for whoever runs the installation.
func (k *Keeper) ExportNetwork(ctx context.Context, id ident.NetworkID, w io.Writer) error {
	return k.export(ctx, k.ofNetwork(id), w)
}

func (k *Keeper) export(ctx context.Context, b book, w io.Writer) error {
	c, err := k.seal(ctx, b)
	if err != nil {
		return err
	}
	if c == nil {
		return fault.New(fault.NotFound, "audit.empty", "There is no entry in this trail.")
	}
	out := bufio.NewWriterSize(w, 64<<10)
	lines := json.NewEncoder(out)
	if err := lines.Encode(header{1, b.trail.prefix, b.owner, k.key.Public, *c}); err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	err = b.each(ctx, 1, c.Seq, func(r *row) error {
		if r.there {
			if err := lines.Encode(r.Line); err != nil {
				return fmt.Errorf("write export: %w", err)
			}
		}
		if r.checkpoint == nil {
			return nil
		}
		if err := lines.Encode(signed{r.checkpoint}); err != nil {
			return fmt.Errorf("write export: %w", err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	return nil
}

// Verify checks an agency's trail in the database itself: also what the chain does not know of.
func (k *Keeper) Verify(ctx context.Context, scope tenancy.Scope, key PublicKey, more ...Checkpoint) (Report, error) {
	return k.verify(ctx, k.of(Agency, scope), key, more)
}

// VerifyConfidential is Verify of the trail only compliance reads.
func (k *Keeper) VerifyConfidential(ctx context.Context, scope tenancy.Scope, key PublicKey, more ...Checkpoint) (Report, error) {
	return k.verify(ctx, k.of(Confidential, scope), key, more)
}

// VerifyNetwork is Verify of a network's trail.
func (k *Keeper) VerifyNetwork(ctx context.Context, id ident.NetworkID, key PublicKey, more ...Checkpoint) (Report, error) {
	return k.verify(ctx, k.ofNetwork(id), key, more)
}

func (k *Keeper) verify(ctx context.Context, b book, key PublicKey, more []Checkpoint) (Report, error) {
	v := newVerifier(b.trail.prefix, b.owner, &key)
	for i := range more {
		v.checkpoint(&more[i])
	}
	err := b.each(ctx, 1, math.MaxInt64, func(r *row) error {
		if v.full() {
			return errEnough
		}
		r.meet(v)
		return nil
	})
	if err != nil && err != errEnough {
		return Report{}, err
	}
	err = b.load(ctx, tenancy.Scan(b.trail.unlinked, []any{b.owner}, func(rows pgx.Rows) error {
		var id uuid.UUID
		err := rows.Scan(&id)
		v.find("inserted", 0, id, "the chain does not have it")
		return err
	}))
	return Report{b.trail.prefix, b.owner, v.entries, v.good, key.ID(), true, v.finish(false)}, err
}

// errEnough ends a verification that has found too much.
var errEnough = fmt.Errorf("more than %d findings", mostFindings)
