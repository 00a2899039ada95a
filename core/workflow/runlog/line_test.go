package runlog

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/pratica-crm/pratica/core/workflow"
)

// The lines of the tests, and what programs and people may write besides.
var oddLines = []string{
	interleaved,
	`{"case":"a","event":"e","at":"2026-10-01T08:00:00Z","actor":{"id":"1","roles":["a","b",null]},"facts":{"n":-12,"t":"x","b":true,"l":[1,{"m":[]}],"z":null,"o":{}},"payload":{"note":"sì"},"reason":"r"}`,
	`{"case":"a","event":"submit","at":"0000-01-01T00:00:00+02:00"}`, `{"case":"a","event":"submit","at":"9999-12-31T23:59:59-02:00","actor":{"id":"1","roles":["broker"]}}`,
	`{"case":"a","event":"submit","at":"9999-12-30T23:59:59Z","actor":{"id":"1","roles":["broker"]}}`, `{"case":"a","event":"submit","at":"0000-01-01T00:00:00Z","actor":{"id":"1","roles":["broker"]}}`,
	` { "case" : "a" , "at" : "x" , "facts" : { } , "actor" : { } } `,
	`{"case":null,"event":null,"actor":{"id":null,"roles":[]},"reason":null}`,
	`{"case":"a","facts":null,"actor":null,"payload":null}`,
	`{"case":"a\"\u00e8","facts":{"k\n":"\ud83d\ude00"}}`,
	"{\"case\":\"\xff\"}", "{\"case\":\"a\x01\"}",
	`{"CASE":"a","Event":"b"}`, `{"case":"a","case":"b"}`, `{"facts":{"a":1},"facts":{"b":2}}`, `{"facts":{"a":1,"a":"x"}}`, `{"actor":{"id":"","id":"x"},"actor":{}}`,
	`{"case":"a","lifecycle":"complete","cost":1.5}`, `{"case":1}`, `{"at":{}}`, `{"actor":"x"}`, `{"facts":[]}`,
	`{"facts":{"a":1.0,"b":1e3,"c":-0,"d":123456789012345,"e":1234567890123456,"f":9223372036854775808,"g":0.5}}`,
	`{"facts":{"a":01}}`, `{"facts":{"a":-}}`, `{"facts":{"a":- 1}}`, `{"facts":{"a":+1}}`, `{"facts":{"a":tru}}`, `{"facts":{"a":nullx}}`, `{"facts":{"a":1,}}`, `{"facts":{"a":[1,]}}`,
	`{"case":"a"} x`, `{"case":"a"}{}`, "{\"case\":\"a\"}\x00", `{`, ``, `null`, `[]`, `"x"`, `{"case":"a"`, `{"case"}`, `{"":""}`,
	`{"facts":{"a":` + strings.Repeat("[", 150) + strings.Repeat("]", 150) + `}}`, `{"facts":{"a":` + strings.Repeat("[", 20_000) + `}}`,
}

// sameLine compares the decoder with encoding/json: the same line, or the same refusal.
func sameLine(t *testing.T, d *lineDecoder, text []byte) {
	t.Helper()
	got, err := d.decode(text)
	var want LogLine
	wanted := json.Unmarshal(text, &want)
	if wanted != nil {
		if err == nil || err.Error() != "not a JSON object of the expected form: "+jsonProblem(wanted) {
			t.Errorf("%q: %v, want %v", text, err, wanted)
		}
		return
	}
	if err != nil || !reflect.DeepEqual(asRead(got), asRead(want)) {
		t.Errorf("%q\nread as   %#v (%v)\nwhich is %#v", text, got, err, want)
	}
}

// asRead is a line with its numbers in one type: Normalize takes either.
func asRead(l LogLine) LogLine {
	l.Facts, l.Payload = oneNumber(l.Facts).(map[string]any), oneNumber(l.Payload).(map[string]any)
	return l
}

func oneNumber(v any) any {
	switch x := v.(type) {
	case int64:
		return float64(x)
	case []any:
		for i := range x {
			x[i] = oneNumber(x[i])
		}
	case map[string]any:
		for k := range x {
			x[k] = oneNumber(x[k])
		}
	}
	return v
}

