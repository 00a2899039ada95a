package api

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Metrics counts what the interface answers: by route as it is in the route table, never by an address, an agency or a person.
type Metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	refused  *prometheus.CounterVec
	running  prometheus.Gauge
	outside  outsideMetrics
}

// NewMetrics makes counters of their own: two servers in one process do not share them.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "pratica_requests_total", Help: "Answers by route and class of status."}, []string{"route", "class"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "pratica_request_seconds", Help: "Time to the whole answer, by route.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 10}}, []string{"route"}),
		refused: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "pratica_refused_total", Help: "Refusals by reason."}, []string{"reason"}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{Name: "pratica_requests_running", Help: "Requests under way."}),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.refused, m.running, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.outside = newOutsideMetrics(m.registry)
	return m
}

// Handler answers the counters in Prometheus' text format.
func (m *Metrics) Handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// reasons are the nouns of the codes that are counted one by one: what refuses a request before, or regardless of, what it is about; and what
// refuses a content.
var reasons = []string{"access.", "agency.", "auth.", "directory.", "document.", "idempotency.", "input.", "limit.", "link.", "list.", "network.", "oauth.", "oidc.", "portal.", "quota.", "request.", "route.", "scim.", "version."}

// reason is a code's label: the code, or "other" for the features' own.
func reason(code string) string {
	for _, noun := range reasons {
		if strings.HasPrefix(code, noun) {
			return code
		}
	}
	return "other"
}

// began counts a request in; the returned function counts it out.
func (m *Metrics) began(now func() time.Time, req *request, w *recorder) func() {
	start := now()
	m.running.Inc()
	return func() {
		m.running.Dec()
		route := req.route
		if route == "" {
			route = "none"
		}
		m.requests.WithLabelValues(route, strconv.Itoa(w.status/100)+"xx").Inc()
		m.seconds.WithLabelValues(route).Observe(now().Sub(start).Seconds())
		if code := req.refusal(w.status); code != "" && w.status < 500 {
			m.refused.WithLabelValues(reason(code)).Inc()
		}
	}
}

// verb is a method as a label: paths outside the route table take any word for one, and a word of the caller's is no label.
func verb(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions:
		return method
	}
	return "other"
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	req    *request
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 || r.status < 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
