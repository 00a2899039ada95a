package isolation_test

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/pratica-crm/pratica/core/coretest"
)

// owner is an agency or a network. A and B are competitors in network N, C is an agency of network M.
type owner struct {
	name    string
	ids     map[string]string // setting -> id
	network *owner            // an agency's
	word    string            // stands in every text of the owner's rows
	held    map[string]row    // a row in each of its tables
	spare   map[string]row    // a row that could be inserted: all it refers to is there
	marks   map[string]bool   // ids that are found in the owner's rows and nobody else's
	pool    []string          // the same, in order
	pairs   [2][]string       // every two ids that stand in one row of the owner's
}

// id is what a setting says of the owner; app.tenant_ids and the like are lists.
func (o *owner) id(setting string) string {
	if one, list := strings.CutSuffix(setting, "s"); list {
		return "{" + o.ids[one] + "}"
	}
	return o.ids[setting]
}

// one is the owner's id in a cell's rows.
func (o *owner) one(c cell) string { return o.ids[strings.TrimSuffix(c.Setting, "s")] }

// row is a table's row by column.
type row map[string]any

func (r row) json() string { return string(must1(json.Marshal(r))) }

// with is the row with other values in some columns.
func (r row) with(columns []string, values row) row {
	out := maps.Clone(r)
	for _, c := range columns {
		out[c] = values[c]
	}
	return out
}

// only is the row without the columns somebody may not fill.
func (r row) only(columns []string) row {
	out := row{}
	for c, v := range r {
		if slices.Contains(columns, c) {
			out[c] = v
		}
	}
	return out
}

// populace is what the tables hold: rows of every owner in every one, made from the catalogue's column types and foreign keys, so
// that a new table has its rows without anybody writing them.
type populace struct {
	t             testing.TB
	admin         *pgx.Conn
	c             *catalogue
	A, B, C, N, M *owner
	self          map[string]row // of the tables of the owners themselves
	stranger      any            // a person of nobody
	count         int
	teeth         teeth
}

func populate(t testing.TB, w *coretest.World, admin *pgx.Conn, c *catalogue) *populace {
	t.Helper()
	other, third := w.Elsewhere(t)
	p := &populace{t: t, admin: admin, c: c, self: map[string]row{}, teeth: teeth{map[string]bool{}, map[string]bool{}}}
	make := func(name, setting string, id uuid.UUID, network *owner) *owner {
		o := &owner{name: name, ids: map[string]string{setting: id.String()}, network: network, word: "Zq" + strings.ToLower(name) + hex.EncodeToString(random(5)), held: map[string]row{}, spare: map[string]row{}}
		if network != nil {
			o.ids["app.network_id"] = network.id("app.network_id")
		}
		return o
	}
	p.N, p.M = make("N", "app.network_id", w.Network.UUID, nil), make("M", "app.network_id", other.Network.UUID, nil)
	p.A, p.B, p.C = make("A", "app.tenant_id", w.A.ID.UUID, p.N), make("B", "app.tenant_id", w.B.ID.UUID, p.N), make("C", "app.tenant_id", third.ID.UUID, p.M)
	// A CHECK looks at its own row alone, so nothing crosses by it; a row made from types alone would not pass it.
	for _, k := range c.checks {
		p.exec("alter table " + quoted(k[0]) + " drop constraint " + quoted(k[1]))
	}
	// So does a trigger that only ever refuses: without it the network may try more. api.TestDirectoryLetsNobodyIn is about these two.
	p.exec("drop trigger members_by_network on members")
	p.exec("drop trigger agencies_directory_accepted on agencies")
	p.exec("begin")
	p.exec("set local session_replication_role = replica") // no triggers: rows come in any order
	for _, o := range p.owners() {
		for _, name := range c.order {
			r := c.relations[name]
			if r.View || home(r, o) != o {
				continue
			}
			column := r.single(o)
			if column != "" {
				p.exec("delete from "+quoted(name)+" where "+quoted(column)+" = $1::uuid", o.id("app."+column))
			}
			o.held[name] = p.insert(r, p.build(r, o, map[string]int{}))
			o.spare[name] = p.build(r, o, map[string]int{})
			o.couple(o.held[name])
			if column == "" {
				o.couple(p.insert(r, r.begun(p.build(r, o, map[string]int{}))))
			}
			for _, col := range r.Columns {
				for _, word := range col.Words {
					v := p.build(r, o, map[string]int{})
					v[col.Name] = word
					p.insert(r, v)
				}
			}
		}
	}
	p.stranger = p.insert(c.relations[people], p.build(c.relations[people], p.B, map[string]int{}))["id"]
	p.crowd()
	p.exec("update agency_quotas set members = null, files = null, storage_bytes = null") // made up, they would stop what the suite writes
	p.exec("commit")
	p.exec("analyze")
	p.mark()
	return p
}

