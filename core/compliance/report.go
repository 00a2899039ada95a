package compliance

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/pratica-crm/pratica/core/fault"
	"github.com/pratica-crm/pratica/core/ident"
	"github.com/pratica-crm/pratica/core/subjects"
)

// Report is a suspicious-transaction report: draft → sent → archived, or a draft that was weighed and archived.
type Report struct {
	ID          ident.SuspicionID    `json:"id"`
	Subject     ident.SubjectID      `json:"subject_id"`
	Application *ident.ApplicationID `json:"application_id"`
	Reason      string               `json:"reason"`
	State       string               `json:"state" enum:"draft,sent,archived"`
	UIFProtocol *string              `json:"uif_protocol"` // the number UIF gave it
	CreatedBy   string               `json:"created_by"`
	CreatedAt   time.Time            `json:"created_at"`
	UpdatedAt   time.Time            `json:"updated_at"`
	Version     int                  `json:"version"`

	Person *subjects.Subject `json:"person,omitempty" doc:"Whom it is about, in the answer for one report: also after the agency has deleted the record, which the report keeps"`
}

// Tag is the version answered as ETag.
func (r Report) Tag() int { return r.Version }

// Input is a new report.
type Input struct {
	Subject     ident.SubjectID      `json:"subject_id"`
	Application *ident.ApplicationID `json:"application_id,omitempty"`
	Reason      string               `json:"reason" minLength:"1" maxLength:"20000"`
}

// next are the states each state leads to.
var next = map[string][]string{"draft": {"sent", "archived"}, "sent": {"archived"}}

// patch applies a JSON merge patch: reason while it is a draft, state and uif_protocol along the way.
func (r *Report) patch(members map[string]json.RawMessage) error {
	was := r.State
	for name, value := range members {
		var text string
		if err := json.Unmarshal(value, &text); err != nil || strings.TrimSpace(text) == "" {
			return fault.Input("input.invalid", "/"+name, "A text is wanted here.")
		}
		switch name {
		case "reason":
			if was != "draft" {
				return fault.New(fault.Conflict, "suspicion_report.final", "What was sent stays as it is. Write another report.")
			}
			if len(text) > 20000 {
				return fault.Input("input.invalid", "/reason", "At most 20000 bytes.")
			}
			r.Reason = text
		case "uif_protocol":
			if was != "draft" {
				return fault.New(fault.Conflict, "suspicion_report.final", "What was sent stays as it is. Write another report.")
			}
			if len(text) > 60 {
				return fault.Input("input.invalid", "/uif_protocol", "At most 60 bytes.")
			}
			r.UIFProtocol = &text
		case "state":
			r.State = text
		default:
			return fault.Input("input.invalid", "/"+name, "A report has no such field, or it does not change.")
		}
	}
	return r.moved(was)
}

// moved judges the step from one state to another.
func (r *Report) moved(was string) error {
	if r.State == was {
		return nil
	}
	allowed := false
	for _, s := range next[was] {
		allowed = allowed || s == r.State
	}
	switch {
	case !allowed:
		return fault.New(fault.Conflict, "suspicion_report.state", "A report goes from draft to sent to archived; a draft may be archived.")
	case r.State == "sent" && r.UIFProtocol == nil:
		return fault.Input("suspicion_report.protocol", "/uif_protocol", "A report is sent when UIF has given it a number. Send the number with the state.")
	}
	return nil
}
