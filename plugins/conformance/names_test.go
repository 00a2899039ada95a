package conformance

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	hostegress "github.com/pratica-crm/pratica/plugins/egress"
)

// TestNamesSomebody: which fields have a person's name in them.
func TestNamesSomebody(t *testing.T) {
	for field, want := range map[string]bool{
		"firstName": true, "last_name": true, "given_name": true, "FAMILY-NAME": true, "surname": true, "nome": true, "COGNOME": true, "intestatario": true, "ownerName": true, "ownername": true,
		"accountOwner.name": true, "creditor.name": true, "creditorName": true, "transactions.debtorName": true, "Document.Dbtr.Nm": true, "ns2:Cdtr.ns2:Nm": true, "owners.displayName": true, "displayName": true,
		"customer.personalData.name": true, "titolare.denominazione": true, "ragioneSociale": true, "conto.intestatari.nome": true, "accountHolder": true, "beneficiario": true,
		"name": false, "bank.name": false, "product.name": false, "institution.displayName": false, "customer.bankName": false, "banca.nome": false, "fileName": false, "owner.id": false, "title": false, "username": false,
		"denominazione": false, "status": false, "subject": false,
		"accountHolders": true, "owners": true, "beneficiaries": true, "titolari": true, "clienti": true, "cliente": true, "creditore": true, "persona": true, "conto.intestatari": true, "cointestatari": true, "counterparties": true,
		"holder.first": true, "holder.last": true, "debtor.name.family": true, "ownerfirstname": true, "titolarecognome": true,
		"placeholder": false, "first": false, "payments.last": false, "ownership": false, "titolarita": false, "clientId": false, "accountHolders.type": false,
	} {
		if got := namesSomebody(strings.Split(field, "."), "Mario Rossi"); got != want {
			t.Errorf("%s (%q): %t", field, words(strings.Split(field, ".")), got)
		}
	}
	for field, values := range map[string]struct{ names, others []string }{
		"owner": {
			[]string{"Bianchi", "BIANCHI", "Bianchi, Giulia", "bianchi, giulia", "BIANCHI/GIULIA", "BIANCHI GIULIA E VERDI ADA & C.", "Dott.ssa Giulia Bianchi (1970)", "Jean-Pierre D’Angelo", "Legal Anna", "ROSSI S.R.L.", "王小明"},
			[]string{"", "agn_01", "IT60X05428", "IT", "IT60 X054 2811 1010", "IT 60 X 0542811", "JOINT", "Legal person", "CUSTOMER", "Titolare/Cointestatario", "Account 12", "42", "& C.", "bianchi", "customers/ada", "/customers/Ada", "a@example.org",
				"https://bank.example", "2025-12-31", "true", "Pays to the order of whoever comes first and shows this letter at the desk"},
		},
		"client": {[]string{"Giulia Bianchi"}, []string{"Web", "Bianchi, Giulia", "phone/email", "agn_01"}},
	} {
		for _, value := range values.names {
			if !namesSomebody([]string{field}, value) {
				t.Errorf("%s: %q is not found", field, value)
			}
		}
		for _, value := range values.others {
			if namesSomebody([]string{field}, value) {
				t.Errorf("%s: %q is taken for a name", field, value)
			}
		}
	}
}

// knowing has come upon these, in an account's field.
func knowing(t testing.TB, all ...string) *names {
	t.Helper()
	n := newNames()
	for _, name := range all {
		n.learn("the answer to GET", []string{"ownerName"}, name)
	}
	return n
}

