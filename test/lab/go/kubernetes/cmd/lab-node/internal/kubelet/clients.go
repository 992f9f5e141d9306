package kubelet

import (
	"fmt"
	"runtime"
	"time"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	jsonType     = "application/json"
	protobufType = "application/vnd.kubernetes.protobuf"
	// heartbeatTimeout is the kubelet's own rule: no longer than the status update takes to come round again.
	heartbeatTimeout = 10 * time.Second
	queriesPerSecond = 50
	queryBurst       = 100
)

type clients struct{ main, heartbeat *kubernetes.Clientset }

// newClients connects under the node's own identity.
func newClients(config *machine.Config) (*clients, error) {
	connection, err := clientcmd.BuildConfigFromFlags("", config.Kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", config.Kubeconfig, err)
	}
	connection.UserAgent = "kubelet"
	connection.QPS = queriesPerSecond
	connection.Burst = queryBurst
	useArchitecture(connection, config.Architecture)

	heartbeat := rest.CopyConfig(connection)
	heartbeat.Timeout = heartbeatTimeout
	heartbeat.QPS = -1
	result := &clients{}
	if result.main, err = kubernetes.NewForConfig(connection); err != nil {
		return nil, err
	}
	result.heartbeat, err = kubernetes.NewForConfig(heartbeat)
	return result, err
}

// useArchitecture makes the API see the machine's architecture. The kubelet states the one it was built for, as
// constants, so where they differ its conversation is translated, which takes JSON; otherwise it is protobuf as in life.
func useArchitecture(connection *rest.Config, architecture string) {
	if architecture == "" || architecture == runtime.GOARCH {
		connection.ContentType = protobufType
		connection.AcceptContentTypes = protobufType + "," + jsonType
		return
	}
	connection.ContentType = jsonType
	connection.AcceptContentTypes = jsonType
	connection.Wrap(newTranslator(runtime.GOARCH, architecture))
}
