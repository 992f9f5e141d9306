package kubelet

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"
	"github.com/google/cadvisor/lib/model"
	"k8s.io/klog/v2"
	cadvisortest "k8s.io/kubernetes/pkg/kubelet/cadvisor/testing"
)

const (
	diskBytes     = 80 << 30
	diskUsedBytes = 8 << 30
	diskInodes    = 5_000_000
)

// hardware answers for the machine what cAdvisor would measure.
type hardware struct {
	cadvisortest.Fake
	machine *machine.Config
}

func (h *hardware) MachineInfo(klog.Logger) (*model.MachineInfo, error) {
	return &model.MachineInfo{
		BootID:         h.machine.BootID,
		MachineID:      h.identity(),
		SystemUUID:     h.identity(),
		NumCores:       h.machine.CPUs,
		MemoryCapacity: h.machine.MemoryBytes,
	}, nil
}

// identity is the same at every boot, and another one for every machine.
func (h *hardware) identity() string {
	sum := sha256.Sum256([]byte(h.machine.Name))
	return hex.EncodeToString(sum[:16])
}

func (h *hardware) VersionInfo() (*model.VersionInfo, error) {
	return &model.VersionInfo{KernelVersion: h.machine.KernelVersion, ContainerOsVersion: h.machine.OSImage}, nil
}

// A disk that is nearly empty keeps eviction and image collection from acting.

func (h *hardware) ImagesFsInfo(context.Context) (model.FsInfo, error)    { return disk(), nil }
func (h *hardware) ContainerFsInfo(context.Context) (model.FsInfo, error) { return disk(), nil }
func (h *hardware) RootFsInfo() (model.FsInfo, error)                     { return disk(), nil }
func (h *hardware) GetDirFsInfo(string) (model.FsInfo, error)             { return disk(), nil }

func disk() model.FsInfo {
	inodes, free := uint64(diskInodes), uint64(diskInodes/2)
	return model.FsInfo{
		Timestamp:  time.Now(),
		Device:     "/dev/nvme1n1p1",
		Mountpoint: "/local",
		Capacity:   diskBytes,
		Usage:      diskUsedBytes,
		Available:  diskBytes - diskUsedBytes,
		Inodes:     &inodes,
		InodesFree: &free,
	}
}
