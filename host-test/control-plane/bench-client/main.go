// Lists, gets and watches with client-go's dynamic client, and says how long that took.
//
// Its arguments and its input are those of host-test/benches/kube.
package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"os"
	"strconv"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/rest"
)

func main() {
	if len(os.Args) != 5 {
		log.Fatal("four arguments: URL, authority, token, namespace")
	}
	config := &rest.Config{
		Host:            os.Args[1],
		TLSClientConfig: rest.TLSClientConfig{CAFile: os.Args[2]},
		BearerToken:     os.Args[3],
		// Without a limit of its own, and without compression, which costs more on loopback than it saves.
		QPS:                -1,
		DisableCompression: true,
	}
	client, err := dynamic.NewForConfig(config)
	if err != nil {
		log.Fatal(err)
	}
	metadataClient, err := metadata.NewForConfig(config)
	if err != nil {
		log.Fatal(err)
	}
	core := func(resource string) schema.GroupVersionResource {
		return schema.GroupVersionResource{Version: "v1", Resource: resource}
	}
	pods := client.Resource(core("pods")).Namespace(os.Args[4])
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		start := time.Now()
		var count int
		switch words := strings.Fields(lines.Text()); words[0] {
		case "list":
			count, err = list(pods)
		case "get":
			count, err = get(client.Resource(core("configmaps")).Namespace(os.Args[4]), words[1])
		case "watch":
			count, err = state(pods)
		case "events":
			count, err = events(pods, words[1], words[2])
		case "store":
			count, err = store(metadataClient.Resource(core("pods")).Namespace(os.Args[4]))
		default:
			err = fmt.Errorf("not known: %s", lines.Text())
		}
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(count, time.Since(start).Nanoseconds())
	}
}

func list(pods dynamic.ResourceInterface) (int, error) {
	count := 0
	options := metav1.ListOptions{Limit: 500}
	for {
		page, err := pods.List(context.Background(), options)
		if err != nil {
			return 0, err
		}
		for _, pod := range page.Items {
			if isTouched(&pod) {
				count++
			}
		}
		options.Continue = page.GetContinue()
		if options.Continue == "" {
			return count, nil
		}
	}
}

func get(configMaps dynamic.ResourceInterface, number string) (int, error) {
	count, err := strconv.Atoi(number)
	for i := 0; i < count && err == nil; i++ {
		_, err = configMaps.Get(context.Background(), "small", metav1.GetOptions{})
	}
	return count, err
}

// What is looked at of each pod.
func isTouched(pod *unstructured.Unstructured) bool {
	phase, _, _ := unstructured.NestedString(pod.Object, "status", "phase")
	return pod.GetName() != "" && pod.GetResourceVersion() != "" && phase != ""
}
