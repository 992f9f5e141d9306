package kubelet

import (
	"context"
	"encoding/json"
	"reflect"
	"time"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"
	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
	"k8s.io/klog/v2"
)

const (
	addressRetry    = 200 * time.Millisecond
	addressInterval = 10 * time.Second
)

// keepAddresses writes the machine's addresses into its Node. The kubelet refuses a loopback address, leaves the Node's
// addresses as they are then, and so takes over the ones written here.
func keepAddresses(ctx context.Context, client kubernetes.Interface, config *machine.Config) {
	wanted := []v1.NodeAddress{
		{Type: v1.NodeInternalIP, Address: config.NodeIP},
		{Type: v1.NodeHostName, Address: config.Name},
	}
	for {
		pause := addressInterval
		if err := writeAddresses(ctx, client, config.Name, wanted); err != nil {
			// Before the kubelet has registered there is no Node to write to.
			pause = addressRetry
			if !apierrors.IsNotFound(err) {
				klog.ErrorS(err, "The node's addresses are not written")
				pause = time.Second
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

func writeAddresses(ctx context.Context, client kubernetes.Interface, name string, wanted []v1.NodeAddress) error {
	node, err := client.CoreV1().Nodes().Get(ctx, name, metav1.GetOptions{ResourceVersion: "0"})
	if err != nil || reflect.DeepEqual(node.Status.Addresses, wanted) {
		return err
	}
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"addresses": wanted}})
	if err != nil {
		return err
	}
	_, err = client.CoreV1().Nodes().Patch(ctx, name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
	return err
}
