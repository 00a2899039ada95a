package crypto

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/hashicorp/vault/api"
	"github.com/tink-crypto/tink-go-awskms/v3/integration/awskms"
	"github.com/tink-crypto/tink-go-hcvault/v2/integration/hcvault"
)

// rootTimeout bounds one call to a key management service.
const rootTimeout = 5 * time.Second

// openKMS takes credentials, and the address of a compatible server, from where AWS's own tools take them: AWS_PROFILE, a role of the
// machine, AWS_ENDPOINT_URL_KMS. The region is the one of the key's ARN.
func openKMS(uri, rest string) (*Root, error) {
	name, err := arn.Parse(rest)
	if err != nil || name.Service != "kms" || name.Region == "" {
		return nil, errors.New("root key: a KMS key is named aws-kms://arn:aws:kms:REGION:ACCOUNT:key/ID")
	}
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(name.Region), config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(rootTimeout)))
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	client, err := awskms.NewClientWithOptions(ctx, uri, awskms.WithKMS(kms.NewFromConfig(cfg)))
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	a, err := client.GetAEAD(uri)
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	return &Root{aead: a, services: true}, nil
}

// openVault takes the token, the certificates and, where the server does not answer at https://HOST, its address from where Vault's own
// tools take them: VAULT_TOKEN, VAULT_CACERT, VAULT_ADDR. The key is of a type that binds associated data (aes256-gcm96, the default).
func openVault(uri, _ string) (*Root, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" {
		return nil, errors.New("root key: a Vault key is named hcvault://HOST:8200/transit/keys/NAME")
	}
	cfg := api.DefaultConfig()
	if cfg.Error != nil {
		return nil, fmt.Errorf("root key: %w", cfg.Error)
	}
	if os.Getenv(api.EnvVaultAddress) == "" {
		cfg.Address = "https://" + u.Host
	}
	cfg.Timeout = rootTimeout
	client, err := api.NewClient(cfg)
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	kms, err := hcvault.NewClientWithAEADOptions(uri, client.Logical())
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	a, err := kms.GetAEAD(uri)
	if err != nil {
		return nil, fmt.Errorf("root key: %w", err)
	}
	return &Root{aead: a, services: true}, nil
}
