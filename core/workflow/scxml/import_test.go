package scxml_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/pratica-crm/pratica/core/workflow"
	"github.com/pratica-crm/pratica/core/workflow/scxml"
)

func chart(body string) string {
	return "<scxml xmlns=\"http://www.w3.org/2005/07/scxml\" version=\"1.0\">\n" + body + "\n</scxml>"
}

// A chart that needs every form the importer writes, and the template that comes of it.
func TestTemplateOfAChart(t *testing.T) {
	got, err := scxml.Import(strings.NewReader(`<?xml version="1.0"?>
<!-- an editor's own notes are left out -->
<scxml xmlns="http://www.w3.org/2005/07/scxml" xmlns:qt="http://www.qt.io/2015/02/scxml-ext" version="1.0" name="Coffee machine" datamodel="null">
  <qt:editorinfo initialGeometry="1;2"/>
  <datamodel/>
  <state id="caffè">
    <onentry/><onexit><log label="leaving"/></onexit>
    <transition event="coin.* card" target="p" cond=" true "><log label="paid"/></transition>
    <transition event="done.state.p" type="internal" target="no"/>
  </state>
  <parallel id="p">
    <history id="h"><transition target="x"/></history>
    <state id="x"/>
    <state><initial><transition target="on"/></initial><state id="off"/><state id="on"/></state>
    <transition event="*"/>
  </parallel>
  <final id="no"><donedata/></final>
</scxml>`))
	if err != nil {
		t.Fatal(err)
	}
	want := `apiVersion: pratica/v1
kind: Workflow
metadata: {key: coffee-machine, title: {en: Coffee machine}}
subject: case
priority: document
initial: caff_xE8_
states:
  caff_xE8_: {kind: atomic, title: {en: caffè}}
  p:
    kind: parallel
    regions:
      x:
        initial: x
        states:
          x: {kind: atomic}
      unnamed_1:
        initial: unnamed_1
        states:
          unnamed_1:
            kind: compound
            initial: on
            states:
              off: {kind: atomic}
              on: {kind: atomic}
    states:
      h: {kind: history, depth: shallow, initial: x}
  no: {kind: final, outcome: won}
events:
  coin: {}
  card: {}
transitions:
  - {id: t1, from: caff_xE8_, on: coin, to: p}
  - {id: t1.2, from: caff_xE8_, on: card, to: p}
  - {id: t2, from: caff_xE8_, on: done.state.p, to: no, inside: true}
  - {id: t4, from: p, on: '*'}
`
	if string(got) != want {
		t.Errorf("the template is\n%s", got)
	}
}

