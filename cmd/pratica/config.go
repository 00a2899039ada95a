package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/pratica-crm/pratica/core/redact"
)

// Config is what a server or worker needs, from PRATICA_* variables. Each may come from a file instead: PRATICA_DATABASE_URL_FILE
// names it. Secrets have their own type, which prints as [hidden]; one that stands in the environment itself is a finding of the
// doctor, since whoever lists the process's environment reads it. An unknown PRATICA_ variable is an error: a typo must not be a default.
type Config struct {
	DatabaseURL          hidden `env:"DATABASE_URL" help:"postgres URL of role pratica_app"`
	DatabaseDirectoryURL hidden `env:"DATABASE_DIRECTORY_URL" help:"postgres URL of role pratica_directory"`
	DatabaseNetworkURL   hidden `env:"DATABASE_NETWORK_URL" help:"postgres URL of role pratica_network"`
	DatabaseOperatorURL  hidden `env:"DATABASE_OPERATOR_URL" help:"postgres URL of role pratica_operator"`
	DatabaseOwnerURL     hidden `env:"DATABASE_OWNER_URL" help:"postgres URL of role pratica_owner; only migrate needs it"`
	RedisURL             hidden `env:"REDIS_URL" help:"redis://host:6379/0"`
	BlobDir              string `env:"BLOB_DIR" help:"folder of the encrypted documents"`
	BlobURL              string `env:"BLOB_URL" help:"object store instead of the folder: s3://bucket?endpoint=https://host&region=eu-south-1 (also sse=s3 or kms:KEY, encryption=server)"`
	S3AccessKey          hidden `env:"S3_ACCESS_KEY" help:"access key of the object store"`
	S3Secret             hidden `env:"S3_SECRET" help:"secret of the object store"`
	ClamdURL             string `env:"CLAMD_URL" help:"malware scanner: tcp://host:3310 or unix:///run/clamav/clamd.ctl"`
	KeyFile              string `env:"KEY_FILE" help:"file with the root key; made on first use by dev"`
	AuditKeyFile         string `env:"AUDIT_KEY_FILE" help:"file with the key that signs the audit trail; audit.key beside the root key when not set; made on first use by dev"`
	KeyURI               string `env:"KEY_URI" help:"root key elsewhere, instead of KEY_FILE: file:///path, aws-kms://arn:aws:kms:… or hcvault://host:8200/transit/keys/name"`
	KeyURIPrevious       string `env:"KEY_URI_PREVIOUS" help:"the root key before, until pratica keys rewrap has run"`
	PseudonymKey         hidden `env:"PSEUDONYM_KEY" help:"32 random characters or more that name agencies to connectors; only needed without KEY_FILE"`
	Listen               string `env:"LISTEN" default:"127.0.0.1:8080" help:"address of the server"`
	PublicURL            string `env:"PUBLIC_URL" default:"http://127.0.0.1:8080" help:"what people type; used in mails"`
	SMTPURL              hidden `env:"SMTP_URL" help:"smtp://host:25"`
	MailFrom             string `env:"MAIL_FROM" default:"pratica@localhost" help:"sender of mails"`
	ConnectorsDir        string `env:"CONNECTORS_DIR" default:"bin/connectors" help:"folder of the connector programs"`
	ConnectorsJail       string `env:"CONNECTORS_JAIL" default:"best" help:"best: connectors are shut in by what the machine has; required: by everything, or they do not start; off: not at all"`
	ConnectorsMemory     string `env:"CONNECTORS_MEMORY" default:"256" help:"MiB that a connector may hold"`
	ConnectorsUIDs       string `env:"CONNECTORS_UIDS" default:"60800:200" help:"first, and number, of the users that connectors become when the platform is root; nobody else's"`
	ConnectorsCgroup     string `env:"CONNECTORS_CGROUP" help:"folder of a cgroup (version 2) without processes that is the platform's to divide, for the memory of connectors"`
	EgressPrivate        string `env:"EGRESS_PRIVATE" help:"host:port, by commas, that connectors may reach although it is inside, and without TLS"`
	TLSCertFile          string `env:"TLS_CERT_FILE" help:"PEM certificate of the server, with its chain; read anew when it changes"`
	TLSKeyFile           string `env:"TLS_KEY_FILE" help:"PEM key of the certificate"`
	ACMEDomains          string `env:"ACME_DOMAINS" help:"names, by commas, that get a certificate by ACME instead"`
	ACMEDirectoryURL     string `env:"ACME_DIRECTORY_URL" default:"https://acme-v02.api.letsencrypt.org/directory" help:"directory of the ACME server"`
	ACMECAFile           string `env:"ACME_CA_FILE" help:"PEM of who vouches for the ACME server, when it is a private one"`
	ACMECacheDir         string `env:"ACME_CACHE_DIR" help:"folder of the ACME account and its certificates; share it among servers"`
	PlainListen          string `env:"PLAIN_LISTEN" help:"address of a plain port that redirects to https, as 0.0.0.0:80"`
	HSTSSubdomains       string `env:"HSTS_SUBDOMAINS" help:"yes: https for the subdomains of the public URL too"`
	RedisCAFile          string `env:"REDIS_CA_FILE" help:"PEM of who vouches for Redis (rediss://)"`
	RedisCertFile        string `env:"REDIS_CERT_FILE" help:"PEM client certificate for Redis"`
	RedisKeyFile         string `env:"REDIS_KEY_FILE" help:"PEM key of the client certificate"`
	InsecureTransport    string `env:"INSECURE_TRANSPORT" help:"yes: a database or Redis elsewhere may be spoken to without verified TLS"`
	AdminListen          string `env:"ADMIN_LISTEN" help:"address of /metrics: on loopback, or with the three files below"`
	AdminCertFile        string `env:"ADMIN_CERT_FILE" help:"PEM certificate of the admin port"`
	AdminKeyFile         string `env:"ADMIN_KEY_FILE" help:"PEM key of the admin port's certificate"`
	AdminCAFile          string `env:"ADMIN_CA_FILE" help:"PEM of who vouches for the clients of the admin port"`
	RateAgency           string `env:"RATE_AGENCY" default:"100:500" help:"requests a second, and at once, of an agency; 0 for no limit"`
	RateCredential       string `env:"RATE_CREDENTIAL" default:"30:200" help:"the same of one person or key"`
	RateAddress          string `env:"RATE_ADDRESS" default:"10:100" help:"the same of whoever is not signed in, by address"`
	AgencyRequests       string `env:"AGENCY_REQUESTS" default:"6" help:"requests of an agency that a server works on at once; 0 for no limit"`
	AddressConnections   string `env:"ADDRESS_CONNECTIONS" default:"200" help:"connections of one address; 0 for no limit"`
	Proxies              string `env:"PROXIES" default:"127.0.0.0/8,::1/128" help:"networks, by commas, of proxies: their X-Forwarded-For is believed"`
	OIDCLoopback         string `env:"OIDC_LOOPBACK" help:"yes: identity providers of agencies may be on this machine; for tests and dev only"`
	WebhookTargets       string `env:"WEBHOOK_TARGETS" help:"host:port, by commas, that webhooks reach although they are not on the internet or speak plain http; for tests and dev"`
	LogLevel             string `env:"LOG_LEVEL" default:"info" help:"debug, info, warn or error"`

	inline []string // names of the secrets that were given in the environment itself
}

