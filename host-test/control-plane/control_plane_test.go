package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// hangGuard bounds each wait, far above what it takes on a slow machine.
const hangGuard = 5 * time.Minute

// TestMain lets the test start itself as the program.
func TestMain(m *testing.M) {
	if os.Getenv("RUN_AS_CONTROL_PLANE") != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestControlPlane goes through the contract of README.md in one run, since
// each start takes seconds.
func TestControlPlane(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), hangGuard)
	defer cancel()
	pki := newPKI(t)
	dir := filepath.Join(t.TempDir(), "data")

	first := start(t, pki, dir, "--port=0")
	admin := kubernetes.NewForConfigOrDie(pki.config(first.url))

	release, err := admin.Discovery().ServerVersion()
	if err != nil {
		t.Fatal(err)
	}
	if want := kubernetesRelease(); want == "" || release.GitVersion != want {
		t.Errorf("/version: %s, want %s", release.GitVersion, want)
	}

	// What the controllers make is there when it is ready, and in a new
	// namespace soon.
	view, err := admin.RbacV1().ClusterRoles().Get(ctx, "view", metav1.GetOptions{})
	if err != nil || len(view.Rules) == 0 {
		t.Fatalf("view: %v, %v", view, err)
	}
	shop := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: "shop"}}
	if _, err := admin.CoreV1().Namespaces().Create(ctx, shop, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, ctx, "kube-root-ca.crt", func() bool {
		published, err := admin.CoreV1().ConfigMaps("shop").Get(ctx, "kube-root-ca.crt", metav1.GetOptions{})
		return err == nil && published.Data["ca.crt"] == pki.read("ca.crt")
	})
	eventually(t, ctx, "service account default", func() bool {
		_, err := admin.CoreV1().ServiceAccounts("shop").Get(ctx, "default", metav1.GetOptions{})
		return err == nil
	})

	// A service account's token: authenticated, and allowed what a role says.
	token, err := admin.CoreV1().ServiceAccounts("shop").CreateToken(ctx, "default", &authenticationv1.TokenRequest{}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	pod := kubernetes.NewForConfigOrDie(pki.tokenConfig(first.url, token.Status.Token))
	if _, err := pod.CoreV1().Pods("shop").List(ctx, metav1.ListOptions{}); !apierrors.IsForbidden(err) {
		t.Errorf("without a role: %v", err)
	}
	if _, err := admin.RbacV1().RoleBindings("shop").Create(ctx, &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "view"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "view"},
		Subjects:   []rbacv1.Subject{{Kind: "ServiceAccount", Name: "default", Namespace: "shop"}},
	}, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, ctx, "the role binding", func() bool {
		_, err := pod.CoreV1().Pods("shop").List(ctx, metav1.ListOptions{})
		return err == nil
	})

	// No token is anonymous and forbidden, a bad token is unauthorized.
	anonymous := kubernetes.NewForConfigOrDie(pki.tokenConfig(first.url, ""))
	if _, err := anonymous.CoreV1().Pods("shop").List(ctx, metav1.ListOptions{}); !apierrors.IsForbidden(err) || !strings.Contains(err.Error(), "system:anonymous") {
		t.Errorf("without a token: %v", err)
	}
	bad := kubernetes.NewForConfigOrDie(pki.tokenConfig(first.url, token.Status.Token+"x"))
	if _, err := bad.CoreV1().Pods("shop").List(ctx, metav1.ListOptions{}); !apierrors.IsUnauthorized(err) {
		t.Errorf("with a bad token: %v", err)
	}

	// The audit log has each request's user before the answer is there.
	if _, err := pod.CoreV1().Services("shop").List(ctx, metav1.ListOptions{}); err != nil {
		t.Fatal(err)
	}
	if user := auditedUser(t, filepath.Join(dir, "audit.log"), "/api/v1/namespaces/shop/services"); user != "system:serviceaccount:shop:default" {
		t.Errorf("audit log: user %q", user)
	}

	// A compaction ends the life of the pages that it cuts off.
	for _, name := range []string{"a", "b"} {
		if _, err := admin.CoreV1().ConfigMaps("shop").Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	page, err := admin.CoreV1().ConfigMaps("shop").List(ctx, metav1.ListOptions{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if err := admin.CoreV1().ConfigMaps("shop").Delete(ctx, "b", metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	first.signal(t, syscall.SIGUSR1)
	if line := first.line(t); !strings.HasPrefix(line, "compacted ") {
		t.Fatalf("after SIGUSR1: %q", line)
	}
	eventually(t, ctx, "410 Expired", func() bool {
		_, err := admin.CoreV1().ConfigMaps("shop").List(ctx, metav1.ListOptions{Limit: 1, Continue: page.Continue})
		return apierrors.IsResourceExpired(err)
	})

	// A second process gets neither the folder nor the port.
	port := first.url[strings.LastIndex(first.url, ":")+1:]
	refused(t, pki, dir, "another process runs on this folder")
	refused(t, pki, t.TempDir(), "address already in use", "--port="+port)

	// SIGTERM ends it, with a watch open, and so it does a second time when its
	// standard input is closed; in between, the same folder and port are the
	// same cluster.
	watch, err := admin.CoreV1().ConfigMaps("shop").Watch(ctx, metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer watch.Stop()
	first.signal(t, syscall.SIGTERM)
	first.exit(t, 0)

	second := start(t, pki, dir, "--port="+port)
	if second.url != first.url {
		t.Errorf("%s, then %s", first.url, second.url)
	}
	again := kubernetes.NewForConfigOrDie(pki.tokenConfig(second.url, token.Status.Token))
	if _, err := again.CoreV1().Pods("shop").List(ctx, metav1.ListOptions{}); err != nil {
		t.Errorf("after a restart: %v", err)
	}
	if err := admin.CoreV1().Namespaces().Delete(ctx, "shop", metav1.DeleteOptions{}); err != nil {
		t.Error(err)
	}
	eventually(t, ctx, "the end of the namespace", func() bool {
		_, err := admin.CoreV1().Namespaces().Get(ctx, "shop", metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	})
	second.stdin.Close()
	second.exit(t, 0)
}

// TestIPv6AndPassedFlags starts it on ::1 with flags for kube-apiserver.
func TestIPv6AndPassedFlags(t *testing.T) {
	pki := newPKI(t)
	process := start(t, pki, t.TempDir(), "--bind=::1", "--", "--anonymous-auth=false")
	if !strings.HasPrefix(process.url, "https://[::1]:") {
		t.Errorf("url: %s", process.url)
	}
	client, err := rest.HTTPClientFor(pki.tokenConfig(process.url, ""))
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Get(process.url + "/version")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusUnauthorized || response.ProtoMajor != 2 {
		t.Errorf("without anonymous access: %s by %s", response.Status, response.Proto)
	}
	process.stdin.Close()
	process.exit(t, 0)
}

func TestUnknownPassedFlag(t *testing.T) {
	refused(t, newPKI(t), t.TempDir(), "unknown flag: --no-such", "--", "--no-such")
}

func eventually(t *testing.T, ctx context.Context, what string, done func() bool) {
	t.Helper()
	if err := waitFor(ctx, what, func(context.Context) (bool, error) { return done(), nil }); err != nil {
		t.Fatal(err)
	}
}

// auditedUser is the user of the first request to a path.
func auditedUser(t *testing.T, file, path string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(content) {
		var event auditv1.Event
		if err := json.Unmarshal(line, &event); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if event.RequestURI == path {
			return event.User.Username
		}
	}
	t.Fatalf("no request to %s in %s", path, file)
	return ""
}

// process is the program as its starter sees it.
type process struct {
	url    string
	cmd    *exec.Cmd
	stdin  io.Closer
	stdout *bufio.Reader
	stderr *bytes.Buffer
}

func command(t *testing.T, p *pki, dir string, args ...string) *process {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], append([]string{
		"--dir=" + dir,
		"--tls-cert-file=" + p.path("server.crt"),
		"--tls-private-key-file=" + p.path("server.key"),
		"--client-ca-file=" + p.path("ca.crt"),
		"--service-account-signing-key-file=" + p.path("sa.key"),
	}, args...)...)
	cmd.Env = append(os.Environ(), "RUN_AS_CONTROL_PLANE=1")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr := &bytes.Buffer{}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// Ends it with the test, whatever happens in between.
	t.Cleanup(func() { stdin.Close() })
	return &process{cmd: cmd, stdin: stdin, stdout: bufio.NewReader(stdout), stderr: stderr}
}

func start(t *testing.T, p *pki, dir string, args ...string) *process {
	t.Helper()
	process := command(t, p, dir, args...)
	line := process.line(t)
	url, ok := strings.CutPrefix(line, "ready ")
	if !ok {
		t.Fatalf("first line: %q", line)
	}
	process.url = url
	return process
}

// refused starts it and sees it end with code 1 and one line that says why.
func refused(t *testing.T, p *pki, dir, want string, args ...string) {
	t.Helper()
	process := command(t, p, dir, args...)
	process.exit(t, 1)
	if got := process.stderr.String(); !strings.Contains(got, want) || strings.Count(got, "\n") != 1 {
		t.Errorf("standard error: %q, want one line with %q", got, want)
	}
}

func (p *process) line(t *testing.T) string {
	t.Helper()
	guard := time.AfterFunc(hangGuard, func() { p.cmd.Process.Kill() })
	defer guard.Stop()
	line, err := p.stdout.ReadString('\n')
	if err != nil {
		p.cmd.Wait()
		t.Fatalf("standard output: %v; standard error: %s", err, p.stderr)
	}
	return strings.TrimSuffix(line, "\n")
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func (p *process) exit(t *testing.T, want int) {
	t.Helper()
	guard := time.AfterFunc(hangGuard, func() { p.cmd.Process.Kill() })
	defer guard.Stop()
	rest, _ := io.ReadAll(p.stdout)
	p.cmd.Wait()
	if got := p.cmd.ProcessState.ExitCode(); got != want || len(rest) > 0 {
		t.Fatalf("exit code %d, want %d; standard output: %q; standard error: %s", got, want, rest, p.stderr)
	}
}

// pki is what the caller makes: an authority, the serving certificate, an
// administrator's certificate and the key that signs service account tokens.
type pki struct {
	t   *testing.T
	dir string
}

func (p *pki) path(name string) string { return filepath.Join(p.dir, name) }

func (p *pki) read(name string) string {
	content, err := os.ReadFile(p.path(name))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(content)
}

func (p *pki) config(url string) *rest.Config {
	config := p.tokenConfig(url, "")
	config.CertFile, config.KeyFile = p.path("admin.crt"), p.path("admin.key")
	return config
}

func (p *pki) tokenConfig(url, token string) *rest.Config {
	return &rest.Config{Host: url, BearerToken: token, TLSClientConfig: rest.TLSClientConfig{CAFile: p.path("ca.crt")}}
}

func newPKI(t *testing.T) *pki {
	t.Helper()
	p := &pki{t, t.TempDir()}
	ca, caKey := p.issue("ca", x509.Certificate{
		Subject: pkix.Name{CommonName: "kubernetes"}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}, nil, nil)
	p.issue("server", x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}, ca, caKey)
	p.issue("admin", x509.Certificate{
		Subject:     pkix.Name{CommonName: "kubernetes-admin", Organization: []string{"system:masters"}},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}, ca, caKey)
	p.key("sa")
	return p
}

// issue writes a certificate that the parent signed, or that signed itself.
func (p *pki) issue(name string, template x509.Certificate, parent *x509.Certificate, parentKey *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey) {
	key := p.key(name)
	template.SerialNumber, _ = rand.Int(rand.Reader, big.NewInt(1<<62))
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(24*time.Hour)
	if parent == nil {
		parent, parentKey = &template, key
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, parent, &key.PublicKey, parentKey)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(name+".crt", "CERTIFICATE", der)
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		p.t.Fatal(err)
	}
	return certificate, key
}

func (p *pki) key(name string) *ecdsa.PrivateKey {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(name+".key", "PRIVATE KEY", der)
	return key
}

func (p *pki) write(name, kind string, der []byte) {
	content := pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
	if err := os.WriteFile(p.path(name), content, 0o600); err != nil {
		p.t.Fatal(err)
	}
}
