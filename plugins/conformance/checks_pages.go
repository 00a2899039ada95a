package conformance

import "errors"

// needsBroker: until the host lets connectors out through a broker, nothing can tell where they connect to.
func (k *kit) needsBroker() string {
	return "this host has no egress broker, so nothing saw where it connected to"
}

func egress(*kit) error { return errors.New("there is no broker") }

func (k *kit) needsPages() string {
	return "it reads no pages"
}

func pagination(*kit) error { return errors.New("there are no pages") }
