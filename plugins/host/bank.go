package host

import (
	"encoding/json"
	"slices"

	"github.com/pratica-crm/pratica/plugins/egress"
)

// Bank names the bank that a connector's settings lead to, whichever agency's they are.
func (h *Host) Bank(connector string, config json.RawMessage) string {
	if u := h.unit(connector); u != nil {
		if s := u.main(); s != nil {
			return s.bank(settingsOf(config))
		}
	}
	return connector
}

// Declared reports whether a connector's description names a place (host:port) itself. Others it reaches are agencies' settings.
func (h *Host) Declared(connector, place string) bool {
	if u := h.unit(connector); u != nil {
		if s := u.main(); s != nil {
			return slices.ContainsFunc(s.egress(), func(named string) bool {
				at, err := egress.Place(named)
				return err == nil && at == place
			})
		}
	}
	return false
}

// egress is where the connector says it connects to.
func (s *supervisor) egress() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.outside.egress
}
