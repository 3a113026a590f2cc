package main

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/tools/cache"
)

// The state as client-go's reflector puts it together, by WatchList.
func state(pods dynamic.ResourceInterface) (int, error) {
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	synced := make(chan int, 1)
	// It keeps nothing: it is given the state once that is complete, and looks at it.
	store := &cache.FakeCustomStore{ReplaceFunc: func(pods []interface{}, _ string) error {
		count := 0
		for _, pod := range pods {
			if isTouched(pod.(*unstructured.Unstructured)) {
				count++
			}
		}
		synced <- count
		return nil
	}}
	reflector := cache.NewReflectorWithOptions(listWatch(pods.Watch), &unstructured.Unstructured{}, store, cache.ReflectorOptions{})
	failed := make(chan error, 1)
	go func() { failed <- reflector.ListAndWatchWithContext(ctx) }()
	select {
	case count := <-synced:
		return count, nil
	case err := <-failed:
		return 0, fmt.Errorf("the reflector ended: %w", err)
	}
}

// Events as they come, with nothing of the reflector's between.
func events(pods dynamic.ResourceInterface, number, version string) (int, error) {
	count, err := strconv.Atoi(number)
	if err != nil {
		return 0, err
	}
	watcher, err := pods.Watch(context.Background(), metav1.ListOptions{ResourceVersion: version})
	if err != nil {
		return 0, err
	}
	defer watcher.Stop()
	touched := 0
	for touched < count {
		event, isOpen := <-watcher.ResultChan()
		pod, isPod := event.Object.(*unstructured.Unstructured)
		if !isOpen || event.Type != watch.Modified || !isPod || !isTouched(pod) {
			return 0, fmt.Errorf("%v is no modified pod", event)
		}
		touched++
	}
	return touched, nil
}

// What is kept to the end of the program.
var kept []cache.Store

// The pods' metadata, in an informer's store, without managedFields.
func store(pods metadata.ResourceInterface) (int, error) {
	drop := func(object interface{}) (interface{}, error) {
		object.(*metav1.PartialObjectMetadata).ManagedFields = nil
		return object, nil
	}
	store, informer := cache.NewInformerWithOptions(cache.InformerOptions{
		ListerWatcher: listWatch(pods.Watch),
		ObjectType:    &metav1.PartialObjectMetadata{},
		Handler:       cache.ResourceEventHandlerFuncs{},
		Transform:     drop,
	})
	kept = append(kept, store)
	go informer.RunWithContext(context.Background())
	if !cache.WaitForCacheSync(context.Background().Done(), informer.HasSynced) {
		return 0, errors.New("the store was not filled")
	}
	// What is left is what it needs.
	debug.FreeOSMemory()
	return len(store.ListKeys()), nil
}

// Watches, and does not fall back to lists.
func listWatch(watch func(context.Context, metav1.ListOptions) (watch.Interface, error)) cache.ListerWatcher {
	return &cache.ListWatch{
		ListWithContextFunc: func(context.Context, metav1.ListOptions) (runtime.Object, error) {
			return nil, errors.New("a list was asked for instead of WatchList")
		},
		WatchFuncWithContext: watch,
	}
}
