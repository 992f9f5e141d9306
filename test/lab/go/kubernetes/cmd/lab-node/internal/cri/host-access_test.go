package cri

import (
	"strings"
	"testing"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestAContainerIsToldWhatTheHostWouldRefuse(t *testing.T) {
	user := func(id int64) *runtimeapi.Int64Value { return &runtimeapi.Int64Value{Value: id} }
	control := &runtimeapi.SELinuxOption{User: "system_u", Role: "system_r", Type: "control_t", Level: "s0"}
	chroot := &runtimeapi.Capability{DropCapabilities: []string{"ALL"}, AddCapabilities: []string{"SYS_CHROOT"}}
	unconfined := &runtimeapi.SecurityProfile{ProfileType: runtimeapi.SecurityProfile_Unconfined}
	tests := map[string]struct {
		os       machine.OS
		path     string
		security *runtimeapi.LinuxContainerSecurityContext
		missing  []string
	}{
		"Bottlerocket's API as root": {
			machine.Bottlerocket, "/run/api.sock",
			&runtimeapi.LinuxContainerSecurityContext{RunAsUser: user(0), SelinuxOptions: control}, nil,
		},
		"Bottlerocket's API by its group": {
			machine.Bottlerocket, "/run/api.sock",
			&runtimeapi.LinuxContainerSecurityContext{
				RunAsUser: user(65532), SupplementalGroups: []int64{274}, SelinuxOptions: control,
			}, nil,
		},
		"Bottlerocket's API as anybody": {
			machine.Bottlerocket, "/run/api.sock",
			&runtimeapi.LinuxContainerSecurityContext{RunAsUser: user(65532)},
			[]string{"control_t", "system_u", "system_r", "274"},
		},
		"COS's root with what it takes": {
			machine.ContainerOptimizedOS, "/",
			&runtimeapi.LinuxContainerSecurityContext{RunAsUser: user(0), Capabilities: chroot, Apparmor: unconfined}, nil,
		},
		"COS's root privileged": {
			machine.ContainerOptimizedOS, "/",
			&runtimeapi.LinuxContainerSecurityContext{RunAsUser: user(0), Privileged: true}, nil,
		},
		"COS's root without the right to chroot": {
			machine.ContainerOptimizedOS, "/",
			&runtimeapi.LinuxContainerSecurityContext{
				RunAsUser: user(1000), Capabilities: &runtimeapi.Capability{DropCapabilities: []string{"ALL"}},
			},
			[]string{"runAsUser 0", "SYS_CHROOT", "Unconfined"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			err := checkHostAccess(test.os, test.security, []hostMount{{hostPath: test.path}})
			if (err != nil) != (len(test.missing) > 0) {
				t.Fatalf("got %v", err)
			}
			for _, part := range test.missing {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not name %s", err, part)
				}
			}
		})
	}
}