// hidden is a setting that prints as [hidden].
type hidden = redact.Secret

// fields are the settings.
var fields = slices.DeleteFunc(reflect.VisibleFields(reflect.TypeFor[Config]()), func(f reflect.StructField) bool { return !f.IsExported() })

// notConfig are PRATICA_ variables with another purpose.
var notConfig = map[string]bool{"PRATICA_TEST_ADMIN_URL": true, "PRATICA_TEST_OWNER": true}

// readConfig reads the environment; every problem is named at once.
func readConfig(environ []string) (Config, error) {
	given := map[string]string{}
	for _, line := range environ {
		if name, value, _ := strings.Cut(line, "="); strings.HasPrefix(name, "PRATICA_") && !notConfig[name] {
			given[name] = value
		}
	}
	var c Config
	var problems []error
	v := reflect.ValueOf(&c).Elem()
	for _, field := range fields {
		name := "PRATICA_" + field.Tag.Get("env")
		value, set := given[name]
		if set && field.Type == reflect.TypeFor[redact.Secret]() {
			c.inline = append(c.inline, name)
		}
		if file, fromFile := given[name+"_FILE"]; fromFile {
			text, err := os.ReadFile(file)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s_FILE cannot be read: %w", name, errors.Unwrap(err)))
			}
			if set {
				problems = append(problems, fmt.Errorf("%s and %s_FILE are both set; keep the file", name, name))
			}
			value, set = strings.TrimSpace(string(text)), true
		}
		if !set {
			value = field.Tag.Get("default")
		}
		v.FieldByIndex(field.Index).SetString(value)
		delete(given, name)
		delete(given, name+"_FILE")
	}
	for name := range given {
		problems = append(problems, fmt.Errorf("%s is no setting; `pratica doctor` lists them", name))
	}
	return c, errors.Join(problems...)
}

// errUnset is the error of a setting that is needed and not there.
var errUnset = errors.New("not set")

// need names the settings that are missing for a verb.
func (c Config) need(names ...string) error {
	var missing []error
	v := reflect.ValueOf(c)
	for _, field := range fields {
		for _, n := range names {
			if field.Name == n && v.FieldByIndex(field.Index).String() == "" {
				missing = append(missing, fmt.Errorf("PRATICA_%s is %w (%s)", field.Tag.Get("env"), errUnset, field.Tag.Get("help")))
			}
		}
	}
	return errors.Join(missing...)
}

// unlimited takes away the limits nobody has asked for: dev serves whoever started it, and no strangers.
func (c Config) unlimited() Config {
	v := reflect.ValueOf(&c).Elem()
	for _, name := range []string{"RateAgency", "RateCredential", "RateAddress", "AgencyRequests", "AddressConnections"} {
		field, _ := v.Type().FieldByName(name)
		if f := v.FieldByName(name); f.String() == field.Tag.Get("default") {
			f.SetString("0")
		}
	}
	return c
}

// setting is a line of the doctor's list.
type setting struct{ name, state, help string }

// list names every setting and whether it is set; values stay out of it, since some are secrets.
func (c Config) list() (out []setting) {
	v := reflect.ValueOf(c)
	for _, field := range fields {
		tag := field.Tag
		s := setting{"PRATICA_" + tag.Get("env"), "set", tag.Get("help")}
		switch v.FieldByIndex(field.Index).String() {
		case "":
			s.state = "missing"
		case tag.Get("default"):
			s.state = "default"
		}
		out = append(out, s)
	}
	return out
}
