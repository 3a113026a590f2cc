// Command control-plane runs the control plane of a Kubernetes cluster without
// nodes, for tests: etcd, kube-apiserver and kube-controller-manager in one
// process, on a loopback address, with all that they write in one folder.
//
// README.md says what it takes, prints and writes.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/pflag"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"
)

const (
	// startTimeout is how long the start may take. It is a guard against
	// hanging, far above what it takes on a slow and busy machine.
	startTimeout = 5 * time.Minute
	// stopTimeout is how long a stop may take before the process ends as it is.
	stopTimeout = 10 * time.Second
)

// errStdinClosed is why the program stops when its starter is gone.
var errStdinClosed = errors.New("standard input was closed")

func main() {
	stderr := os.Stderr
	fail := func(err error) {
		fmt.Fprintln(stderr, "control-plane:", strings.ReplaceAll(err.Error(), "\n", " "))
		os.Exit(1)
	}
	o, err := parseOptions(os.Args[1:])
	if errors.Is(err, pflag.ErrHelp) {
		return
	}
	if err != nil {
		fail(err)
	}
	if err := run(o, fail); err != nil {
		fail(err)
	}
}

// run runs the control plane until it is told to stop. fail ends the process
// where no error can be returned.
func run(o *options, fail func(error)) error {
	if err := o.prepareFiles(); err != nil {
		return err
	}
	unlock, err := lockFolder(o.path("lock"))
	if err != nil {
		return err
	}
	defer unlock()
	listener, err := net.Listen("tcp", o.address())
	if err != nil {
		return err
	}
	defer listener.Close()
	if err := logToFile(o.path("control-plane.log")); err != nil {
		return err
	}
	defer klog.Flush()
	klog.OsExit = func(code int) {
		fail(fmt.Errorf("a component ended the process with code %d: see %s", code, o.path("control-plane.log")))
	}

	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	go stopWhenTold(stop)
	context.AfterFunc(ctx, func() {
		klog.InfoS("Stopping", "cause", context.Cause(ctx))
		time.AfterFunc(stopTimeout, func() {
			fail(fmt.Errorf("did not stop within %s of being told to: %w", stopTimeout, context.Cause(ctx)))
		})
	})

	err = serve(ctx, o, listener)
	if ctx.Err() != nil && (err == nil || errors.Is(err, context.Canceled)) {
		klog.InfoS("Stopped")
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w (see %s)", err, o.path("control-plane.log"))
	}
	return nil
}

// serve starts the components one after the other, reports that they are
// ready, and returns when ctx has ended and all are stopped, or when one failed.
func serve(ctx context.Context, o *options, listener net.Listener) (err error) {
	store, err := startEtcd(ctx, o)
	if err != nil {
		return fmt.Errorf("etcd: %w", err)
	}
	defer store.Close()

	ctx, cancel := context.WithCancel(ctx)
	failed := make(chan error, 2)
	var running sync.WaitGroup
	// Stopped in this order: what uses the API server, the API server, etcd.
	defer running.Wait()
	defer cancel()
	start := func(name string, component func(context.Context) error) {
		running.Go(func() {
			err := component(ctx)
			if err == nil && ctx.Err() == nil {
				err = errors.New("ended by itself")
			}
			if err != nil {
				failed <- fmt.Errorf("%s: %w", name, err)
			}
		})
	}

	apiServer, err := newAPIServer(ctx, o, listener)
	if err != nil {
		return fmt.Errorf("kube-apiserver: %w", err)
	}
	start("kube-apiserver", apiServer.run)

	client, err := kubernetes.NewForConfig(apiServer.client)
	if err != nil {
		return err
	}
	ready := make(chan error, 1)
	running.Go(func() {
		startCtx, cancel := context.WithTimeout(ctx, startTimeout)
		defer cancel()
		if err := waitForReadyz(startCtx, client); err != nil {
			ready <- err
			return
		}
		start("kube-controller-manager", func(ctx context.Context) error {
			return runControllers(ctx, o, apiServer.client)
		})
		ready <- waitForControllers(startCtx, o, client)
	})

	compact := make(chan os.Signal, 1)
	signal.Notify(compact, syscall.SIGUSR1)
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case err := <-ready:
			if err != nil {
				return err
			}
			klog.InfoS("Ready", "address", listener.Addr())
			fmt.Printf("ready https://%s\n", listener.Addr())
		case <-compact:
			revision, err := compactEtcd(ctx, store)
			if err != nil {
				return fmt.Errorf("etcd: compact: %w", err)
			}
			fmt.Printf("compacted %d\n", revision)
		}
	}
}

// stopWhenTold calls stop on SIGTERM, on SIGINT and when standard input ends.
func stopWhenTold(stop context.CancelCauseFunc) {
	stdin := make(chan struct{})
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		close(stdin)
	}()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, os.Interrupt)
	select {
	case <-stdin:
		stop(errStdinClosed)
	case s := <-signals:
		stop(errors.New(s.String()))
	}
}

// lockFolder keeps a second process off the folder.
func lockFolder(path string) (unlock func(), err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("--dir: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		file.Close()
		return nil, fmt.Errorf("--dir: another process runs on this folder: lock %s: %w", path, err)
	}
	return func() { file.Close() }, nil
}

// logToFile sends what the components log to a file. A panic of the Go runtime
// still goes to the standard error stream that the process was started with.
func logToFile(path string) error {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	os.Stderr = file
	log.SetOutput(file)
	return nil
}
