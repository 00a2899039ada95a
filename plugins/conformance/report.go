package conformance

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/pratica-crm/pratica/plugins/archive"
)

// Status is what came of a check.
type Status string

// The three. A check that does not apply has not passed.
const (
	Passed        Status = "passed"
	Failed        Status = "failed"
	NotApplicable Status = "not_applicable"
)

// Result is what came of a check.
type Result struct {
	ID     string `json:"id"`
	Proves string `json:"proves"`
	Status Status `json:"status"`
	Detail string `json:"detail,omitempty"` // what was seen, or why it does not apply
	Remedy string `json:"remedy,omitempty"` // for Failed
	Link   string `json:"link"`
	Millis int64  `json:"ms"`
}

// Report is what the kit says of a connector: `pratica plugin test --json`.
type Report struct {
	Format        int                `json:"format"` // 1
	Connector     string             `json:"connector"`
	Version       string             `json:"version"`
	Capabilities  []string           `json:"capabilities"`
	Conformant    bool               `json:"conformant"`
	Score         int                `json:"score"` // percent of those that apply, rounded down
	Passed        int                `json:"passed"`
	Failed        int                `json:"failed"`
	NotApplicable int                `json:"not_applicable"`
	Checks        []Result           `json:"checks"`
	Jail          []string           `json:"jail"`    // the layers it ran in
	Figures       map[string]float64 `json:"figures"` // start_ms, resident_mib, load_p95_ms
}

func (r *Report) count() {
	for _, c := range r.Checks {
		switch c.Status {
		case Passed:
			r.Passed++
		case Failed:
			r.Failed++
		case NotApplicable:
			r.NotApplicable++
		}
	}
	if r.Passed+r.Failed > 0 {
		r.Score = 100 * r.Passed / (r.Passed + r.Failed)
	}
	r.Conformant = r.Failed == 0 && r.Passed > 0
}

// Short is what a package's manifest says of it.
func (r Report) Short() archive.KitResult {
	return archive.KitResult{Passed: r.Passed, Failed: r.Failed, NotApplicable: r.NotApplicable, Score: r.Score}
}

// Stable is the report without what differs from run to run: the same connector gives the same package.
func (r Report) Stable() ([]byte, error) {
	r.Figures, r.Jail = map[string]float64{}, []string{}
	r.Checks = append([]Result{}, r.Checks...)
	for i := range r.Checks {
		r.Checks[i].Millis = 0
	}
	return json.MarshalIndent(r, "", "  ")
}

// Text is the report for people.
func (r Report) Text(to io.Writer) {
	fmt.Fprintf(to, "%s %s: %s\n\n", r.Connector, r.Version, strings.Join(r.Capabilities, ", "))
	marks := map[Status]string{Passed: "ok  ", Failed: "FAIL", NotApplicable: " -  "}
	for _, c := range r.Checks {
		fmt.Fprintf(to, "%s %-22s %s\n", marks[c.Status], c.ID, c.Proves)
		if c.Status == NotApplicable {
			fmt.Fprintf(to, "     not applicable: %s\n", c.Detail)
		}
		if c.Status == Failed {
			fmt.Fprintf(to, "     seen:   %s\n     remedy: %s\n     more:   %s\n", c.Detail, c.Remedy, c.Link)
		}
	}
	verdict := "conformant"
	if !r.Conformant {
		verdict = "NOT conformant"
	}
	fmt.Fprintf(to, "\n%s: %d passed, %d failed, %d not applicable; score %d. Started in %.0f ms, held %.0f MiB.\n", verdict, r.Passed, r.Failed, r.NotApplicable, r.Score, r.Figures["start_ms"], r.Figures["resident_mib"])
}

type suites struct {
	XMLName xml.Name `xml:"testsuites"`
	Suites  []suite  `xml:"testsuite"`
}

type suite struct {
	Name     string     `xml:"name,attr"`
	Tests    int        `xml:"tests,attr"`
	Failures int        `xml:"failures,attr"`
	Errors   int        `xml:"errors,attr"`
	Skipped  int        `xml:"skipped,attr"`
	Time     string     `xml:"time,attr"`
	Cases    []testcase `xml:"testcase"`
}

type testcase struct {
	Name    string   `xml:"name,attr"`
	Class   string   `xml:"classname,attr"`
	Time    string   `xml:"time,attr"`
	Failure *message `xml:"failure"`
	Skipped *message `xml:"skipped"`
}

type message struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// JUnit writes the report as continuous integration reads it.
func (r Report) JUnit(to io.Writer) error {
	s := suite{Name: r.Connector + " " + r.Version, Tests: len(r.Checks), Failures: r.Failed, Skipped: r.NotApplicable}
	total := int64(0)
	for _, c := range r.Checks {
		t := testcase{Name: c.ID, Class: "conformance." + r.Connector, Time: seconds(c.Millis)}
		switch c.Status {
		case Failed:
			t.Failure = &message{c.Detail, "proves: " + c.Proves + "\nremedy: " + c.Remedy + "\nmore: " + c.Link}
		case NotApplicable:
			t.Skipped = &message{Message: c.Detail}
		}
		s.Cases = append(s.Cases, t)
		total += c.Millis
	}
	s.Time = seconds(total)
	if _, err := io.WriteString(to, xml.Header); err != nil {
		return err
	}
	out := xml.NewEncoder(to)
	out.Indent("", "  ")
	if err := out.Encode(suites{Suites: []suite{s}}); err != nil {
		return err
	}
	_, err := io.WriteString(to, "\n")
	return err
}

func seconds(ms int64) string { return fmt.Sprintf("%.3f", float64(ms)/1000) }