// TestNamesAreReplaced: whatever a name is written in, the same stands for it; what is nobody's stays, to the byte.
func TestNamesAreReplaced(t *testing.T) {
	n := knowing(t, "Niccolò D'Angelo", "Li Wei", "Strauß Conti", "Ditta individuale Ada Rossi")
	stand := func(folded string) string { return n.standIn[folded] }
	for in, want := range map[string]string{
		`{"a": "Niccolò D'Angelo"}`:                                `{"a": "{niccolo} D'{angelo}"}`,
		`{"a":"NICCOLO' D ANGELO"}`:                                `{"a":"{NICCOLO}' D {ANGELO}"}`,
		`{"a":"d\u2019angelo niccol\u00f2"}`:                       `{"a":"d\u2019{ANGELO-} {NICCOLO-}"}`,
		`{"a":"DANGELO NICCOLÒ"}`:                                  `{"a":"{DANGELO} {NICCOLO}"}`,
		"Bonifico da NICCOLO\u0300, causale":                       "Bonifico da {NICCOLO}, causale",
		`{"a":"prima\nRossi\tAda"}`:                                `{"a":"prima\n{rossi}\t{ada}"}`,
		`{"a":"{\"b\":\"x\\nRossi \\u00e8\"}"}`:                    `{"a":"{\"b\":\"x\\n{rossi} \\u00e8\"}"}`,
		`<Dbtr><Nm a="Rossi">NICCOL&#210; &amp; co</Nm>`:           `<Dbtr><Nm a="{rossi}">{NICCOLO} &amp; co</Nm>`,
		`<p>Niccol&ograve; Strau&szlig;</p>`:                       `<p>{niccolo} {strauss}</p>`,
		`<Conti conti="Conti" rossi = 'ada'>Conti ada="x"</Conti>`: `<Conti conti="{conti}" rossi = '{ADA-}'>{conti} {ADA-}="x"</Conti>`,
		"debtor=Niccol%C3%B2+ROSSI&x=1":                            "debtor={niccolo}+{ROSSI}&x=1",
		"debtor=Niccol%F2&x=1":                                     "debtor={niccolo}&x=1",
		"/v1/owners/Ada%20Rossi/accounts?nome=ada":                 "/v1/owners/{ada}%20{rossi}/accounts?nome={ADA-}",
		`{"conti":[{"Rossi": 1}],"Conti":"conti"}`:                 `{"conti":[{"Rossi": 1}],"Conti":"{CONTI-}"}`, // a field's name stays
		`{"a":"Rossini, Canada, li 3 marzo, ditta, D'Annata"}`:     `{"a":"Rossini, Canada, li 3 marzo, ditta, D'Annata"}`,
		`{"a":"LI Wei, Li"}`:                                       `{"a":"{LI} {wei}, {li}"}`,
		"":                                                         "",
	} {
		for folded, stand := range n.standIn {
			want = strings.NewReplacer("{"+folded+"}", stand, "{"+strings.ToUpper(folded)+"}", strings.ToUpper(stand), "{"+strings.ToUpper(folded)+"-}", strings.ToLower(stand)).Replace(want)
		}
		if got := n.replace(in); got != want {
			t.Errorf("%s\n     %s\nwant %s", in, got, want)
		}
	}
	if stand("ditta") != "" || stand("individuale") != "" || stand("rossi") == "" || stand("rossi") == stand("ada") {
		t.Errorf("%v", n.standIn)
	}
	claims := base64.RawURLEncoding.EncodeToString([]byte(`{"who":"Ada"}`))
	if got := n.replace("t=eyJhbGciOiJFUzI1NiJ9." + claims + ".c2ln"); got != "t=redacted-token" {
		t.Errorf("%s", got)
	}
}

// TestWhereNamesComeFrom: what settings and answers say is somebody's; what the connector says of itself stays, also when the bank repeats it.
func TestWhereNamesComeFrom(t *testing.T) {
	n := newNames()
	config := map[string]any{"holder": map[string]any{"name": "Anna Verdi"}, "login": "bianchi.carla", "url": "https://bank.example"}
	n.settings(config)
	n.exchange(hostegress.Recorded{Method: "GET", Path: "/users?lastName=Bianchi&firstName=Testa", Body: `{"firstName":"TESTA","lastName":"Kanarienvogel","name":"Mario Neri","bank":{"name":"Aurora"}}`})
	if got, want := n.replace("Anna Verdi Bianchi Testa Kanarienvogel Mario Neri Aurora Carla"), "NameA NameC NameD Testa Kanarienvogel NameE NameG Aurora Carla"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if n.inSettings(config); strings.Contains(fmt.Sprint(config), "Verdi") || strings.Contains(fmt.Sprint(config), "bianchi") || config["url"] != "https://bank.example" {
		t.Errorf("%v", config)
	}
	n.exchange(hostegress.Recorded{Method: "GET", Path: "/accounts", Body: `{"accountHolders":["Giulia Russo"],"owner":"FERRARI/UGO","type":"JOINT","holder":{"first":"Irma","last":"Costa"},"payee":"Galli","titolari":["Luca Riva"],` +
		`"creditor":"JOINT","product":{"owner":"Retail"},"accountName":"Conto Famiglia","client":"Aurora"}`})
	want := "JOINT Retail Conto Famiglia Aurora"
	if got := n.replace("Giulia Russo Ferrari Ugo Irma Costa Galli Luca Riva " + want); !regexp.MustCompile(`^(?:Name[A-Z]{1,2} ){9}` + want + `$`).MatchString(got) {
		t.Errorf("%s", got)
	}
	said := strings.Join(n.places, "\n")
	for _, where := range []string{`a setting has a person's name in it, in the field "name"`, `what is sent with GET has a person's name in it, in the field "lastName"`, `the answer to GET has a person's name in it, in the field "name"`} {
		if !strings.Contains(said, where) {
			t.Errorf("%s, want %s", said, where)
		}
	}
}

