package main

import (
	"context"
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/spf13/pflag"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	apimachineryversion "k8s.io/apimachinery/pkg/version"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/keyutil"
	basecompatibility "k8s.io/component-base/compatibility"
	logsapi "k8s.io/component-base/logs/api/v1"
	aggregatorapiserver "k8s.io/kube-aggregator/pkg/apiserver"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	apiserveroptions "k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

// auditPolicy records who did what for every request, and no bodies. The
// stages are all kept: RequestReceived is on file before the answer is sent.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
rules:
- level: Metadata
`

const serviceAccountPublicKey = "service-account.pub"

// httpShutdownTimeout is how long open watches keep a stopping server.
const httpShutdownTimeout = time.Second

type apiServer struct {
	aggregator *aggregatorapiserver.APIAggregator
	// client is how the parts of the process reach the server: as
	// system:apiserver, over TLS, on the port that everybody uses, and apart from
	// the certificates that were given.
	client *rest.Config
}

// newAPIServer builds kube-apiserver with its ordinary options.
func newAPIServer(ctx context.Context, o *options, listener net.Listener) (*apiServer, error) {
	if err := os.WriteFile(o.path("audit-policy.yaml"), []byte(auditPolicy), 0o600); err != nil {
		return nil, err
	}
	if err := writePublicKey(o.serviceAccountSigningKeyFile, o.path(serviceAccountPublicKey)); err != nil {
		return nil, err
	}
	s := apiserveroptions.NewServerRunOptions()
	flags := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	for _, set := range s.Flags().FlagSets {
		flags.AddFlagSet(set)
	}
	if err := setFlags(flags, o.apiServerFlags, apiServerFlags(o, listener)); err != nil {
		return nil, err
	}
	s.SecureServing.Listener = listener

	registry := s.GenericServerRunOptions.ComponentGlobalsRegistry
	if err := registry.Set(); err != nil {
		return nil, err
	}
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	if err := logsapi.ValidateAndApply(s.Logs, registry.FeatureGateFor(basecompatibility.DefaultKubeComponent)); err != nil {
		return nil, err
	}
	completed, err := s.Complete(ctx)
	if err != nil {
		return nil, err
	}
	if errs := completed.Validate(); len(errs) != 0 {
		return nil, utilerrors.NewAggregate(errs)
	}
	config, err := app.NewConfig(completed)
	if err != nil {
		return nil, err
	}
	for _, generic := range []*basecompatibility.EffectiveVersion{
		&config.Aggregator.GenericConfig.EffectiveVersion,
		&config.KubeAPIs.ControlPlane.Generic.EffectiveVersion,
		&config.ApiExtensions.GenericConfig.EffectiveVersion,
	} {
		*generic = releasedVersion{*generic}
	}
	completedConfig, err := config.Complete()
	if err != nil {
		return nil, err
	}
	aggregator, err := app.CreateServerChain(completedConfig)
	if err != nil {
		return nil, err
	}
	aggregator.GenericAPIServer.ShutdownTimeout = httpShutdownTimeout
	return &apiServer{aggregator, aggregator.GenericAPIServer.LoopbackClientConfig}, nil
}

// writePublicKey writes the public key of a private one. kube-apiserver could
// take it out of the private key's file by itself, except from PKCS #8.
func writePublicKey(privateKeyFile, publicKeyFile string) error {
	privateKey, err := keyutil.PrivateKeyFromFile(privateKeyFile)
	if err != nil {
		return err
	}
	signer, ok := privateKey.(crypto.Signer)
	if !ok {
		return fmt.Errorf("%s: not a key that signs", privateKeyFile)
	}
	der, err := x509.MarshalPKIXPublicKey(signer.Public())
	if err != nil {
		return err
	}
	return os.WriteFile(publicKeyFile, pem.EncodeToMemory(&pem.Block{Type: keyutil.PublicKeyBlockType, Bytes: der}), 0o600)
}

// apiServerFlags are the flags that differ from kube-apiserver's defaults.
func apiServerFlags(o *options, listener net.Listener) map[string]string {
	return map[string]string{
		"bind-address":                     o.bind,
		"secure-port":                      fmt.Sprint(listener.Addr().(*net.TCPAddr).Port),
		"advertise-address":                o.bind,
		"etcd-servers":                     etcdURL(o),
		"tls-cert-file":                    o.tlsCertFile,
		"tls-private-key-file":             o.tlsPrivateKeyFile,
		"client-ca-file":                   o.clientCAFile,
		"service-account-signing-key-file": o.serviceAccountSigningKeyFile,
		"service-account-key-file":         o.path(serviceAccountPublicKey),
		"service-account-issuer":           o.serviceAccountIssuer,
		"service-cluster-ip-range":         "10.96.0.0/16",
		// The service "kubernetes" can have no loopback address as an endpoint.
		"endpoint-reconciler-type": "none",
		// There are no nodes, and so no Node authorizer.
		"authorization-mode": "RBAC",
		"audit-policy-file":  o.path("audit-policy.yaml"),
		"audit-log-path":     o.path("audit.log"),
		"audit-log-format":   "json",
		"audit-log-mode":     "blocking",
	}
}

// setFlags parses what the caller gave, and then sets the defaults of those
// flags that the caller left alone.
func setFlags(flags *pflag.FlagSet, given []string, defaults map[string]string) error {
	if err := flags.Parse(given); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	for name, value := range defaults {
		if flags.Changed(name) {
			continue
		}
		if err := flags.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// run serves until ctx ends.
func (s *apiServer) run(ctx context.Context) error {
	prepared, err := s.aggregator.PrepareRun()
	if err != nil {
		return err
	}
	return prepared.Run(ctx)
}

// releasedVersion makes /version tell the release that this was built from. The
// Kubernetes project sets it by linker flags, which a plain "go build" lacks.
type releasedVersion struct {
	basecompatibility.EffectiveVersion
}

func (v releasedVersion) Info() *apimachineryversion.Info {
	info := v.EffectiveVersion.Info()
	if release := kubernetesRelease(); info != nil && release != "" {
		info.GitVersion = release
		info.GitCommit = ""
		parts := strings.SplitN(strings.TrimPrefix(release, "v"), ".", 3)
		info.Major, info.Minor = parts[0], parts[1]
	}
	return info
}

// kubernetesRelease is the version of the module k8s.io/kubernetes, as v1.2.3.
func kubernetesRelease() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, module := range build.Deps {
		if module.Path == "k8s.io/kubernetes" {
			return module.Version
		}
	}
	return ""
}
