package main

import (
	"sync/atomic"

	"github.com/pratica-crm/pratica/api"
	"github.com/pratica-crm/pratica/plugins/egress"
	"github.com/pratica-crm/pratica/plugins/host"
)

// meter counts what connectors send. The host is set once it is open: it is what knows which places connectors name themselves.
type meter struct {
	metrics *api.Metrics
	host    atomic.Pointer[host.Host]
}

var _ egress.Meter = (*meter)(nil)

// settingHost stands for places that agencies' settings name: they would tell who uses what, and there may be any number of them.
const settingHost = "setting"

// Exchanged implements egress.Meter.
func (m *meter) Exchanged(connector, place string, status int, sent, received int64) {
	label := settingHost
	if h := m.host.Load(); h != nil && h.Declared(connector, place) {
		label = place
	}
	m.metrics.WentOut(connector, label, status, sent, received)
}
