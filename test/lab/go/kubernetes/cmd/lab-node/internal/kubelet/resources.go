package kubelet

import (
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubelet/cm"
)

// resources is upstream's stand-in for control groups, with the machine's disk: without it the node has no room for a
// Pod that asks for some.
type resources struct{ cm.ContainerManager }

func (r *resources) GetCapacity(logger klog.Logger, isolated bool) v1.ResourceList {
	capacity := r.ContainerManager.GetCapacity(logger, isolated)
	if isolated {
		capacity[v1.ResourceEphemeralStorage] = *resource.NewQuantity(diskBytes, resource.BinarySI)
	}
	return capacity
}
