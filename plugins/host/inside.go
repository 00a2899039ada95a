package host

import (
	"strconv"

	"google.golang.org/grpc"

	pb "github.com/pratica-crm/pratica/plugins/sdk/connectorv1"
)

// Inside is what the conformance kit looks at besides a connector's answers.
type Inside struct {
	PID   int // of its process, now
	About *pb.DescribeResponse
	Conn  grpc.ClientConnInterface // to its process, past all that the host checks
}

// Inside looks into a connector that is healthy.
func (h *Host) Inside(connector string) (Inside, bool) {
	s, known := h.by[connector]
	if !known {
		return Inside{}, false
	}
	_, p, _, _ := s.look()
	if p == nil {
		return Inside{}, false
	}
	pid, err := strconv.Atoi(p.run.ID())
	return Inside{pid, p.about, p.conn}, err == nil
}
