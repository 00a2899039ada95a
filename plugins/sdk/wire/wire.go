// Package wire holds what the platform and a connector must agree on besides the messages. Authors do not need it.
package wire

import "github.com/hashicorp/go-plugin"

const (
	// Version is the protocol version of package connector.v1, negotiated when a connector starts.
	Version = 1
	// Name is the one plugin a connector serves.
	Name = "connector"
	// MaxMessage bounds a received message, in bytes.
	MaxMessage = 8 << 20
	// ChunkSize bounds one chunk of a document's content, in bytes.
	ChunkSize = 64 << 10
	// Window is how much may be on its way in one stream before the other side must have read it, in bytes.
	Window = 1 << 20
	// WriteBuffer is the size of a connection's write buffer, in bytes; the default of 32 KiB splits a usual answer in two writes.
	WriteBuffer = 64 << 10
	// ReadBuffer is none: a TLS connection holds a whole record already, and a second buffer copies each byte once more.
	ReadBuffer = 0
)

// The way out: an HTTP server of the host on the unix socket that EnvEgress names.
const (
	EnvEgress = "PRATICA_EGRESS"
	// HeaderTarget is where a request goes, "https://host[:port]"; its path and query are the request line's.
	HeaderTarget = "Pratica-Target"
	// HeaderCall is the call's egress_token.
	HeaderCall = "Pratica-Call"
	// HeaderCertificate and HeaderSeal are handles of settings marked x-certificate.
	HeaderCertificate = "Pratica-Certificate"
	HeaderSeal        = "Pratica-Seal"
	// StatusRefused: the broker did not send it. Its JSON has code and message.
	StatusRefused = 470
	// StatusUnreached: the other side did not answer. HeaderSent tells whether it may have had the request: no, yes or unknown.
	StatusUnreached = 471
	HeaderSent      = "Pratica-Sent"
)

// Handshake tells a connector that it was started by the platform. It is no secret.
func Handshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{ProtocolVersion: Version, MagicCookieKey: "PRATICA_CONNECTOR", MagicCookieValue: "connector.v1"}
}
