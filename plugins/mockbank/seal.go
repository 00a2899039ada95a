package mockbank

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"net/http"
	"regexp"
	"slices"
	"strings"
)

// sealed are the headers a seal must cover where they are there (implementation guidelines, section on signatures).
var sealed = []string{"digest", "x-request-id", "psu-id", "psu-corporate-id", "tpp-redirect-uri"}

var sealPart = regexp.MustCompile(`(\w+)="([^"]*)"`)

// checkSeal checks a request's signature, by draft-cavage-http-signatures-10 as the framework uses it, and that its certificate is of the
// authority and not one for TLS. It returns the framework's code of what is wrong; empty: nothing.
func checkSeal(r *http.Request, body []byte, trusted *x509.CertPool) (code string) {
	if r.Header.Get("Signature") == "" || r.Header.Get("Digest") == "" || r.Header.Get("TPP-Signature-Certificate") == "" {
		return "SIGNATURE_MISSING"
	}
	certificate := sealCertificate(r.Header.Get("TPP-Signature-Certificate"))
	if certificate == nil || trusted == nil || slices.Contains(certificate.ExtKeyUsage, x509.ExtKeyUsageClientAuth) {
		return "CERTIFICATE_INVALID"
	}
	if _, err := certificate.Verify(x509.VerifyOptions{Roots: trusted, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}}); err != nil {
		return "CERTIFICATE_INVALID"
	}
	if !digestMatches(r.Header.Get("Digest"), body) {
		return "SIGNATURE_INVALID"
	}
	parts := map[string]string{}
	for _, m := range sealPart.FindAllStringSubmatch(r.Header.Get("Signature"), -1) {
		parts[m[1]] = m[2]
	}
	covered := strings.Fields(strings.ToLower(parts["headers"]))
	for _, name := range sealed {
		if r.Header.Get(name) != "" && !slices.Contains(covered, name) {
			return "SIGNATURE_INVALID"
		}
	}
	var lines []string
	for _, name := range covered {
		value := strings.Join(r.Header.Values(name), ", ")
		if name == "(request-target)" {
			value = strings.ToLower(r.Method) + " " + r.RequestURI
		}
		lines = append(lines, name+": "+value)
	}
	signature, err := base64.StdEncoding.DecodeString(parts["signature"])
	if err != nil || !verify(certificate, parts["algorithm"], []byte(strings.Join(lines, "\n")), signature) {
		return "SIGNATURE_INVALID"
	}
	return ""
}

// sealCertificate reads base64 of a certificate in DER, or of its PEM.
func sealCertificate(text string) *x509.Certificate {
	der, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return nil
	}
	if block, _ := pem.Decode(der); block != nil {
		der = block.Bytes
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	return certificate
}

func digestMatches(header string, body []byte) bool {
	sum256, sum512 := sha256.Sum256(body), sha512.Sum512(body)
	return header == "SHA-256="+base64.StdEncoding.EncodeToString(sum256[:]) || header == "SHA-512="+base64.StdEncoding.EncodeToString(sum512[:])
}

func verify(certificate *x509.Certificate, algorithm string, text, signature []byte) bool {
	hash, sum := crypto.SHA256, sha256.Sum256(text)
	digest := sum[:]
	if strings.HasSuffix(algorithm, "sha512") {
		long := sha512.Sum512(text)
		hash, digest = crypto.SHA512, long[:]
	}
	switch key := certificate.PublicKey.(type) {
	case *rsa.PublicKey:
		return strings.HasPrefix(algorithm, "rsa-") && rsa.VerifyPKCS1v15(key, hash, digest, signature) == nil
	case *ecdsa.PublicKey:
		return strings.HasPrefix(algorithm, "ecdsa-") && ecdsa.VerifyASN1(key, digest, signature)
	}
	return false
}
