package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
)

// pollInterval is how often a condition is looked at while starting.
const pollInterval = 50 * time.Millisecond

// waitForReadyz waits until /readyz answers 200.
func waitForReadyz(ctx context.Context, client kubernetes.Interface) error {
	return waitFor(ctx, "/readyz", func(ctx context.Context) (bool, error) {
		err := client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
		return err == nil, err
	})
}

// waitForControllers waits until the controllers have made what a test expects
// in a cluster from the start: in the namespace default its service account
// and kube-root-ca.crt, and the rules of the cluster role view.
func waitForControllers(ctx context.Context, o *options, client kubernetes.Interface) error {
	rootCA, err := os.ReadFile(o.rootCAFile)
	if err != nil {
		return err
	}
	return errors.Join(
		waitFor(ctx, "the service account default", func(ctx context.Context) (bool, error) {
			_, err := client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
			return err == nil, err
		}),
		waitFor(ctx, "kube-root-ca.crt", func(ctx context.Context) (bool, error) {
			published, err := client.CoreV1().ConfigMaps(metav1.NamespaceDefault).Get(ctx, "kube-root-ca.crt", metav1.GetOptions{})
			return err == nil && published.Data["ca.crt"] == string(rootCA), err
		}),
		waitFor(ctx, "the rules of the cluster role view", func(ctx context.Context) (bool, error) {
			view, err := client.RbacV1().ClusterRoles().Get(ctx, "view", metav1.GetOptions{})
			return err == nil && len(view.Rules) > 0, err
		}),
	)
}

// waitFor looks until done says so or ctx ends, and then tells the last error.
func waitFor(ctx context.Context, what string, done func(context.Context) (bool, error)) error {
	var last error
	err := wait.PollUntilContextCancel(ctx, pollInterval, true, func(ctx context.Context) (ok bool, _ error) {
		ok, last = done(ctx)
		return ok, nil
	})
	if err != nil {
		return fmt.Errorf("waiting for %s: %w", what, errors.Join(err, last))
	}
	return nil
}
