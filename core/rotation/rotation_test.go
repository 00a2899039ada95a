package rotation_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/coretest/office"
	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/jobs"
	"github.com/pratica-crm/pratica/core/rotation"
	"github.com/pratica-crm/pratica/core/subjects"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// bureau is an office with a person, a file whose history is verified, a document, a connection, an operation and a repeated request.
type bureau struct {
	*office.Office
	t       *testing.T
	person  ident.SubjectID
	file    ident.ApplicationID
	paper   ident.DocumentID
	repeat  tenancy.Scope
	content string

	bank       *portal
	links      *connectors.Service
	connection ident.ConnectionID
}

// columns compares what a rotation wraps anew with what the database has: every bytea column that an agency's key may seal is named.
func (b *bureau) columns(t *testing.T) {
	o := b.Office
	said, err := o.Raw(t, "", `select string_agg(table_name || '.' || column_name, ' ' order by 1) from (
		select table_name, column_name from information_schema.columns c where table_schema = 'public' and data_type = 'bytea'
			and exists (select from information_schema.columns t where t.table_name = c.table_name and t.column_name = 'tenant_id')) x`)
	office.Must(t, err)
	// under a subject's or an instance's own key, a hash, an index, or wrapped by the root
	apart := strings.Fields(`subjects.tax_code subjects.email subjects.phone subjects.iban subjects.birth_date subjects.birth_place subjects.addresses subjects.employments
		subjects.incomes subjects.liabilities subjects.identity_documents subjects.health subjects.legal instances.facts fact_changes.value history.sealed
		subjects.tax_code_index subjects.email_index subjects.phone_index subjects.iban_index api_keys.secret_hash access_tokens.token_hash oidc_sign_ins.state_hash oidc_sign_ins.browser_hash federated_people.subject_hash document_links.token_hash documents.sha256
		idempotency_keys.request_hash tenant_keys.wrapped_key tenant_keys.index_key
		subject_exports.link_hash portal_accesses.link_hash portal_accesses.token_hash
		audit_entries.sealed confidential_audit_entries.sealed audit_chain.previous audit_chain.hash audit_checkpoints.hash audit_checkpoints.signature
		bank_consents.details bank_reads.user_ip bank_reads.accounts bank_pages.page cash_flows.figures callback_states.hash callback_states.received callback_addresses.hash callbacks.digest credit_reports.report verifications.details verifications.evidence
		confidential_audit_chain.previous confidential_audit_chain.hash confidential_audit_checkpoints.hash confidential_audit_checkpoints.signature`)
	var left []string
	for _, column := range strings.Fields(said) {
		if !slices.Contains(apart, column) && !slices.Contains(rotation.Columns(), column) {
			left = append(left, column)
		}
	}
	if len(left) > 0 || len(rotation.Columns()) < 8 {
		t.Errorf("bytea columns that no rotation wraps anew, and that are not said to be apart: %v", left)
	}
}

func TestKeys(t *testing.T) {
	b := &bureau{Office: office.New(t), t: t, content: "%PDF-1.4 a payslip %%EOF"}
	b.fill()
	b.reads("before")
	for _, part := range []struct {
		name string
		run  func(*testing.T)
	}{{"every sealed column is wrapped anew", b.columns}, {"rotated while everybody works on", b.rotated}, {"cancelled", b.cancelled}, {"what does not open", b.broken}, {"shredded", b.shredded}} {
		if !t.Run(part.name, func(t *testing.T) {
			b.t = t
			part.run(t)
		}) {
			return // each part begins where the one before has ended
		}
	}
}

