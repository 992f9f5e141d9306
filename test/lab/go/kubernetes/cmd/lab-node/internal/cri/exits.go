package cri

import (
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/klog/v2"
)

// Exit codes that no program chose: killed by SIGKILL, and refused before it began.
const (
	killedCode     = 137
	startErrorCode = 128
)

type exit struct {
	code            int
	reason, message string
}

func exitOf(code int) exit {
	if code == 0 {
		return exit{code: code, reason: "Completed"}
	}
	return exit{code: code, reason: "Error"}
}

// end marks a container as ended, once. The caller holds the lock.
func (r *Runtime) end(found *containerState, how exit) {
	if found.status.State == runtimeapi.ContainerState_CONTAINER_EXITED {
		return
	}
	found.status.State = runtimeapi.ContainerState_CONTAINER_EXITED
	found.status.FinishedAt = time.Now().UnixNano()
	found.status.ExitCode = int32(how.code)
	found.status.Reason = how.reason
	found.status.Message = how.message
	if found.exited != nil {
		close(found.exited)
	}
	if err := r.save(); err != nil {
		klog.ErrorS(err, "The state of the container runtime is not saved")
	}
}

// ended is end for those who do not hold the lock.
func (r *Runtime) ended(id string, how exit) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if found, ok := r.containers[id]; ok {
		r.end(found, how)
	}
}
