package kubelet

import (
	"path/filepath"
	"time"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/cri"
	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"
	"golang.org/x/sys/unix"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
)

// tune changes upstream's defaults where a lab on one computer needs it, and nowhere else.
func tune(configuration *kubeletconfig.KubeletConfiguration, config *machine.Config, kubeletDir cri.KubeletDir) {
	// Nothing listens: logs are files, and nobody execs into a simulated machine.
	configuration.EnableServer = false
	configuration.ReadOnlyPort = 0
	configuration.HealthzPort = 0
	configuration.StaticPodPath = ""
	configuration.PodLogsDir = filepath.Join(kubeletDir.Alias, "pod-logs")
	configuration.ContainerRuntimeEndpoint = ""

	configuration.MaxPods = int32(config.MaxPods)
	configuration.NodeStatusUpdateFrequency.Duration = 10 * time.Second
	// A changed fault or a socket that has come is noticed at the next sync: that must not take a minute.
	configuration.SyncFrequency.Duration = 10 * time.Second

	configuration.ShutdownGracePeriod.Duration = shutdownGrace(config)

	// Logs are never rotated: the runtime keeps them open.
	configuration.ContainerLogMaxSize = "100Gi"
	configuration.ContainerLogMonitorInterval.Duration = time.Hour

	// Nothing answers there, but without an address every Pod gets a warning.
	configuration.ClusterDNS = []string{clusterDNS}

	// This computer's packet filter, control groups and mounts are not the machine's.
	configuration.MakeIPTablesUtilChains = false
	configuration.CgroupsPerQOS = false
	configuration.EnforceNodeAllocatable = nil
	configuration.LocalStorageCapacityIsolation = true
	configuration.EnableControllerAttachDetach = false
	configuration.FailSwapOn = false
	configuration.EvictionHard = nil

	// The kubelet sets this limit for itself and what it starts, so it must be the one we have.
	configuration.MaxOpenFiles = openFilesLimit()
}

const clusterDNS = "10.0.0.10"

const defaultOpenFiles = 1024

func openFilesLimit() int64 {
	limit := unix.Rlimit{}
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return defaultOpenFiles
	}
	return int64(limit.Max)
}
