package container

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"
)

// dropRights leaves exactly the capabilities of the specification. As in life a user other than 0 then has none after
// the exec, because only the bounding set is kept and nothing is ambient.
func dropRights(spec Spec) error {
	for capability := 0; capability <= lastCapability(); capability++ {
		if slices.Contains(spec.Capabilities, capability) {
			continue
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(capability), 0, 0, 0); err != nil {
			return fmt.Errorf("drop capability %d: %w", capability, err)
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("clear the ambient capabilities: %w", err)
	}
	if err := setCapabilities(spec.Capabilities); err != nil {
		return fmt.Errorf("set the capabilities: %w", err)
	}
	if spec.NoNewPrivs {
		if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("forbid new privileges: %w", err)
		}
	}
	return nil
}

func setCapabilities(capabilities []int) error {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	for _, capability := range capabilities {
		data[capability/32].Effective |= 1 << uint(capability%32)
		data[capability/32].Permitted |= 1 << uint(capability%32)
	}
	return unix.Capset(&header, &data[0])
}
