package kubelet

import (
	"os"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/cri"
	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"
	"go.opentelemetry.io/otel/trace/noop"
	"k8s.io/client-go/tools/record"
	"k8s.io/klog/v2"
	upstream "k8s.io/kubernetes/pkg/kubelet"
	"k8s.io/kubernetes/pkg/kubelet/cm"
	kubeletutil "k8s.io/kubernetes/pkg/kubelet/util"
	"k8s.io/kubernetes/pkg/util/oom"
	"k8s.io/kubernetes/pkg/volume/util/subpath"
	"k8s.io/mount-utils"
)

// newDependencies is the machine under the kubelet. What is left out, the kubelet makes itself, such as the prober.
func newDependencies(
	config *machine.Config, kubeletDir cri.KubeletDir, clients *clients,
) (*upstream.Dependencies, error) {
	runtime, err := cri.New(config, kubeletDir)
	if err != nil {
		return nil, err
	}
	dependencies := &upstream.Dependencies{
		KubeClient:                clients.main,
		HeartbeatClient:           clients.heartbeat,
		EventClient:               clients.main.CoreV1(),
		RemoteRuntimeService:      runtime,
		RemoteImageService:        cri.NewImages(config),
		CAdvisorInterface:         &hardware{machine: config},
		OSInterface:               &hostFiles{logLinks: upstream.ContainerLogsDir},
		ContainerManager:          &resources{cm.NewStubContainerManager()},
		VolumePlugins:             volumePlugins(config),
		OOMAdjuster:               oom.NewFakeOOMAdjuster(),
		Mounter:                   &mount.FakeMounter{},
		Subpather:                 &subpath.FakeSubpath{},
		HostUtil:                  &hostUtil{},
		PodStartupLatencyTracker:  kubeletutil.NewPodStartupLatencyTracker(),
		NodeStartupLatencyTracker: kubeletutil.NewNodeStartupLatencyTracker(klog.TODO()),
		TracerProvider:            noop.NewTracerProvider(),
	}
	if !kernelLogIsReadable() {
		// With a recorder of events the kubelet insists on reading the kernel's log, so without the right there are none.
		klog.InfoS("The node sends no events: the kernel's log cannot be read")
		dependencies.Recorder = &record.FakeRecorder{}
	}
	return dependencies, nil
}

func kernelLogIsReadable() bool {
	file, err := os.Open("/dev/kmsg")
	if err != nil {
		return false
	}
	return file.Close() == nil
}
