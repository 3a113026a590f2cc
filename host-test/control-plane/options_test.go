package main

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/spf13/pflag"
)

func needed(extra ...string) []string {
	return append([]string{
		"--dir=d", "--tls-cert-file=c", "--tls-private-key-file=k",
		"--client-ca-file=ca", "--service-account-signing-key-file=sa",
	}, extra...)
}

func TestParseOptions(t *testing.T) {
	o, err := parseOptions(needed("--bind=::1", "--port=6443", "--", "--v=4", "--feature-gates=A=true"))
	if err != nil {
		t.Fatal(err)
	}
	if got := o.address(); got != "[::1]:6443" {
		t.Errorf("address: %s", got)
	}
	if o.rootCAFile != "ca" {
		t.Errorf("root CA: %q, not the client CA", o.rootCAFile)
	}
	if want := []string{"--v=4", "--feature-gates=A=true"}; !reflect.DeepEqual(o.apiServerFlags, want) {
		t.Errorf("flags of kube-apiserver: %q", o.apiServerFlags)
	}
}

func TestParseOptionsRefuses(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{nil, "--dir is missing"},
		{[]string{"--dir=d"}, "--tls-cert-file is missing"},
		{needed("--bind=0.0.0.0"), "--bind 0.0.0.0: not a loopback address"},
		{needed("--bind=localhost"), "--bind localhost: not a loopback address"},
		{needed("--port=65536"), "--port 65536"},
		{needed("v=4"), `unexpected argument "v=4"`},
		{needed("v=4", "--", "--v=4"), `unexpected argument "v=4"`},
		{needed("--v=4"), "unknown flag: --v"},
	} {
		_, err := parseOptions(test.args)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %s", test.args, err, test.want)
		}
	}
}

func TestPrepareFilesNamesWhatIsMissing(t *testing.T) {
	dir := t.TempDir()
	full, empty := filepath.Join(dir, "full"), filepath.Join(dir, "empty")
	for path, content := range map[string]string{full: "x", empty: ""} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := options{
		dir:         filepath.Join(dir, "new", "folder"),
		tlsCertFile: full, tlsPrivateKeyFile: full, clientCAFile: full, rootCAFile: full,
		serviceAccountSigningKeyFile: full,
	}
	if err := o.prepareFiles(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(o.dir); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("folder: %v, %v", info, err)
	}
	for _, path := range []string{empty, filepath.Join(dir, "none")} {
		o.clientCAFile = path
		if err := o.prepareFiles(); err == nil || !strings.Contains(err.Error(), "--client-ca-file") || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestLockFolder(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	unlock, err := lockFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockFolder(path); err == nil {
		t.Error("locked twice")
	}
	unlock()
	unlock, err = lockFolder(path)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
}

func TestSetFlagsPrefersWhatTheCallerGave(t *testing.T) {
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	modes := flags.StringSlice("authorization-mode", []string{"AlwaysAllow"}, "")
	policy := flags.String("audit-policy-file", "", "")
	defaults := map[string]string{"authorization-mode": "RBAC", "audit-policy-file": "default"}
	if err := setFlags(flags, []string{"--authorization-mode=AlwaysDeny"}, defaults); err != nil {
		t.Fatal(err)
	}
	if want := []string{"AlwaysDeny"}; !reflect.DeepEqual(*modes, want) {
		t.Errorf("authorization-mode: %q", *modes)
	}
	if *policy != "default" {
		t.Errorf("audit-policy-file: %q", *policy)
	}
}