var usual = []string{"Mario Rossi", "Niccolò D’Angelo", "María José Muñoz", "Zoë Strauß", "De Luca Anna", "Jean-Pierre Lefèvre", "Łukasz Żak", "Søren Ærø", "Александр Пушкин", "Þór Æsir", "ROSSI SNC DI MARIO ROSSI"}

// writings are ways in which a bank says a text, and what one reads of each again.
var writings = map[string]struct {
	write func(string) string
	read  func(string) (string, error)
}{
	"json": {func(s string) string { return `{"k":` + quoted(s) + `}` }, func(s string) (string, error) {
		var v map[string]string
		err := json.Unmarshal([]byte(s), &v)
		return v["k"], err
	}},
	"ascii": {func(s string) string { return `{"k":` + ascii(quoted(s)) + `}` }, func(s string) (string, error) {
		var v map[string]string
		err := json.Unmarshal([]byte(s), &v)
		return v["k"], err
	}},
	"twice": {func(s string) string { return `{"k":` + quoted(`{"k":`+ascii(quoted(s))+`}`) + `}` }, func(s string) (string, error) {
		var v map[string]string
		if err := json.Unmarshal([]byte(s), &v); err != nil {
			return "", err
		}
		err := json.Unmarshal([]byte(v["k"]), &v)
		return v["k"], err
	}},
	"xml": {func(s string) string {
		var b bytes.Buffer
		_ = xml.EscapeText(&b, []byte(s))
		return "<K>" + b.String() + "</K>"
	}, func(s string) (string, error) {
		var v struct {
			Text string `xml:",chardata"`
		}
		err := xml.Unmarshal([]byte(s), &v)
		return v.Text, err
	}},
	"form": {func(s string) string { return url.Values{"k": {s}}.Encode() }, func(s string) (string, error) { v, err := url.ParseQuery(s); return v.Get("k"), err }},
	"path": {func(s string) string { return "/k/" + url.PathEscape(s) }, func(s string) (string, error) { return url.PathUnescape(strings.TrimPrefix(s, "/k/")) }},
	"text": {func(s string) string { return "da: " + s }, func(s string) (string, error) { return strings.TrimPrefix(s, "da: "), nil }},
}

// eitherWay: within a text in a text, \\nada is a line and "ada", or a backslash and somebody called Nada. It is taken for the name.
func eitherWay(n *names, text string) bool {
	for name := range n.standIn {
		if at := strings.IndexByte("bfnrt", name[0]); at >= 0 && strings.Contains(strings.ToLower(text), "\b\f\n\r\t"[at:at+1]+name[1:2]) {
			return true
		}
	}
	return false
}

var latin = regexp.MustCompile(`^[a-zà-öø-ÿ]+$`)

// plain is a text small, as it is composed.
func plain(s string) string { return norm.NFC.String(strings.ToLower(s)) }

func quoted(s string) string {
	out, _ := json.Marshal(s)
	return string(out)
}

