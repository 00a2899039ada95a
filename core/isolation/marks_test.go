package isolation_test

import (
	"maps"
	"slices"
	"strings"
)

// begun is a row of something that goes on: nothing has ended or revoked it.
func (r relation) begun(v row) row {
	for _, c := range r.Columns {
		if c.Open {
			v[c.Name] = nil
		}
	}
	return v
}

// couple remembers which ids stand together.
func (o *owner) couple(v row) {
	for _, a := range v {
		for _, b := range v {
			one, _ := a.(string)
			two, _ := b.(string)
			if whole := anID.FindString(one); whole != "" && whole == one && one != two && anID.FindString(two) == two && two != "" {
				o.pairs[0], o.pairs[1] = append(o.pairs[0], one), append(o.pairs[1], two)
			}
		}
	}
}

// mark collects the ids of each owner's rows: what another one must never be shown. Shared ones are nobody's.
func (p *populace) mark() {
	seen := map[string]map[*owner]bool{}
	for _, o := range p.owners() {
		o.marks = map[string]bool{}
		column := "tenant_id"
		if o.network == nil {
			column = "network_id"
		}
		for _, name := range p.c.order {
			r := p.c.relations[name]
			if r.View || !r.has(column) || column == "network_id" && r.has("tenant_id") {
				continue
			}
			for _, line := range rowsOf[string](p.t, p.admin, "select t::text from "+quoted(name)+" t where "+column+" = $1::uuid", o.id("app."+column)) {
				for _, id := range anID.FindAllString(line, -1) {
					if seen[id] == nil {
						seen[id] = map[*owner]bool{}
					}
					seen[id][o] = true
				}
			}
		}
	}
	for id, by := range seen {
		if len(by) == 1 {
			for o := range by {
				o.marks[id] = true
			}
		}
	}
	for _, o := range p.owners() {
		if o.network != nil {
			o.marks[o.id("app.tenant_id")] = true
		}
		o.pool = slices.Sorted(maps.Keys(o.marks))
	}
}

// shows tells what of an owner stands in a text, but for what the asker said himself.
func (o *owner) shows(text string, said ...string) string {
	for _, s := range said {
		text = strings.ReplaceAll(text, s, "")
	}
	if strings.Contains(text, o.word) {
		return o.word
	}
	for _, id := range anID.FindAllString(text, -1) {
		if o.marks[id] {
			return id
		}
	}
	return ""
}