// crowd gives network N six agencies that stand on the bases of M by name: counts below five are hidden, and one of N that M was told
// would have to be higher.
func (p *populace) crowd() {
	for range 6 {
		agency := p.insert(p.c.relations["agencies"], p.build(p.c.relations["agencies"], p.N, map[string]int{}))
		v := p.build(p.c.relations["workflow_versions"], p.A, map[string]int{})
		v["tenant_id"], v["status"] = agency["id"], "published"
		base := p.M.held["network_workflows"]
		v["base_key"], v["base_version"] = base["key"], base["version"]
		p.insert(p.c.relations["workflow_versions"], v)
	}
}

func (p *populace) owners() []*owner { return []*owner{p.A, p.B, p.C, p.N, p.M} }

// home is whose a table's rows are: the agency's, its network's, or, of a table that belongs to nobody, the asker's.
func home(r relation, o *owner) *owner {
	if !r.has("tenant_id") && r.has("network_id") && o.network != nil {
		return o.network
	}
	if r.has("tenant_id") && o.network == nil {
		return nil
	}
	return o
}

// pair are the owner of a cell's rows and the one who must not see them.
func (p *populace) pair(c cell) (ours, theirs *owner) {
	if strings.HasPrefix(c.Setting, "app.network_id") {
		return p.N, p.M
	}
	return p.A, p.B
}

// of is an owner's row in a cell: the one made for it or, in the table of the owners themselves, its own.
func (p *populace) of(c cell, o *owner) (held, spare row) {
	if c.Column != "id" {
		if o.network == nil && c.has("tenant_id") { // what an agency and its network both look at
			o = map[*owner]*owner{p.N: p.A, p.M: p.C}[o]
		}
		return o.held[c.Name], o.spare[c.Name]
	}
	if p.self[c.Name+o.name] == nil {
		var v row
		must(p.t, json.Unmarshal([]byte(rowsOf[string](p.t, p.admin, "select to_jsonb(t)::text from "+quoted(c.Name)+" t where id = $1::uuid", o.one(c))[0]), &v))
		p.self[c.Name+o.name] = v
	}
	held = p.self[c.Name+o.name]
	return held, p.build(c.relation, o, map[string]int{}).with([]string{"id"}, held)
}

// build makes a row of an owner, and inserts what it refers to. A circle ends in a null.
func (p *populace) build(r relation, o *owner, open map[string]int) row {
	o = home(r, o)
	open[r.Name]++
	defer func() { open[r.Name]-- }()
	out := row{}
	for _, c := range r.Columns {
		switch {
		case c.Made:
		case c.Name == "tenant_id" || c.Name == "network_id":
			out[c.Name] = o.id("app." + c.Name)
		case c.Name == "deleted_at": // what is deleted holds no key any more
		default:
			out[c.Name] = p.fresh(c, o)
		}
	}
	for _, ref := range r.Refs {
		to := p.c.relations[ref.To]
		switch {
		case len(ref.Columns) == 1 && (ref.Columns[0] == "tenant_id" || ref.Columns[0] == "network_id"):
		case ref.To == "agencies": // by another name than tenant_id
			out[ref.Columns[0]] = nullable(o.id("app.tenant_id"))
		case open[ref.To] > 1:
			for _, c := range ref.Columns {
				if c != "tenant_id" && c != "network_id" {
					out[c] = nil
				}
			}
		default:
			parent := p.insert(to, p.build(to, o, open))
			for i, c := range ref.Columns {
				out[c] = parent[ref.ToColumns[i]]
			}
		}
	}
	return out
}

// single is the column that names the owner where each has one row at most, "" elsewhere: a row that a trigger has made, with what it
// counts, gives way to the suite's.
func (r relation) single(o *owner) string {
	for _, k := range r.Keys {
		if len(k.Columns) == 1 && o.ids["app."+k.Columns[0]] != "" {
			return k.Columns[0]
		}
	}
	return ""
}

func (p *populace) insert(r relation, v row) row {
	p.t.Helper()
	p.exec("insert into "+quoted(r.Name)+" ("+names(v)+") select "+names(v)+" from jsonb_populate_record(null::"+quoted(r.Name)+", $1::jsonb)", v.json())
	return v
}

func (p *populace) exec(sql string, args ...any) {
	p.t.Helper()
	if _, err := p.admin.Exec(context.Background(), sql, args...); err != nil {
		p.t.Fatalf("%s: %v", sql, err)
	}
}