func TestLogLinesMeanWhatJSONSays(t *testing.T) {
	d := newLineDecoder()
	for _, text := range oddLines {
		sameLine(t, d, []byte(text))
	}
	usual := 0
	for _, text := range strings.Split(interleaved, "\n") {
		sameLine(t, d, []byte(text))
		if _, ok := d.usual([]byte(text)); ok {
			usual++
		}
	}
	if usual != 8 {
		t.Errorf("%d of the 8 lines of the log are read without encoding/json", usual)
	}
}

func FuzzLogLine(f *testing.F) {
	for _, text := range oddLines {
		if len(text) < 4096 {
			f.Add([]byte(text))
		}
	}
	m := example(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) > 1<<12 {
			return
		}
		d := newLineDecoder()
		sameLine(t, d, text)
		sameLine(t, d, text) // with its words known
		var out bytes.Buffer
		runner := Runner{Machine: m, Until: testClock.AddDate(1, 0, 0)}
		summary, err := runner.Run(bytes.NewReader(text), &out)
		if err == nil && summary.Events != summary.Fired+summary.Refused+summary.Recorded {
			t.Errorf("%+v", summary)
		}
		if strings.Count(out.String(), "\n") != int(summary.Events)+map[bool]int{true: 1}[err == nil] {
			t.Errorf("%d events, %v, printed\n%s", summary.Events, err, out.String())
		}
	})
}

// Everything an instance holds survives between two lines: a member that is added to it and not packed fails here.
func TestPackedCaseIsWhole(t *testing.T) {
	n := 0
	var fill func(v reflect.Value)
	fill = func(v reflect.Value) {
		n++
		switch {
		case v.Type() == reflect.TypeFor[time.Time]():
			v.Set(reflect.ValueOf(testClock.Add(time.Duration(n) * time.Nanosecond)))
		case v.Kind() == reflect.String:
			v.SetString(fmt.Sprint("text ", n))
		case v.CanInt():
			v.SetInt(int64(n) * -1_000_000_007)
		case v.Kind() == reflect.Bool:
			v.SetBool(true)
		case v.Kind() == reflect.Slice:
			v.Set(reflect.MakeSlice(v.Type(), 2, 2))
			fill(v.Index(0))
			fill(v.Index(1))
		case v.Kind() == reflect.Map:
			key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
			fill(key)
			fill(elem)
			v.Set(reflect.MakeMap(v.Type()))
			v.SetMapIndex(key, elem)
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				fill(v.Field(i))
			}
		default:
			t.Fatalf("a member of type %s: the packer must learn it, and this test", v.Type())
		}
	}
	facts := workflow.Facts{"ltv_bps": int64(-1), "created_by": "", "purpose": strings.Repeat("è", 300), "pep": true, "x": false, "planned_submission": time.Time{},
		"docs": []any{map[string]any{"kind": "payslip", "expires": testClock, "a": []any{}, "b": int64(1) << 62, "c": -(int64(1) << 62)}}}
	p := newPacker(example(t))
	for i := range reflect.TypeFor[workflow.Instance]().NumField() {
		in := awake{order: 70_000, facts: maps.Clone(facts)}
		switch field := reflect.TypeFor[workflow.Instance]().Field(i); field.Name {
		case "States", "Ended": // kept apart, see spot
			continue
		case "Timers":
			in.inst.Timers = []workflow.Timer{{State: "underwriting", Event: "sla_breached", Due: testClock}, {}}
			fill(reflect.ValueOf(&in.inst.Timers[1]).Elem())
		default:
			fill(reflect.ValueOf(&in.inst).Elem().Field(i))
		}
		in.facts["gone"] = nil
		out := awake{facts: workflow.Facts{}}
		p.unpack(p.pack(&in), &out)
		delete(in.facts, "gone") // absent and null are both missing
		if !reflect.DeepEqual(in, out) {
			t.Errorf("%+v\n%+v", in, out)
		}
	}
}
