package policies

import "github.com/pratica-crm/pratica/core/access"

// reserved are the actions no agency can hand out: of its own rules only those that take one away count. The existence of a
// suspicious-transaction report is secret by law, and a rule written in haste must not open it. The database refuses such a rule too.
var reserved = map[access.Action]bool{"compliance.report": true}