func ascii(s string) string {
	var out strings.Builder
	for _, r := range s {
		if r < utf8.RuneSelf {
			out.WriteRune(r)
		} else if r < 0x10000 {
			fmt.Fprintf(&out, `\u%04x`, r)
		} else {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// FuzzNames: no word of a name that is known survives, in whatever it is written, in whatever capitals and accents, whatever stands around it; and
// what was written stays whole.
func FuzzNames(f *testing.F) {
	for i, name := range usual {
		f.Add(name, []string{"", "pagato a ", "\n", `"`, "\t<&>", "è", "1", `\`, "%C3", "_", "à \\u00e8 "}[i])
	}
	f.Fuzz(func(t *testing.T, name, around string) {
		if !utf8.ValidString(name) || !utf8.ValidString(around) || strings.ContainsRune(name+around, utf8.RuneError) || len(name) > 200 || len(around) > 200 ||
			strings.ContainsAny(name, `\%&`) { // nobody's name has an escape in it
			t.Skip()
		}
		n := knowing(t, name)
		for _, text := range []string{name, strings.ToUpper(name), strings.ToLower(name), norm.NFD.String(name), strings.ToUpper(norm.NFD.String(name))} {
			text = around + " " + text + " " + around
			if eitherWay(n, text) {
				continue
			}
			for kind, w := range writings {
				before, err := w.read(w.write(text))
				if err != nil || before != text { // what it cannot say: control characters in XML
					continue
				}
				after, err := w.read(n.replace(w.write(text)))
				if err != nil {
					t.Errorf("%s: %q is broken: %v", kind, n.replace(w.write(text)), err)
					continue
				}
				for _, left := range wordsIn(after) {
					raw := after[left.from:left.to]
					if n.standIn[left.folded] != "" && (len(raw) > 2 || raw != strings.ToLower(raw)) {
						t.Errorf("%s: %q of %q is left in %q, from %q", kind, left.folded, name, after, w.write(text))
					}
				}
				for chunk := range strings.FieldsSeq(plain(name)) { // and read otherwise than the kit reads
					if len(chunk) > 4 && latin.MatchString(chunk) && len(wordsOf(chunk)) > 0 && !strings.HasPrefix(chunk, "name") && !strings.Contains(plain(around), chunk) && strings.Contains(plain(after), chunk) {
						t.Errorf("%s: %q is left in %q, from %q", kind, chunk, after, w.write(text))
					}
				}
				if nobody := newNames().replace(w.write(text)); nobody != w.write(text) {
					t.Errorf("%s: without names %q became %q", kind, w.write(text), nobody)
				}
			}
		}
	})
}

// TestRecordedNames: a bank that says whose application it is, and calls it by their name. Without --redact that is refused; with it nothing of
// the name is in the cassette, and the cassette is replayed.
func TestRecordedNames(t *testing.T) {
	bank := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.Method + " " + r.URL.Path {
		case "POST /applications":
			_, _ = io.WriteString(w, `{"reference":"PR-D'Angelò-7","status":"received","customer":{"name":"Niccolò D'Angelò"}}`)
		case "GET /applications/PR-D'Angelò-7":
			_, _ = io.WriteString(w, `{"status":"received","note":"Gentile sig. D\u0027ANGEL\u00d2, grazie. NICCOLO' D'ANGELO'"}`)
		default:
			http.NotFound(w, r)
		}
	}))
	defer bank.Close()
	o := Options{stage: stage, Binary: connector(t, "good-bankportal"), Spec: Spec{Bank: bank.URL, Config: map[string]any{"url": "{bank}", "token": "demo-aurora"}, given: true}}
	if _, err := Record(t.Context(), o, nil, false); err == nil || !strings.Contains(err.Error(), `the answer to POST has a person's name in it, in the field "name"`) || strings.Contains(strings.ToLower(err.Error()), "angel") {
		t.Errorf("without --redact: %v", err)
	}
	recorded, err := Record(t.Context(), o, nil, true)
	if err != nil {
		t.Fatal(err)
	}
	if text := strings.ToLower(string(recorded)); strings.Contains(text, "angel") || strings.Contains(text, "niccol") || !strings.Contains(text, "get") || !strings.Contains(string(recorded), "PR-D'Name") {
		t.Errorf("%s", recorded)
	}
	if err := os.MkdirAll(filepath.Join(filepath.Dir(o.Binary), "cassettes"), 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(filepath.Dir(o.Binary), "cassettes", "names.json")
	if err := os.WriteFile(path, recorded, 0o600); err != nil {
		t.Fatal(err)
	}
	k, err := open(t.Context(), Options{stage: stage, Binary: o.Binary})
	if err != nil {
		t.Fatal(err)
	}
	defer k.close()
	if err := k.replay(path); err != nil {
		t.Errorf("%v\n%s", err, recorded)
	}
	if !slices.Equal(k.cassettes(), []string{path}) {
		t.Errorf("%v", k.cassettes())
	}
}
