package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/pflag"
)

// options is what the command line says. The flags that name files bear the
// names that they have in kube-apiserver and kube-controller-manager.
type options struct {
	dir  string
	bind string
	port int

	tlsCertFile                  string
	tlsPrivateKeyFile            string
	clientCAFile                 string
	rootCAFile                   string
	serviceAccountSigningKeyFile string
	serviceAccountIssuer         string

	// apiServerFlags stood after "--".
	apiServerFlags []string
}

// parseOptions reads and checks the command line. It touches no file.
// It returns pflag.ErrHelp when help was asked for, and has then printed it.
func parseOptions(args []string) (*options, error) {
	o := &options{}
	fs := pflag.NewFlagSet("control-plane", pflag.ContinueOnError)
	fs.SortFlags = false
	fs.StringVar(&o.dir, "dir", "", "folder for data, sockets and logs; made if it is missing; a second run on it finds the data of the first")
	fs.StringVar(&o.bind, "bind", "127.0.0.1", "loopback address to serve on, IPv4 or IPv6")
	fs.IntVar(&o.port, "port", 0, "port to serve on; 0 for a free one")
	fs.StringVar(&o.tlsCertFile, "tls-cert-file", "", "certificate to serve with, PEM")
	fs.StringVar(&o.tlsPrivateKeyFile, "tls-private-key-file", "", "its private key, PEM")
	fs.StringVar(&o.clientCAFile, "client-ca-file", "", "certificate authorities of client certificates, PEM")
	fs.StringVar(&o.rootCAFile, "root-ca-file", "", "what kube-root-ca.crt holds in each namespace, PEM; --client-ca-file if not given")
	fs.StringVar(&o.serviceAccountSigningKeyFile, "service-account-signing-key-file", "", "private key that signs and verifies service account tokens, PEM")
	fs.StringVar(&o.serviceAccountIssuer, "service-account-issuer", "https://kubernetes.default.svc.cluster.local", "issuer of service account tokens")
	fs.Usage = func() {
		fmt.Printf("Usage: control-plane --dir FOLDER --tls-cert-file … [flags] [-- kube-apiserver flags]\n\n%s", fs.FlagUsages())
	}
	if err := fs.Parse(args); err != nil {
		return nil, err
	}

	dash := fs.ArgsLenAtDash()
	if dash < 0 {
		dash = fs.NArg()
	}
	if dash > 0 {
		return nil, fmt.Errorf("unexpected argument %q: kube-apiserver's flags go after \"--\"", fs.Arg(0))
	}
	o.apiServerFlags = fs.Args()

	for _, name := range []string{"dir", "tls-cert-file", "tls-private-key-file", "client-ca-file", "service-account-signing-key-file"} {
		if fs.Lookup(name).Value.String() == "" {
			return nil, fmt.Errorf("--%s is missing", name)
		}
	}
	if o.rootCAFile == "" {
		o.rootCAFile = o.clientCAFile
	}
	// etcd has no authentication of its own, and the keys are a test's.
	if ip := net.ParseIP(o.bind); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("--bind %s: not a loopback address", o.bind)
	}
	if o.port < 0 || o.port > 65535 {
		return nil, fmt.Errorf("--port %d: not between 0 and 65535", o.port)
	}
	return o, nil
}

// address is what to listen on.
func (o *options) address() string {
	return net.JoinHostPort(o.bind, strconv.Itoa(o.port))
}

// path is the path of a file in the folder.
func (o *options) path(name string) string {
	return filepath.Join(o.dir, name)
}

// prepareFiles makes the folder, and sees that each file that was named can
// be read: kube-apiserver would tell of some of them only once it runs.
func (o *options) prepareFiles() error {
	dir, err := filepath.Abs(o.dir)
	if err != nil {
		return err
	}
	o.dir = dir
	if err := os.MkdirAll(o.dir, 0o700); err != nil {
		return fmt.Errorf("--dir: %w", err)
	}
	for _, file := range []struct{ flag, path string }{
		{"tls-cert-file", o.tlsCertFile},
		{"tls-private-key-file", o.tlsPrivateKeyFile},
		{"client-ca-file", o.clientCAFile},
		{"root-ca-file", o.rootCAFile},
		{"service-account-signing-key-file", o.serviceAccountSigningKeyFile},
	} {
		content, err := os.ReadFile(file.path)
		if err == nil && len(content) == 0 {
			err = errors.New(file.path + " is empty")
		}
		if err != nil {
			return fmt.Errorf("--%s: %w", file.flag, err)
		}
	}
	return nil
}
