package cri

import (
	"maps"
	"slices"
	"strings"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"
	"golang.org/x/sys/unix"
	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

// capabilityNumbers are all that Linux has, by the names that Pods use.
var capabilityNumbers = map[string]int{
	"AUDIT_CONTROL": unix.CAP_AUDIT_CONTROL, "AUDIT_READ": unix.CAP_AUDIT_READ, "AUDIT_WRITE": unix.CAP_AUDIT_WRITE,
	"BLOCK_SUSPEND": unix.CAP_BLOCK_SUSPEND, "BPF": unix.CAP_BPF, "CHECKPOINT_RESTORE": unix.CAP_CHECKPOINT_RESTORE,
	"CHOWN": unix.CAP_CHOWN, "DAC_OVERRIDE": unix.CAP_DAC_OVERRIDE, "DAC_READ_SEARCH": unix.CAP_DAC_READ_SEARCH,
	"FOWNER": unix.CAP_FOWNER, "FSETID": unix.CAP_FSETID, "IPC_LOCK": unix.CAP_IPC_LOCK,
	"IPC_OWNER": unix.CAP_IPC_OWNER, "KILL": unix.CAP_KILL, "LEASE": unix.CAP_LEASE,
	"LINUX_IMMUTABLE": unix.CAP_LINUX_IMMUTABLE, "MAC_ADMIN": unix.CAP_MAC_ADMIN, "MAC_OVERRIDE": unix.CAP_MAC_OVERRIDE,
	"MKNOD": unix.CAP_MKNOD, "NET_ADMIN": unix.CAP_NET_ADMIN, "NET_BIND_SERVICE": unix.CAP_NET_BIND_SERVICE,
	"NET_BROADCAST": unix.CAP_NET_BROADCAST, "NET_RAW": unix.CAP_NET_RAW, "PERFMON": unix.CAP_PERFMON,
	"SETFCAP": unix.CAP_SETFCAP, "SETGID": unix.CAP_SETGID, "SETPCAP": unix.CAP_SETPCAP, "SETUID": unix.CAP_SETUID,
	"SYS_ADMIN": unix.CAP_SYS_ADMIN, "SYS_BOOT": unix.CAP_SYS_BOOT, "SYS_CHROOT": unix.CAP_SYS_CHROOT,
	"SYSLOG": unix.CAP_SYSLOG, "SYS_MODULE": unix.CAP_SYS_MODULE, "SYS_NICE": unix.CAP_SYS_NICE,
	"SYS_PACCT": unix.CAP_SYS_PACCT, "SYS_PTRACE": unix.CAP_SYS_PTRACE, "SYS_RAWIO": unix.CAP_SYS_RAWIO,
	"SYS_RESOURCE": unix.CAP_SYS_RESOURCE, "SYS_TIME": unix.CAP_SYS_TIME, "SYS_TTY_CONFIG": unix.CAP_SYS_TTY_CONFIG,
	"WAKE_ALARM": unix.CAP_WAKE_ALARM,
}

// defaultCapabilities are the ones a container has that says nothing.
var defaultCapabilities = []string{
	"AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD", "NET_BIND_SERVICE", "NET_RAW", "SETFCAP",
	"SETGID", "SETPCAP", "SETUID", "SYS_CHROOT",
}

// capabilities are what the security context leaves of the default ones and adds to them, in the order of containerd.
func capabilities(security *runtimeapi.LinuxContainerSecurityContext) []int {
	add := capabilityNames(security.GetCapabilities().GetAddCapabilities())
	drop := capabilityNames(security.GetCapabilities().GetDropCapabilities())
	kept := slices.Clone(defaultCapabilities)
	if security.GetPrivileged() || slices.Contains(add, "ALL") {
		kept = slices.Sorted(maps.Keys(capabilityNumbers))
	}
	if slices.Contains(drop, "ALL") {
		kept = nil
	}
	kept = append(kept, add...)
	numbers := []int{}
	for _, name := range kept {
		number, known := capabilityNumbers[name]
		if known && !slices.Contains(drop, name) && !slices.Contains(numbers, number) {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

func capabilityNames(names []string) []string {
	normal := []string{}
	for _, name := range names {
		normal = append(normal, strings.TrimPrefix(strings.ToUpper(name), "CAP_"))
	}
	return normal
}

// identity is the user and group that the container sees itself as.
func identity(security *runtimeapi.LinuxContainerSecurityContext, image *machine.ImageConfig) (user, group int) {
	user = int(image.User)
	if security.GetRunAsUser() != nil {
		user = int(security.GetRunAsUser().GetValue())
	}
	if security.GetRunAsGroup() != nil {
		return user, int(security.GetRunAsGroup().GetValue())
	}
	if user == int(image.User) {
		// An image's user has a group of its own in the image's /etc/passwd.
		return user, user
	}
	return user, 0
}
