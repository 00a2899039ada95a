package egress

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// sealed are the headers that a signature covers besides the digest, when the request has them. The last of them it must have.
var sealed = []string{"Psu-Id", "Psu-Corporate-Id", "Tpp-Redirect-Uri", "X-Request-Id"}

// seal signs a request as the Berlin Group asks of who has a seal certificate (QSEAL): the digest of its body, and a signature over
// that and some headers by draft-cavage-http-signatures-10. It replaces what the connector may have put there.
func seal(r *http.Request, pem string) *refusal {
	pair, err := tls.X509KeyPair([]byte(pem), []byte(pem))
	if err != nil {
		return refuse(BadSecret, "The setting of the seal is not a PEM certificate with its key.")
	}
	signer, ok := pair.PrivateKey.(crypto.Signer)
	if !ok {
		return refuse(BadSecret, "The seal's key cannot sign.")
	}
	if r.Header.Get("X-Request-Id") == "" {
		return refuse(BadSecret, "What is sealed needs an X-Request-ID.")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, sealedAtMost+1))
	if err != nil || len(body) > sealedAtMost {
		return refuse(Limit, "A request that is sealed has at most 1 MiB.")
	}
	setBody(r, body)
	digest := sha256.Sum256(body)
	r.Header.Set("Digest", "SHA-256="+base64.StdEncoding.EncodeToString(digest[:]))
	names, text := []string{"digest"}, "digest: "+r.Header.Get("Digest")
	for _, name := range sealed {
		if values := r.Header.Values(name); len(values) > 0 {
			names = append(names, strings.ToLower(name))
			text += "\n" + strings.ToLower(name) + ": " + strings.Join(values, ", ")
		}
	}
	hash := sha256.Sum256([]byte(text))
	signature, err := signer.Sign(rand.Reader, hash[:], crypto.SHA256)
	if err != nil {
		return refuse(BadSecret, "The seal's key cannot sign.")
	}
	algorithm := map[bool]string{true: "rsa-sha256", false: "ecdsa-sha256"}[isRSA(signer)]
	r.Header.Set("Signature", fmt.Sprintf(`keyId="SN=%X,CA=%s",algorithm="%s",headers="%s",signature="%s"`, pair.Leaf.SerialNumber,
		strings.ReplaceAll(pair.Leaf.Issuer.String(), `"`, ""), algorithm, strings.Join(names, " "), base64.StdEncoding.EncodeToString(signature)))
	r.Header.Set("Tpp-Signature-Certificate", base64.StdEncoding.EncodeToString(pair.Certificate[0]))
	return nil
}

func isRSA(signer crypto.Signer) bool {
	_, is := signer.Public().(*rsa.PublicKey)
	return is
}
