package cri

import (
	"context"
	"path/filepath"
	"syscall"
	"time"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/container"
	"google.golang.org/protobuf/proto"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// CreateContainer takes note of a container.
func (r *Runtime) CreateContainer(
	_ context.Context, sandboxID string, config *runtimeapi.ContainerConfig, sandboxConfig *runtimeapi.PodSandboxConfig,
) (string, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if _, err := r.findSandbox(sandboxID); err != nil {
		return "", err
	}
	id := newID()
	r.containers[id] = &containerState{
		sandboxID: sandboxID,
		config:    config,
		exited:    make(chan struct{}),
		status: &runtimeapi.ContainerStatus{
			Id:          id,
			Metadata:    config.GetMetadata(),
			State:       runtimeapi.ContainerState_CONTAINER_CREATED,
			CreatedAt:   time.Now().UnixNano(),
			Image:       &runtimeapi.ImageSpec{Image: imageName(config)},
			ImageRef:    repoDigest(imageName(config)),
			ImageId:     config.GetImage().GetImage(),
			Labels:      config.GetLabels(),
			Annotations: config.GetAnnotations(),
			Mounts:      config.GetMounts(),
			LogPath:     filepath.Join(sandboxConfig.GetLogDirectory(), config.GetLogPath()),
			StopSignal:  config.GetStopSignal(),
		},
	}
	return id, r.save()
}

// StartContainer starts the program of one of our images; a container of another image runs from now on.
func (r *Runtime) StartContainer(_ context.Context, id string) error {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	found, err := r.findContainer(id)
	if err != nil {
		return err
	}
	found.status.StartedAt = time.Now().UnixNano()
	found.status.State = runtimeapi.ContainerState_CONTAINER_RUNNING
	image := r.machine.ImageFor(imageName(found.config))
	if image == nil {
		r.pretend(id, found)
		return r.save()
	}
	spec, err := r.specFor(id, found, image)
	if err == nil {
		output := r.outputFor(found)
		// The rest of the machine goes on meanwhile. Pod workers of the kubelet start and stop one Pod in turn.
		r.mutex.Unlock()
		process, startError := container.Start(*spec, output, func(code int) { r.ended(id, exitOf(code)) })
		r.mutex.Lock()
		found.process, err = process, startError
		if err == nil && found.status.State == runtimeapi.ContainerState_CONTAINER_EXITED {
			// Stopped while it was being set up, or ended at once; a signal to one that has ended does nothing.
			return process.Signal(syscall.SIGKILL)
		}
	}
	if err != nil {
		r.end(found, exit{code: startErrorCode, reason: "StartError", message: err.Error()})
		return err
	}
	return r.save()
}

// RemoveContainer forgets a container, and ends it first if it still runs.
func (r *Runtime) RemoveContainer(ctx context.Context, id string) error {
	if err := r.StopContainer(ctx, id, 0); err != nil {
		return err
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if _, ok := r.containers[id]; !ok {
		return nil
	}
	delete(r.containers, id)
	if err := removeContainerDir(r.containerDir(id)); err != nil {
		return err
	}
	return r.save()
}

// ListContainers lists what fits the filter.
func (r *Runtime) ListContainers(_ context.Context, filter *runtimeapi.ContainerFilter) ([]*runtimeapi.Container, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	listed := []*runtimeapi.Container{}
	for id, each := range r.containers {
		state := filter.GetState()
		if filter.GetId() != "" && filter.GetId() != id ||
			filter.GetPodSandboxId() != "" && filter.GetPodSandboxId() != each.sandboxID ||
			state != nil && state.State != each.status.State ||
			!hasLabels(each.status.Labels, filter.GetLabelSelector()) {
			continue
		}
		listed = append(listed, &runtimeapi.Container{
			Id:           id,
			PodSandboxId: each.sandboxID,
			Metadata:     each.status.Metadata,
			Image:        each.status.Image,
			ImageRef:     each.status.ImageRef,
			ImageId:      each.status.ImageId,
			State:        each.status.State,
			CreatedAt:    each.status.CreatedAt,
			Labels:       each.status.Labels,
			Annotations:  each.status.Annotations,
		})
	}
	return listed, nil
}

// ContainerStatus answers for one container.
func (r *Runtime) ContainerStatus(_ context.Context, id string, _ bool) (*runtimeapi.ContainerStatusResponse, error) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	found, err := r.findContainer(id)
	if err != nil {
		return nil, err
	}
	return &runtimeapi.ContainerStatusResponse{Status: proto.CloneOf(found.status)}, nil
}

// imageName is the reference that the Pod's author wrote; the kubelet itself goes by the image's id.
func imageName(config *runtimeapi.ContainerConfig) string {
	if name := config.GetImage().GetUserSpecifiedImage(); name != "" {
		return name
	}
	return config.GetImage().GetImage()
}
