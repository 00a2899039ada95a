package api

// pages mounts what is not an endpoint: health, documentation, the workspace.
func (s *server) pages() {}
