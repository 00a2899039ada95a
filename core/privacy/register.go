package privacy

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/pratica-crm/pratica/core/pdf"
	"github.com/pratica-crm/pratica/core/workflow"
)

//go:embed register.yaml
var source []byte

// Text is a text in both languages.
type Text = workflow.Text

// Clock is the event from which a purpose's months count.
type Clock string

// The clocks. Never: what is kept holds nothing of a person once the rest is erased.
const (
	RelationshipEnd Clock = "relationship_end"
	FileEnd         Clock = "file_end"
	LastContact     Clock = "last_contact"
	Never           Clock = "never"
)

// Purpose is what data are kept for, and how long.
type Purpose struct {
	Title      Text  `json:"title"`
	Basis      Text  `json:"basis"`
	Clock      Clock `json:"clock" enum:"relationship_end,file_end,last_contact,never" doc:"From when the months count"`
	Months     int   `json:"months"`
	Firm       bool  `json:"firm" doc:"Stands against a request for erasure (Art. 17(3))"`
	Consent    bool  `json:"consent" doc:"Ends when its consent is withdrawn"`
	OptIn      bool  `yaml:"opt_in" json:"opt_in" doc:"Begins with its consent only"`
	Recipients Text  `json:"recipients"`
	Text       Text  `json:"text" doc:"What people are asked to agree to, until the agency has words of its own"`

	Consequence Text `json:"consequence" doc:"What withdrawing the consent brings about, said before"`
}

// Datum is a group of data that is kept, and erased, as one: columns of a person's record, or papers of some kinds.
type Datum struct {
	Key     string   `json:"key"`
	Title   Text     `json:"title"`
	Columns []string `json:"columns,omitempty"`
	Kinds   []string `json:"kinds,omitempty" doc:"Kinds of papers; none: all that no other group names"`

	Rows     map[string][]string `json:"rows,omitempty" doc:"Columns of other tables' rows about the person, sealed by their key: emptied with the group"`
	Purposes []string            `json:"purposes"`
}

// Table says of every column of a table that refers to people what it is.
type Table struct {
	Belongs   string   `json:"belongs" doc:"What decides how long it is kept: data, papers, file or a purpose"`
	Personal  []string `json:"personal"`
	Technical []string `json:"technical"`
}

// Register is the record of processing.
type Register struct {
	Purposes map[string]Purpose `json:"purposes"`
	Data     []Datum            `json:"data"`
	Papers   []Datum            `json:"papers"`
	File     Datum              `json:"file"`
	Tables   map[string]Table   `json:"tables"`
}

// platform is the register of this version of the program.
var platform = must(read(source))

func read(text []byte) (Register, error) {
	var r Register
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&r); err != nil {
		return r, fmt.Errorf("register.yaml: %w", err)
	}
	for _, datum := range r.all() {
		for _, p := range datum.Purposes {
			if _, known := r.Purposes[p]; !known || len(datum.Purposes) == 0 {
				return r, fmt.Errorf("register.yaml: %s is for %q, which is no purpose", datum.Key, p)
			}
		}
	}
	return r, nil
}

func must(r Register, err error) Register {
	if err != nil {
		panic(err) // what is embedded is read at every start, and in every test
	}
	return r
}

// all are the groups that have clocks.
func (r Register) all() []Datum { return slices.Concat(r.Data, r.Papers, []Datum{r.File}) }

// datum finds a group.
func (r Register) datum(key string) Datum {
	all := r.all()
	if i := slices.IndexFunc(all, func(d Datum) bool { return d.Key == key }); i >= 0 {
		return all[i]
	}
	return Datum{Key: key}
}

// with is the register with an agency's longer terms; shorter ones count for nothing.
func (r Register) with(months map[string]int) Register {
	r.Purposes = maps.Clone(r.Purposes)
	for key, p := range r.Purposes {
		p.Months = max(p.Months, months[key])
		r.Purposes[key] = p
	}
	return r
}

// consents are the purposes that people agree to, in order.
func (r Register) consents() (out []string) {
	for key, p := range r.Purposes {
		if p.Consent {
			out = append(out, key)
		}
	}
	slices.Sort(out)
	return out
}

var clockWords = map[Clock]Text{
	RelationshipEnd: {EN: "months after the end of the relationship", IT: "mesi dalla fine del rapporto"},
	FileEnd:         {EN: "months after the end of the file", IT: "mesi dalla fine della pratica"},
	LastContact:     {EN: "months after the last contact", IT: "mesi dall'ultimo contatto"},
}

// keeps says for how long a purpose keeps data.
func (p Purpose) keeps(locale string) string {
	if p.Clock == Never {
		return in(Text{EN: "as long as there is an account; pseudonymous afterwards", IT: "finché dura il rapporto con l'agenzia; poi senza nomi"}, locale)
	}
	return fmt.Sprintf("%d %s", p.Months, in(clockWords[p.Clock], locale))
}

// Paper is the register for people to read.
func (r Register) Paper(agency, locale string, at time.Time) pdf.Paper {
	say := func(en, it string) string { return in(Text{EN: en, IT: it}, locale) }
	paper := pdf.Paper{Title: say("Record of processing activities", "Registro dei trattamenti"), Lines: []string{agency, say("GDPR Art. 30", "GDPR art. 30"), day(at)}}
	for _, key := range slices.Sorted(maps.Keys(r.Purposes)) {
		p := r.Purposes[key]
		var data []string
		for _, d := range r.all() {
			if slices.Contains(d.Purposes, key) {
				data = append(data, in(d.Title, locale))
			}
		}
		for _, name := range slices.Sorted(maps.Keys(r.Tables)) {
			if r.Tables[name].Belongs == key {
				data = append(data, name)
			}
		}
		s := pdf.Section{Title: in(p.Title, locale)}
		s.Add(say("Basis", "Base giuridica"), in(p.Basis, locale))
		s.Add(say("Kept for", "Conservazione"), p.keeps(locale))
		s.Add(say("Recipients", "Destinatari"), in(p.Recipients, locale))
		for _, d := range data {
			s.Add(say("Data", "Dati"), d)
		}
		paper.Sections = append(paper.Sections, s)
	}
	return paper
}

func in(t Text, locale string) string {
	if locale == "en" {
		return t.EN
	}
	return t.IT
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
