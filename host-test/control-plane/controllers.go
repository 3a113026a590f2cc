package main

import (
	"context"
	"os"
	"strings"

	"github.com/spf13/pflag"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app"
	controlleroptions "k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
	"k8s.io/kubernetes/cmd/kube-controller-manager/names"
)

// controllers are those without which the API alone would not behave as in a
// cluster. Those that need nodes, or make pods, are left out.
var controllers = []string{
	names.ServiceAccountController,             // the service account "default" of each namespace
	names.ServiceAccountTokenController,        // tokens in secrets
	names.RootCACertificatePublisherController, // kube-root-ca.crt in each namespace
	names.ClusterRoleAggregationController,     // the rules of view, edit and admin
	names.NamespaceController,                  // the deletion of namespaces
	names.GarbageCollectorController,           // the deletion of what has an owner
}

// runControllers runs kube-controller-manager until ctx ends.
func runControllers(ctx context.Context, o *options, client *rest.Config) error {
	s, err := controlleroptions.NewKubeControllerManagerOptions()
	if err != nil {
		return err
	}
	all, disabled, aliases := app.KnownControllers(), app.ControllersDisabledByDefault(), app.ControllerAliases()
	flags := pflag.NewFlagSet("kube-controller-manager", pflag.ContinueOnError)
	flags.SetOutput(os.Stderr)
	for _, set := range s.Flags(all, disabled, aliases).FlagSets {
		flags.AddFlagSet(set)
	}
	if err := setFlags(flags, nil, map[string]string{
		"controllers": strings.Join(controllers, ","),
		// Each controller by its own service account, with its own role.
		"use-service-account-credentials":  "true",
		"service-account-private-key-file": o.serviceAccountSigningKeyFile,
		"root-ca-file":                     o.rootCAFile,
		"master":                           client.Host,
		"leader-elect":                     "false",
		"secure-port":                      "0", // no server of its own
	}); err != nil {
		return err
	}
	config, err := s.Config(ctx, all, disabled, aliases)
	if err != nil {
		return err
	}
	config.Kubeconfig = rest.CopyConfig(client)
	config.Kubeconfig.QPS = -1 // unlimited: priority and fairness are the server's
	config.Client, err = kubernetes.NewForConfig(rest.AddUserAgent(config.Kubeconfig, controlleroptions.KubeControllerManagerUserAgent))
	if err != nil {
		return err
	}
	return app.Run(ctx, config.Complete())
}