func (b *bureau) rotated(t *testing.T) {
	admin, read := b.A.Do("agency_admin", "keys.rotate"), b.A.Do("agency_admin", "keys.read")

	job, err := b.Rotation.Rotate(t.Context(), admin)
	office.Must(t, err)
	if job.State != "queued" || job.Kind != rotation.Job || job.Total < 7 || job.Percent != 0 {
		t.Errorf("%+v", job)
	}
	if _, err := b.Rotation.Rotate(t.Context(), admin); fault.As(err).Code != "keys.rotating" {
		t.Errorf("two at once: %v", err)
	}
	if _, err := b.Rotation.Rotate(t.Context(), b.A.Do("broker", "keys.rotate")); !fault.Is(err, fault.Forbidden) {
		t.Errorf("a broker rotates: %v", err)
	}
	b.reads("under both keys")
	b.states(read, "current previous")

	// A worker that dies between two items: the job goes on where it was.
	died := errors.New("the worker died")
	left := 3
	dying := *b.Runner
	dying.Kinds = map[string]jobs.Work{rotation.Job: func(ctx context.Context, s tenancy.Scope, j jobs.Job, items []jobs.Item) error {
		for _, i := range items {
			if left--; left < 0 {
				return fault.Wrap(died, fault.Unavailable, "worker.died", "The worker died.")
			}
			if err := b.Rotation.Work(ctx, s, j, []jobs.Item{i}); err != nil {
				return err
			}
		}
		return nil
	}}
	if _, err := dying.Once(t.Context()); !errors.Is(err, died) {
		t.Fatalf("the worker lives: %v", err)
	}
	half, err := b.Jobs.Get(t.Context(), b.A.Do("agency_admin", "jobs.read"), job.ID)
	if err != nil || half.Done != 3 || half.Percent == 0 || half.Percent == 100 {
		t.Errorf("%v %+v", err, half)
	}
	b.reads("half way")
	b.states(read, "current previous")
	b.Exec(t, `update jobs set lease_until = now() - interval '1 second' where state = 'running'`)
	b.Work(t)
	done, err := b.Jobs.Get(t.Context(), b.A.Do("agency_admin", "jobs.read"), job.ID)
	if err != nil || done.State != "done" || done.Percent != 100 || done.Failed != 0 {
		t.Errorf("%v %+v", err, done)
	}
	b.states(read, "current retired")
	b.reads("under the new key")
	if n := b.under(1); n != "0" {
		t.Errorf("%s values are still under the first key", n)
	}

	// Nothing needs the first key any more: the next rotation destroys it.
	_, err = b.Rotation.Rotate(t.Context(), admin)
	office.Must(t, err)
	b.Work(t)
	b.states(read, "current retired destroyed")
	b.reads("after two rotations")
}

// cancelled: what is wrapped anew stays so, nothing retires, and the next one does the rest.
func (b *bureau) cancelled(t *testing.T) {
	admin, read := b.A.Do("agency_admin", "keys.rotate"), b.A.Do("agency_admin", "keys.read")
	job, err := b.Rotation.Rotate(t.Context(), admin)
	office.Must(t, err)
	_, err = b.Jobs.Cancel(t.Context(), b.A.Do("agency_admin", "jobs.write"), job.ID)
	office.Must(t, err)
	b.Work(t)
	b.states(read, "current previous retired destroyed")
	b.reads("cancelled")
	_, err = b.Rotation.Rotate(t.Context(), admin)
	office.Must(t, err)
	b.Work(t)
	b.states(read, "current retired retired destroyed destroyed")
	b.reads("rotated again")
}

// broken: what does not open retires nothing, and harms nothing else.
func (b *bureau) broken(t *testing.T) {
	damage := `update connections set config = set_byte(config, 20, 255 - get_byte(config, 20))`
	b.Exec(t, damage)
	broken, err := b.Rotation.Rotate(t.Context(), b.A.Do("agency_admin", "keys.rotate"))
	office.Must(t, err)
	b.Work(t)
	if j, err := b.Jobs.Get(t.Context(), b.A.Do("agency_admin", "jobs.read"), broken.ID); err != nil || j.Failed != 2 || j.State != "done" {
		t.Errorf("%v %+v", err, j)
	}
	b.states(b.A.Do("agency_admin", "keys.read"), "current previous retired retired destroyed destroyed")
	if list, err := b.Rotation.Keys(t.Context(), b.B.Do("agency_admin", "keys.read")); err != nil || len(list) > 1 {
		t.Errorf("B sees A's keys: %v %v", list, err)
	}
	b.Exec(t, damage) // twice is as it was
	b.reads("mended")
}

