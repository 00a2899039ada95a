package host

import "encoding/json"

// Bank names the bank that a connector's settings lead to, whichever agency's they are.
func (h *Host) Bank(connector string, config json.RawMessage) string {
	if u := h.unit(connector); u != nil {
		if s := u.main(); s != nil {
			return s.bank(config)
		}
	}
	return connector
}
