package api

import (
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// outsideMetrics count what goes out to others: connectors' requests and webhooks. Agencies and the addresses they set are no labels.
type outsideMetrics struct {
	requests   *prometheus.CounterVec
	bytes      *prometheus.CounterVec
	deliveries *prometheus.CounterVec
}

func newOutsideMetrics(registry *prometheus.Registry) outsideMetrics {
	vec := func(name, help string, labels ...string) *prometheus.CounterVec {
		return prometheus.NewCounterVec(prometheus.CounterOpts{Name: "pratica_" + name, Help: help}, labels)
	}
	m := outsideMetrics{
		requests:   vec("egress_requests_total", "Requests that connectors sent through this program, by where they went and the class of the answer's status; none: there was no answer.", "connector", "host", "class"),
		bytes:      vec("egress_bytes_total", "Bytes of the bodies of connectors' requests (out) and of the answers (in).", "connector", "host", "way"),
		deliveries: vec("webhook_attempts_total", "Attempts of this program to deliver webhooks, by outcome and the state of the delivery that followed.", "outcome", "then"),
	}
	registry.MustRegister(m.requests, m.bytes, m.deliveries)
	return m
}

// WentOut counts a connector's request. host is one that the connector's description names, or a word for the others, so that labels
// are bounded; status 0: there was no answer; sent and received are bytes.
func (m *Metrics) WentOut(connector, host string, status int, sent, received int64) {
	class := "none"
	if status > 0 {
		class = strconv.Itoa(status/100) + "xx"
	}
	m.outside.requests.WithLabelValues(connector, host, class).Inc()
	m.outside.bytes.WithLabelValues(connector, host, "out").Add(float64(sent))
	m.outside.bytes.WithLabelValues(connector, host, "in").Add(float64(received))
}

// Delivered counts an attempt to deliver a webhook.
func (m *Metrics) Delivered(outcome, then string) {
	m.outside.deliveries.WithLabelValues(outcome, then).Inc()
}
