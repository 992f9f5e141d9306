package pki

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"os"
	"path/filepath"
)

// clients are the control plane's own identities; RBAC's bootstrap roles fit these names.
var clients = []struct {
	file, commonName string
	organization     []string
}{
	{file: "admin", commonName: "lab-admin", organization: []string{"system:masters"}},
	{file: "kube-controller-manager", commonName: "system:kube-controller-manager"},
	{file: "kube-scheduler", commonName: "system:kube-scheduler"},
}

// Init makes everything that a control plane needs in dir, which is created if it is missing.
func Init(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	ca, err := newAuthority(dir)
	if err != nil {
		return err
	}
	if err := ca.issue(dir, "apiserver", servingTemplate()); err != nil {
		return err
	}
	for _, client := range clients {
		if err := ca.issue(dir, client.file, clientTemplate(client.commonName, client.organization)); err != nil {
			return err
		}
	}
	return writeServiceAccountPair(dir)
}

// Client makes dir/name.crt and dir/name.key for a client, signed by the CA that Init made in dir.
func Client(dir, name, commonName string, organization []string) error {
	ca, err := loadAuthority(dir)
	if err != nil {
		return err
	}
	return ca.issue(dir, name, clientTemplate(commonName, organization))
}

func servingTemplate() *x509.Certificate {
	template := newTemplate(pkix.Name{CommonName: "kube-apiserver"})
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	template.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 0, 0, 1)}
	return template
}

func clientTemplate(commonName string, organization []string) *x509.Certificate {
	template := newTemplate(pkix.Name{CommonName: commonName, Organization: organization})
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	return template
}

// writeServiceAccountPair makes the one RSA key: tokens are then signed with RS256, as in most clusters.
func writeServiceAccountPair(dir string) error {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		return err
	}
	if err := writePEM(filepath.Join(dir, "sa.pub"), "PUBLIC KEY", public, certificateMode); err != nil {
		return err
	}
	return writeKey(filepath.Join(dir, "sa.key"), key)
}
