package cri

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"sync"
	"time"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const (
	imageBytes      = 60 << 20
	imageMountPoint = "/var/lib/containerd"
)

// Images is the machine's image store. Every image can be pulled unless faults.json says otherwise.
type Images struct {
	machine *machine.Config
	mutex   sync.Mutex
	pulled  map[string]*runtimeapi.Image
}

// NewImages makes an empty store.
func NewImages(config *machine.Config) *Images {
	return &Images{machine: config, pulled: map[string]*runtimeapi.Image{}}
}

// PullImage answers with the image's id, or with the fault that is set for images of ours.
func (i *Images) PullImage(
	_ context.Context, spec *runtimeapi.ImageSpec, _ *runtimeapi.AuthConfig, _ *runtimeapi.PodSandboxConfig,
) (string, error) {
	fault, err := i.fault(spec.GetImage())
	if err != nil {
		return "", err
	}
	if fault != "" {
		return "", errors.New(fault)
	}
	image, err := i.describe(spec.GetImage())
	if err != nil {
		return "", err
	}
	i.mutex.Lock()
	defer i.mutex.Unlock()
	i.pulled[image.Id] = image
	return image.Id, nil
}

// ImageStatus answers nil for an image that is not there. While a fault is set, none of ours is.
func (i *Images) ImageStatus(
	_ context.Context, spec *runtimeapi.ImageSpec, _ bool,
) (*runtimeapi.ImageStatusResponse, error) {
	i.mutex.Lock()
	image := i.find(spec.GetImage())
	i.mutex.Unlock()
	if image == nil {
		return &runtimeapi.ImageStatusResponse{}, nil
	}
	fault, err := i.fault(image.RepoTags[0])
	if err != nil || fault != "" {
		return &runtimeapi.ImageStatusResponse{}, err
	}
	return &runtimeapi.ImageStatusResponse{Image: image}, nil
}

// ListImages lists what was pulled.
func (i *Images) ListImages(context.Context, *runtimeapi.ImageFilter) ([]*runtimeapi.Image, error) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	listed := []*runtimeapi.Image{}
	for _, image := range i.pulled {
		listed = append(listed, image)
	}
	return listed, nil
}

// RemoveImage forgets an image.
func (i *Images) RemoveImage(_ context.Context, spec *runtimeapi.ImageSpec) error {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	if image := i.find(spec.GetImage()); image != nil {
		delete(i.pulled, image.Id)
	}
	return nil
}

// ImageFsInfo says that there is room.
func (i *Images) ImageFsInfo(context.Context) (*runtimeapi.ImageFsInfoResponse, error) {
	i.mutex.Lock()
	defer i.mutex.Unlock()
	usage := []*runtimeapi.FilesystemUsage{{
		Timestamp:  time.Now().UnixNano(),
		FsId:       &runtimeapi.FilesystemIdentifier{Mountpoint: imageMountPoint},
		UsedBytes:  &runtimeapi.UInt64Value{Value: uint64(len(i.pulled)) * imageBytes},
		InodesUsed: &runtimeapi.UInt64Value{Value: uint64(len(i.pulled))},
	}}
	return &runtimeapi.ImageFsInfoResponse{ImageFilesystems: usage, ContainerFilesystems: usage}, nil
}

// Close has nothing to close.
func (i *Images) Close(context.Context) error { return nil }

// fault is the text of the fault that keeps an image of ours from being pulled.
func (i *Images) fault(reference string) (string, error) {
	if i.machine.ImageFor(reference) == nil {
		return "", nil
	}
	faults, err := machine.LoadFaults(i.machine.Dir)
	return faults.ImagePullError, err
}

func (i *Images) find(reference string) *runtimeapi.Image {
	if image, ok := i.pulled[reference]; ok {
		return image
	}
	return i.pulled[imageID(reference)]
}

func (i *Images) describe(reference string) (*runtimeapi.Image, error) {
	image := &runtimeapi.Image{
		Id:          imageID(reference),
		RepoTags:    []string{reference},
		RepoDigests: []string{repoDigest(reference)},
		Size:        imageBytes,
		Spec:        &runtimeapi.ImageSpec{Image: reference},
	}
	ours := i.machine.ImageFor(reference)
	if ours == nil {
		return image, nil
	}
	config, err := ours.Config()
	if err != nil {
		return nil, err
	}
	image.Uid = &runtimeapi.Int64Value{Value: config.User}
	return image, nil
}

func imageID(reference string) string {
	sum := sha256.Sum256([]byte(reference))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// repoDigest is the reference by digest; a tag stands for a digest of its own.
func repoDigest(reference string) string {
	if strings.Contains(reference, "@") {
		return reference
	}
	name := reference
	if colon := strings.LastIndex(name, ":"); colon > strings.LastIndex(name, "/") {
		name = name[:colon]
	}
	return name + "@" + imageID(reference)
}
