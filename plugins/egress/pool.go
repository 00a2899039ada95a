package egress

import (
	"crypto/sha256"
	"crypto/tls"
	"net/http"
	"time"
)

// pool has the connections that present one client certificate, or none; each connection is to one host, and shared among
// connectors: it holds nothing of theirs. HTTP/1.1 alone: of a request on it, it is known whether it was sent.
func (b *Broker) pool(pem string) (*http.Transport, error) {
	key := ""
	if pem != "" {
		sum := sha256.Sum256([]byte(pem))
		key = string(sum[:])
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if t, known := b.pools.Get(key); known {
		return t, nil
	}
	secure := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: b.o.Roots}
	if pem != "" {
		pair, err := tls.X509KeyPair([]byte(pem), []byte(pem))
		if err != nil {
			return nil, refuse(BadSecret, "The setting of the certificate is not a PEM certificate with its key.")
		}
		secure.Certificates = []tls.Certificate{pair}
	}
	protocols := &http.Protocols{}
	protocols.SetHTTP1(true)
	t := &http.Transport{DialContext: b.guard.DialContext, TLSClientConfig: secure, Protocols: protocols, DisableCompression: true,
		TLSHandshakeTimeout: 10 * time.Second, ResponseHeaderTimeout: answerWithin, IdleConnTimeout: 30 * time.Second, MaxIdleConnsPerHost: 16,
		MaxResponseHeaderBytes: headerAtMost}
	b.pools.Add(key, t)
	return t, nil
}

// Close ends the connections nobody uses.
func (b *Broker) Close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.pools.Purge()
}
