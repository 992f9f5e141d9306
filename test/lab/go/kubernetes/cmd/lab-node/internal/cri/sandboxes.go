package cri

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// RunPodSandbox makes a sandbox with an address of its own, or the machine's where the Pod is in the host's network.
func (r *Runtime) RunPodSandbox(_ context.Context, config *runtimeapi.PodSandboxConfig, handler string) (string, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	options := config.GetLinux().GetSecurityContext().GetNamespaceOptions()
	network := &runtimeapi.PodSandboxNetworkStatus{}
	if options.GetNetwork() != runtimeapi.NamespaceMode_NODE {
		address, err := r.freePodIP()
		if err != nil {
			return "", err
		}
		network.Ip = address
	}
	id := newID()
	r.sandboxes[id] = &sandbox{
		config: config,
		status: &runtimeapi.PodSandboxStatus{
			Id:             id,
			Metadata:       config.GetMetadata(),
			State:          runtimeapi.PodSandboxState_SANDBOX_READY,
			CreatedAt:      time.Now().UnixNano(),
			Network:        network,
			Labels:         config.GetLabels(),
			Annotations:    config.GetAnnotations(),
			RuntimeHandler: handler,
			Linux:          &runtimeapi.LinuxPodSandboxStatus{Namespaces: &runtimeapi.Namespace{Options: options}},
		},
	}
	return id, r.save()
}

// StopPodSandbox kills what still runs in the sandbox. A sandbox that is not known is stopped already.
func (r *Runtime) StopPodSandbox(ctx context.Context, id string) error {
	for _, containerID := range r.containersOf(id) {
		if err := r.StopContainer(ctx, containerID, 0); err != nil {
			return err
		}
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	found, ok := r.sandboxes[id]
	if !ok {
		return nil
	}
	found.ports.close()
	found.ports = nil
	found.status.State = runtimeapi.PodSandboxState_SANDBOX_NOTREADY
	return r.save()
}

// RemovePodSandbox forgets the sandbox and its containers.
func (r *Runtime) RemovePodSandbox(ctx context.Context, id string) error {
	if err := r.StopPodSandbox(ctx, id); err != nil {
		return err
	}
	for _, containerID := range r.containersOf(id) {
		if err := r.RemoveContainer(ctx, containerID); err != nil {
			return err
		}
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	delete(r.sandboxes, id)
	return r.save()
}

// PodSandboxStatus answers for one sandbox.
func (r *Runtime) PodSandboxStatus(_ context.Context, id string, _ bool) (*runtimeapi.PodSandboxStatusResponse, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	found, err := r.findSandbox(id)
	if err != nil {
		return nil, err
	}
	return &runtimeapi.PodSandboxStatusResponse{Status: proto.CloneOf(found.status)}, nil
}

// ListPodSandbox lists what fits the filter.
func (r *Runtime) ListPodSandbox(_ context.Context, filter *runtimeapi.PodSandboxFilter) ([]*runtimeapi.PodSandbox, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	listed := []*runtimeapi.PodSandbox{}
	for id, each := range r.sandboxes {
		state := filter.GetState()
		if filter.GetId() != "" && filter.GetId() != id || state != nil && state.State != each.status.State ||
			!hasLabels(each.status.Labels, filter.GetLabelSelector()) {
			continue
		}
		listed = append(listed, &runtimeapi.PodSandbox{
			Id:             id,
			Metadata:       each.status.Metadata,
			State:          each.status.State,
			CreatedAt:      each.status.CreatedAt,
			Labels:         each.status.Labels,
			Annotations:    each.status.Annotations,
			RuntimeHandler: each.status.RuntimeHandler,
		})
	}
	return listed, nil
}

func (r *Runtime) containersOf(sandboxID string) []string {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	ids := []string{}
	for id, each := range r.containers {
		if each.sandboxID == sandboxID {
			ids = append(ids, id)
		}
	}
	return ids
}

func hasLabels(labels, selector map[string]string) bool {
	for key, value := range selector {
		if labels[key] != value {
			return false
		}
	}
	return true
}

// Addresses end in firstPodIP to lastPodIP; the machine itself ends in 1.
const (
	firstPodIP = 2
	lastPodIP  = 250
)

// freePodIP goes round, so that an address is not taken again at once by another Pod.
func (r *Runtime) freePodIP() (string, error) {
	used := map[string]bool{}
	for _, each := range r.sandboxes {
		if each.status.State == runtimeapi.PodSandboxState_SANDBOX_READY {
			used[each.status.Network.Ip] = true
		}
	}
	for range lastPodIP - firstPodIP + 1 {
		address := fmt.Sprintf("%s.%d", r.machine.PodIPs, r.nextIP)
		r.nextIP++
		if r.nextIP > lastPodIP {
			r.nextIP = firstPodIP
		}
		if !used[address] {
			return address, nil
		}
	}
	return "", fmt.Errorf("no free Pod address in %s.0/24", r.machine.PodIPs)
}
