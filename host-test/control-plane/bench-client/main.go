// Lists pods and gets config maps with client-go's dynamic client, and says how long that took.
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
	"k8s.io/client-go/rest"
)

func main() {
	if len(os.Args) != 5 {
		log.Fatal("four arguments: URL, authority, token, namespace")
	}
	client, err := dynamic.NewForConfig(&rest.Config{
		Host:            os.Args[1],
		TLSClientConfig: rest.TLSClientConfig{CAFile: os.Args[2]},
		BearerToken:     os.Args[3],
		// Without a limit of its own, and without compression, which costs more on loopback than it saves.
		QPS:                -1,
		DisableCompression: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	of := func(resource string) dynamic.ResourceInterface {
		return client.Resource(schema.GroupVersionResource{Version: "v1", Resource: resource}).Namespace(os.Args[4])
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		start := time.Now()
		var count int
		if number, found := strings.CutPrefix(lines.Text(), "get "); found {
			count, err = get(of("configmaps"), number)
		} else {
			count, err = list(of("pods"))
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
			phase, _, _ := unstructured.NestedString(pod.Object, "status", "phase")
			if pod.GetName() != "" && pod.GetResourceVersion() != "" && phase != "" {
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
