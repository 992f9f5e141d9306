package cri

import (
	"fmt"
	"slices"
	"strings"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"
	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

const (
	bottlerocketSocket = "/run/api.sock"
	// bottlerocketAPIGroup owns the socket on a real host.
	bottlerocketAPIGroup = 274
)

// checkHostAccess refuses a container that could not use, on the real host, what it mounts of it. All that is missing is
// named at once.
func checkHostAccess(os machine.OS, security *runtimeapi.LinuxContainerSecurityContext, mounts []hostMount) error {
	missing := []string{}
	path := ""
	for _, mount := range mounts {
		switch {
		case os == machine.Bottlerocket && (mount.hostPath == bottlerocketSocket || mount.hostPath == "/run"):
			path, missing = mount.hostPath, missingForAPI(security)
		case os == machine.ContainerOptimizedOS && mount.hostPath == "/":
			path, missing = mount.hostPath, missingForHostRoot(security)
		}
		if len(missing) > 0 {
			return fmt.Errorf("a container that mounts the host's %s on %s needs %s", path, os, strings.Join(missing, ", "))
		}
	}
	return nil
}

func missingForAPI(security *runtimeapi.LinuxContainerSecurityContext) []string {
	missing := []string{}
	options := security.GetSelinuxOptions()
	// A privileged container that says nothing gets control_t by itself.
	if !security.GetPrivileged() || options != nil {
		if !slices.Contains([]string{"control_t", "super_t"}, options.GetType()) {
			missing = append(missing, "seLinuxOptions.type control_t or super_t")
		}
		if options.GetUser() != "system_u" {
			missing = append(missing, "seLinuxOptions.user system_u")
		}
		if options.GetRole() != "system_r" {
			missing = append(missing, "seLinuxOptions.role system_r")
		}
	}
	if security.GetRunAsUser().GetValue() != 0 && security.GetRunAsGroup().GetValue() != bottlerocketAPIGroup &&
		!slices.Contains(security.GetSupplementalGroups(), bottlerocketAPIGroup) {
		missing = append(missing, fmt.Sprintf("runAsUser 0 or the group %d", bottlerocketAPIGroup))
	}
	return missing
}

func missingForHostRoot(security *runtimeapi.LinuxContainerSecurityContext) []string {
	missing := []string{}
	if security.GetRunAsUser().GetValue() != 0 {
		missing = append(missing, "runAsUser 0")
	}
	if security.GetPrivileged() {
		return missing
	}
	if !slices.Contains(capabilities(security), unix.CAP_SYS_CHROOT) {
		missing = append(missing, "the capability SYS_CHROOT")
	}
	if security.GetApparmor().GetProfileType() != runtimeapi.SecurityProfile_Unconfined {
		missing = append(missing, "appArmorProfile.type Unconfined")
	}
	return missing
}
