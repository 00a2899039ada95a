package main

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// unplanted are the personal columns that get no value in the canaries' story, and why that proves enough.
var unplanted = map[string]string{
	"subjects.company_name": "a company's: written by the statement that writes first_name", "subjects.vat_number": "a company's, like company_name",
	"subjects.sex": "one letter", "subjects.citizenship": "two letters", "subjects.marital_status": "one of seven words", "subjects.risk_profile": "one of three words",
	"properties.postal_code": "five digits, which other things have, too", "properties.province": "two letters",
	"documents.media_type": "one of three", "documents.blob_key": "ids and random letters", "subject_exports.blob_key": "went with the erasure", "subject_exports.data_key": "went with the erasure",
	"instances.blocked": "names of the template's guards", "instances.breaches": "names of the template's promises",
	"operations.error": "codes of the protocol; a bank's words do not get there", "operations.external_ref": "the connector keeps its reference in the result", "submission_requests.text": "the bank asks for nothing in this story; its words lie beside lender_reference",
	"bank_reads.user_ip":     "goes when a read is done, as this story's is; an address of the network, which stands in callback_states.received, too",
	"verifications.evidence": "sealed as details are, once a digital identity has vouched for the person; this story has none (core/consents.TestConsents has)",
	"audit_entries.sealed":   "no entry of the product has it yet (audit.RecordAbout)",
}

// aboveAgencies are personal columns of tables that are no agency's, which the register of processing does not list.
var aboveAgencies = []string{"users.email", "users.name", "network_people.email", "network_people.name", "network_people.external_id"}

// planted: every personal column that the register of processing knows has held a value of the story, in clear or sealed; or stands in the list of
// those that need none. A new column is in it by being in the register.
func (c *caged) planted() {
	c.t.Helper()
	raw, err := os.ReadFile("../../core/privacy/register.yaml")
	must(c.t, err)
	var register struct {
		Data   []struct{ Columns []string }
		Tables map[string]struct{ Personal []string }
	}
	must(c.t, yaml.Unmarshal(raw, &register))
	columns := slices.Clone(aboveAgencies)
	for _, datum := range register.Data {
		for _, column := range datum.Columns {
			columns = append(columns, "subjects."+column)
		}
	}
	for table, t := range register.Tables {
		for _, column := range t.Personal {
			columns = append(columns, table+"."+column)
		}
	}
	var parts []string
	for _, name := range columns {
		table, column, _ := strings.Cut(name, ".")
		parts = append(parts, `select '`+name+`' as name, bool_or(pg_typeof(t."`+column+`")::text in ('bytea', 'date', 'bigint', 'integer', 'boolean')) as closed,
			count(t."`+column+`") as held, coalesce(string_agg(t."`+column+`"::text, ' '), '') as content from `+table+` t`)
	}
	text, err := c.world.Raw(c.t, "", `select jsonb_object_agg(name, jsonb_build_object('closed', coalesce(closed, false), 'held', held, 'content', content))::text from (`+strings.Join(parts, " union all ")+`) x`)
	must(c.t, err)
	var there map[string]struct {
		Closed  bool // its type holds no text: that something is there is all that can be seen
		Held    int
		Content string
	}
	must(c.t, json.Unmarshal([]byte(text), &there))
	for _, name := range slices.Sorted(maps.Keys(there)) {
		is := there[name]
		got := is.Held > 0 && (is.Closed || len(c.found(is.Content)) > 0)
		if why := unplanted[name]; got == (why != "") {
			c.t.Errorf("%s: a value came there: %v; reason for none: %q", name, got, why)
		}
		delete(unplanted, name)
	}
	if len(there) < 60 || len(unplanted) > 0 {
		c.t.Errorf("%d columns; not in the register: %v", len(there), unplanted)
	}
}