func TestRefusedDocuments(t *testing.T) {
	for name, c := range map[string]struct {
		document, want string
		malformed      bool
	}{
		"empty":                  {"", "no element", true},
		"not XML":                {"states: {}", "", true},
		"cut off":                {"<scxml>\n<state>", "line 2", true},
		"an unknown entity":      {chart(`<state id="&boom;"/>`), "line 2", true},
		"two roots":              {"<scxml/>\n<scxml/>", "second root", true},
		"too large":              {chart(strings.Repeat("<!-- large -->", 100_000)), "1 MiB", true},
		"another language":       {"<html/>", "not an SCXML document", false},
		"another namespace":      {`<scxml xmlns="urn:x"/>`, "not an SCXML document", false},
		"no states":              {chart(""), "needs states", false},
		"deep nesting":           {chart(strings.Repeat("<state>", 30_000) + strings.Repeat("</state>", 30_000)), "deeper than 64", false},
		"a condition":            {chart("<state id=\"a\">\n<transition event=\"t\" cond=\"x &gt; 1\"/></state>"), `line 3: <transition>: the condition "x > 1"`, false},
		"cond false":             {chart(`<state><transition event="t" cond="false"/></state>`), `line 2: <transition>: the condition "false"`, false},
		"cond empty":             {chart(`<state><transition event="t" cond=""/></state>`), "condition", false},
		"onentry that sends":     {chart("<state>\n<onentry>\n<send event=\"x\"/></onentry></state>"), "line 4: <send>", false},
		"onexit that raises":     {chart("<state><onexit><raise event=\"x\"/></onexit></state>"), "line 2: <raise>", false},
		"a transition that acts": {chart(`<state><transition event="t"><assign location="x" expr="1"/></transition></state>`), "<assign>", false},
		"initial that acts":      {chart(`<state><initial><transition target="a"><raise event="x"/></transition></initial><state id="a"/></state>`), "<raise>", false},
		"history that acts":      {chart(`<state><history><transition target="a"><script>x</script></transition></history><state id="a"/></state>`), "<script>", false},
		"script":                 {chart(`<script>x</script><state/>`), "<script>", false},
		"data":                   {chart(`<datamodel><data id="x"/></datamodel><state/>`), "<data>", false},
		"invoke":                 {chart(`<state><invoke src="x"/></state>`), "<invoke>", false},
		"donedata":               {chart(`<final><donedata><param name="x"/></donedata></final>`), "<param>", false},
		"foreign content":        {chart(`<state><onentry><x:do xmlns:x="urn:x"/></onentry></state>`), "line 2: <do>", false},
		"foreign element":        {chart(`<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="x"/><state/>`), "line 2: <include>", false},
		"unknown attribute":      {chart(`<state id="a"><transition event="t" tagret="a"/></state>`), "attribute tagret", false},
		"an id twice":            {chart("<state id=\"a\"/>\n<state id=\"a\"/>"), "line 3: <state>: the id \"a\" stands twice, first in line 2", false},
		"unknown target":         {chart(`<state id="a"><transition event="t" target="b"/></state>`), `line 2: <transition>: "b" is not the id`, false},
		"unknown initial":        {`<scxml initial="b"><state id="a"/></scxml>`, `line 1: <scxml>: "b" is not the id`, false},
		"initial elsewhere":      {chart("<state id=\"a\" initial=\"b\"><state/></state>\n<state id=\"b\"/>"), "line 2: <state>: initial of a names b, which is not inside it", false},
		"initial twice":          {chart(`<state initial="a"><initial><transition target="a"/></initial><state id="a"/></state>`), "<initial>: the state says twice", false},
		"initial without target": {chart(`<state><initial><transition/></initial><state id="a"/></state>`), "needs a target", false},
		"initial with an event":  {chart(`<state><initial><transition event="t" target="a"/></initial><state id="a"/></state>`), "waits for no event", false},
		"initial of an atomic":   {chart(`<state id="a" initial="a"/>`), "holds no states", false},
		"two in one region":      {chart("<state id=\"a\"><transition event=\"t\" target=\"a b\"/></state>\n<state id=\"b\"/>"), "line 2: <transition>: a and b cannot be entered together", false},
		"endless":                {chart(`<state><transition/></state>`), "would run for ever", false},
		"type":                   {chart(`<state id="a"><transition event="t" target="a" type="inside"/></state>`), "internal or external", false},
		"history type":           {chart(`<state><history type="full"/><state/></state>`), "shallow or deep", false},
		"history at the top":     {chart(`<history id="h"/><state/>`), "may not stand inside <scxml>", false},
		"history of nothing":     {chart(`<state><history id="h"/></state>`), "no states", false},
		"history two ways":       {chart(`<state><history><transition target="a"/><transition target="a"/></history><state id="a"/></state>`), "one transition", false},
		"history of itself":      {chart("<state initial=\"h\"><state/>\n<history id=\"h\"/></state>"), "line 3: <history>: leads back to itself", false},
		"history in a circle":    {chart(`<state><state/><history id="g"><transition target="h"/></history><history id="h"><transition target="g"/></history></state>`), "leads back to itself", false},
		"parallel of nothing":    {chart(`<parallel/>`), "needs states", false},
		"final in a parallel":    {chart(`<parallel><final/></parallel>`), "may not stand inside <parallel>", false},
		"state in a final":       {chart(`<final><state/></final>`), "may not stand inside <final>", false},
		"descriptor":             {chart(`<state><transition event="a*b"/></state>`), "no event descriptor", false},
		"end of no state":        {chart(`<state id="a"><transition event="done.state.b" target="a"/></state>`), "no such state", false},
		"a long id":              {chart(`<state id="` + strings.Repeat("é", 40) + `"/>`), "is not a name", false},
		"too many states":        {chart(`<state>` + strings.Repeat("<state/>", 1000) + `</state>`), "more than 1000 states", false},
		"too many transitions":   {chart(`<state>` + strings.Repeat(`<transition event="t u"/>`, 501) + `</state>`), "more than 1000;", false},
		"too many regions":       {chart(`<parallel id="p">` + strings.Repeat("<state/>", 30) + `</parallel>`), "at most 20", false},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := scxml.Import(strings.NewReader(c.document))
			if err == nil {
				t.Fatalf("imported:\n%s", out)
			}
			if out != nil || errors.Is(err, scxml.ErrMalformed) != c.malformed || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, malformed %v; want %q, malformed %v", err, errors.Is(err, scxml.ErrMalformed), c.want, c.malformed)
			}
		})
	}
}

// Ids that are no names of a template stay apart, and a prefix stays a prefix; words of YAML stay words.
func TestNames(t *testing.T) {
	m := imported(t, chart(`<state id="è.1"><transition event="été.un" target="no"/></state>
<state id="no"><transition event="true" target="null"/></state>
<state id="null"><transition event="on" target="_x41_"/></state>
<state id="_x41_"><transition event="12" target="A"/></state>
<state id="A"><transition event="~" target="unnamed_1"/></state>
<state id="unnamed_1"><transition event="t" target="s"/></state>
<state id="s"><state><transition event="t" target="s.t"/></state></state>
<state id="s.t"><state id="u"><transition event="t" target="f"/></state><final id="f"/><transition event="done.state.s" target="è.1"/></state>`))
	events := []string{"_xE9_t_xE9_.un.deux", "true", "on", "_x31_2.x", "_x7E_", "t", "t", "t"}
	got, _ := byMachine(m, events)
	want := "_xE8_.1|no|null|_x5F_x41_|A|unnamed_1|unnamed_2|u|_xE8_.1"
	if strings.Join(got, "|") != want {
		t.Errorf("%v, want %s", got, want)
	}
	if title := m.State("_xE8_.1").Title; title.EN != "è.1" {
		t.Errorf("the title of è.1 is %v", title)
	}
}

// Nothing but an error comes of a reader that fails, or of bytes that are no document; what is imported compiles and starts.
func FuzzImport(f *testing.F) {
	f.Add([]byte(chart(`<state id="a"><transition event="t" target="a"/></state>`)))
	f.Add([]byte(chart(`<parallel id="p"><history id="h"/><state><final id="f"/></state><state id="b"/></parallel>`)))
	f.Add([]byte("<scxml"))
	f.Fuzz(func(t *testing.T, document []byte) {
		source, err := scxml.Import(strings.NewReader(string(document)))
		if err != nil {
			return
		}
		m, findings := workflow.Compile(source)
		if m == nil {
			t.Fatalf("%v\n%s", findings, source)
		}
		m.Start(workflow.World{Now: clock})
	})
}