// shredded: of a suspended agency, with its name; nothing opens afterwards, here at once, and B works on.
func (b *bureau) shredded(t *testing.T) {
	name := "Agenzia a"
	for _, c := range []struct{ confirm, code string }{{"Agenzia b", "agency.confirm"}, {name, "agency.not_suspended"}} {
		if err := rotation.Shred(t.Context(), b.Operator, b.A.ID, c.confirm); fault.As(err).Code != c.code {
			t.Errorf("%s: %v", c.code, err)
		}
	}
	b.reads("after two refusals")
	b.Exec(t, `update agencies set status = 'suspended' where id = $1`, b.A.ID)
	office.Must(t, rotation.Shred(t.Context(), b.Operator, b.A.ID, name))
	if err := rotation.Shred(t.Context(), b.Operator, b.A.ID, name); fault.As(err).Code != "agency.shredded" {
		t.Errorf("twice: %v", err)
	}
	b.Exec(t, `update agencies set status = 'active' where id = $1`, b.A.ID) // as if somebody undid it
	for what, err := range map[string]error{"subject": b.subject(), "file": b.application(), "history": b.replay(), "document": b.document(), "repeated request": b.repeated(), "connection": b.connected()} {
		if f := fault.As(err); f.Code != "keys.destroyed" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := b.Rotation.Rotate(t.Context(), b.A.Do("agency_admin", "keys.rotate")); fault.As(err).Code != "keys.destroyed" {
		t.Errorf("a shredded agency gets a new key: %v", err)
	}
	if trail, err := b.Raw(t, "", `select string_agg(action || ' ' || ref, ',') from network_audit_entries where action like 'agency.shred%'`); err != nil || trail != "agency.shredded "+b.A.ID.String() {
		t.Errorf("the network's trail: %q %v", trail, err)
	}
	if _, err := b.Subjects.Create(t.Context(), b.B.Do("broker", "subjects.write"), subjects.Data{Kind: "legal", CompanyName: "Bi", Email: "b@b.test"}); err != nil {
		t.Errorf("B: %v", err)
	}
}

func (b *bureau) fill() {
	b.t.Helper()
	ctx := b.t.Context()
	app, person, _ := b.Peopled(b.t)
	b.file, b.person = app.ID, person
	paper, err := b.Documents.Request(ctx, b.A.Do("broker", "documents.write"), app.ID, documentInput)
	office.Must(b.t, err)
	paper, err = b.Documents.Upload(ctx, b.A.Do("broker", "documents.write"), paper.ID, 0, "a.pdf", strings.NewReader(b.content))
	office.Must(b.t, err)
	b.paper = paper.ID
	b.connect()
	b.repeat = b.A.Do("broker", "subjects.write").Once("again", []byte("body"))
	office.Must(b.t, b.asked())
}

// asked is a request that is answered once.
func (b *bureau) asked() error {
	return b.DB.Write(b.t.Context(), b.repeat, func(tx *tenancy.Tx) error { return tx.Answer("the answer") })
}

func (b *bureau) repeated() error {
	err := b.asked()
	var replay *tenancy.Replay
	if !errors.As(err, &replay) {
		return errors.Join(errors.New("it was not answered again"), err)
	}
	if string(replay.Answer) != `"the answer"` {
		return errors.New("another answer: " + string(replay.Answer))
	}
	return nil
}

func (b *bureau) subject() error {
	s, err := b.Subjects.Get(b.t.Context(), b.A.Do("broker", "subjects.read"), b.person)
	if err == nil && (len(s.Incomes) != 1 || s.Incomes[0].NetMonthlyCents != 3_000_00) {
		err = errors.New("another income")
	}
	return err
}

func (b *bureau) application() error {
	a, err := b.Applications.Get(b.t.Context(), b.A.Do("broker", "applications.read"), b.file)
	if err == nil && *a.Parties[0].NetMonthlyCents != 3_000_00 {
		err = errors.New("another income")
	}
	return err
}

func (b *bureau) replay() error {
	r, err := b.Applications.Replay(b.t.Context(), b.A.Do("broker", "applications.read"), b.file)
	if err == nil && (!r.OK || r.Instance.Sequence < 2) {
		err = errors.New("the history does not verify")
	}
	return err
}

func (b *bureau) document() error {
	_, r, err := b.Documents.Content(b.t.Context(), b.A.Do("broker", "documents.read"), b.paper)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	raw, err := io.ReadAll(r)
	if err == nil && string(raw) != b.content {
		err = errors.New("another content")
	}
	return err
}

func (b *bureau) reads(when string) {
	b.t.Helper()
	for what, err := range map[string]error{"subject": b.subject(), "file": b.application(), "history": b.replay(), "document": b.document(), "repeated request": b.repeated(), "connection": b.connected()} {
		if err != nil {
			b.t.Errorf("%s, the %s: %v", when, what, err)
		}
	}
}

func (b *bureau) states(scope tenancy.Scope, want string) {
	b.t.Helper()
	list, err := b.Rotation.Keys(b.t.Context(), scope)
	office.Must(b.t, err)
	var got []string
	for _, k := range list {
		got = append(got, k.State)
	}
	if said := strings.Join(got, " "); said != want {
		raw, _ := json.Marshal(list)
		b.t.Errorf("keys: %s, want %s: %s", said, want, raw)
	}
}

// under counts what a key of A still seals.
func (b *bureau) under(number int) string {
	b.t.Helper()
	var parts []string
	for _, c := range rotation.Columns() {
		table, column, _ := strings.Cut(c, ".")
		parts = append(parts, "select "+column+" as sealed from "+table+" where tenant_id = $1")
	}
	n, err := b.Raw(b.t, "", "select count(*)::text from ("+strings.Join(parts, " union all ")+") x where substring(sealed from 1 for 5) = '\\x01'::bytea || int4send($2)", b.A.ID, number)
	office.Must(b.t, err)
	return n
}
