package cri

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func TestCapabilitiesAreWhatTheSecurityContextLeaves(t *testing.T) {
	of := func(add, drop []string, privileged bool) []int {
		numbers := capabilities(&runtimeapi.LinuxContainerSecurityContext{
			Privileged:   privileged,
			Capabilities: &runtimeapi.Capability{AddCapabilities: add, DropCapabilities: drop},
		})
		slices.Sort(numbers)
		return numbers
	}
	if got := of([]string{"SYS_CHROOT"}, []string{"ALL"}, false); !slices.Equal(got, []int{unix.CAP_SYS_CHROOT}) {
		t.Errorf("drop all, add one: %v", got)
	}
	if got := of(nil, []string{"CAP_CHOWN"}, false); slices.Contains(got, unix.CAP_CHOWN) || len(got) != 13 {
		t.Errorf("drop one of the default ones: %v", got)
	}
	if got := of(nil, nil, true); len(got) != unix.CAP_LAST_CAP+1 {
		t.Errorf("privileged: %v", got)
	}
}
