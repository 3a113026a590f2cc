package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"go.etcd.io/etcd/server/v3/embed"
	"go.etcd.io/etcd/server/v3/etcdserver/api/v3client"
	"k8s.io/apiserver/pkg/storage/etcd3"
)

const (
	etcdSocket = "etcd.sock"
	// longestSocketPath is the least that the supported systems allow.
	longestSocketPath = 103
	// compactRevisionKey is where kube-apiserver keeps and watches the
	// revision of the last compaction.
	compactRevisionKey = "compact_rev_key"
)

// startEtcd starts etcd on a Unix socket in the folder, which only its owner
// can enter, and waits until it answers.
func startEtcd(ctx context.Context, o *options) (*embed.Etcd, error) {
	socket := o.path(etcdSocket)
	if len(socket) > longestSocketPath {
		return nil, fmt.Errorf("a socket's path can have %d bytes, and %s has %d: choose a shorter --dir", longestSocketPath, socket, len(socket))
	}
	clients := []url.URL{{Scheme: "unix", Path: socket}}

	config := embed.NewConfig()
	config.Dir = o.path("etcd")
	config.ListenClientUrls, config.AdvertiseClientUrls = clients, clients
	// There are no other members to listen to.
	config.ListenPeerUrls = nil
	config.LogOutputs = []string{o.path("etcd.log")}
	config.LogLevel = "warn"
	// A test's data need not outlive the machine. They do outlive the process.
	config.UnsafeNoFsync = true

	store, err := embed.StartEtcd(config)
	if err != nil {
		return nil, err
	}
	select {
	case <-store.Server.ReadyNotify():
		return store, nil
	case err = <-store.Err():
	case <-store.Server.StopNotify():
		err = errors.New("stopped while starting")
	case <-ctx.Done():
		err = ctx.Err()
	}
	store.Close()
	return nil, err
}

// etcdURL is where kube-apiserver finds etcd.
func etcdURL(o *options) string {
	return "unix://" + o.path(etcdSocket)
}

// compactEtcd makes etcd forget all but the latest version of each object, in
// the way in which kube-apiserver does it every five minutes, and returns the
// revision up to which it did.
func compactEtcd(ctx context.Context, store *embed.Etcd) (int64, error) {
	client := v3client.New(store.Server)
	defer client.Close()
	last, err := client.Get(ctx, compactRevisionKey)
	if err != nil {
		return 0, err
	}
	var version int64
	if len(last.Kvs) > 0 {
		version = last.Kvs[0].Version
	}
	_, _, revision, err := etcd3.Compact(ctx, client, version, last.Header.Revision)
	return revision, err
}
