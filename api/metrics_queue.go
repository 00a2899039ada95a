package api

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/pratica-crm/pratica/core/breakers"
	"github.com/pratica-crm/pratica/core/connectors"
	"github.com/pratica-crm/pratica/core/queue"
	"github.com/pratica-crm/pratica/core/tenancy"
)

// Queue is where the figures of operations come from. They are of all agencies together: none is named.
type Queue struct {
	Standing *tenancy.Operator
	Attempts func() []connectors.Attempts
	Banks    func() []breakers.Standing
}

// WatchQueue adds the figures of operations.
func (m *Metrics) WatchQueue(q Queue) { m.registry.MustRegister(queueCollector{q}) }

// queueCollector reads the figures when they are asked for.
type queueCollector struct{ q Queue }

func figure(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("pratica_operations_"+name, help, labels, nil)
}

var (
	waitingFigure  = figure("waiting", "Operations that are due and wait for a worker.", "connector", "priority")
	laterFigure    = figure("later", "Operations that wait for their next attempt.", "connector", "priority")
	runningFigure  = figure("running", "Operations under way.", "connector", "priority")
	oldestFigure   = figure("oldest_seconds", "How long the oldest operation that is due has waited.", "connector", "priority")
	deadFigure     = figure("dead", "Operations that were given up and not replayed.", "connector", "reason")
	attemptsFigure = figure("attempts_total", "Attempts of this program, by the kind of error (or verdict) and the state that followed.", "connector", "kind", "then")
	banksFigure    = figure("banks", "Banks by the state of their breaker, as this program sees them.", "connector", "state")
)

// patience is how long the figures may take; those of the database are left out when it does not answer.
const patience = 2 * time.Second

// Describe names the figures.
func (c queueCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{waitingFigure, laterFigure, runningFigure, oldestFigure, deadFigure, attemptsFigure, banksFigure} {
		out <- d
	}
}

// Collect reads the figures.
func (c queueCollector) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	standing, err := queue.Stand(ctx, c.q.Standing)
	if err != nil {
		slog.Warn("figures of operations cannot be read", "error", err)
	}
	for _, l := range standing.Lines {
		gauge(waitingFigure, float64(l.Waiting), l.Connector, l.Priority)
		gauge(laterFigure, float64(l.Later), l.Connector, l.Priority)
		gauge(runningFigure, float64(l.Running), l.Connector, l.Priority)
		gauge(oldestFigure, l.Oldest.Seconds(), l.Connector, l.Priority)
	}
	for _, l := range standing.Dead {
		gauge(deadFigure, float64(l.Waiting), l.Connector, l.Reason)
	}
	for _, a := range c.q.Attempts() {
		out <- prometheus.MustNewConstMetric(attemptsFigure, prometheus.CounterValue, float64(a.Count), a.Connector, a.Kind, a.Then)
	}
	for _, b := range c.q.Banks() {
		gauge(banksFigure, float64(b.Banks), b.Connector, b.State)
	}
}
