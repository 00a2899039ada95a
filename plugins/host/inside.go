package host

import (
	"strconv"

	"google.golang.org/grpc"

	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// Inside is what the conformance kit looks at besides a connector's answers. But for State it is set while it is healthy.
type Inside struct {
	State State
	PID   int
	About *pb.DescribeResponse
	Conn  grpc.ClientConnInterface // to its process, past all that the host checks
}

// Inside looks into a connector.
func (h *Host) Inside(connector string) Inside {
	u := h.unit(connector)
	if u == nil || u.main() == nil {
		return Inside{State: Refused}
	}
	state, p, _, _ := u.main().look()
	if p == nil {
		return Inside{State: state}
	}
	pid, _ := strconv.Atoi(p.run.ID()) // a process that runs has a number
	return Inside{state, pid, p.about, p.conn}
}
