package cri

import (
	"strconv"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/klog/v2"
)

// Environment variables by which a Pod's author says how a container that only seems to run behaves.
const (
	// stopSecondsVariable: how long it takes to stop, unless the grace period ends before.
	stopSecondsVariable = "LAB_STOP_SECONDS"
	// exitSecondsVariable: it ends by itself so long after its start, with the code of exitCodeVariable.
	exitSecondsVariable = "LAB_EXIT_SECONDS"
	exitCodeVariable    = "LAB_EXIT_CODE"
)

// pretend makes a container of somebody else's image look alive: it answers on its ports, and ends if it is told to.
func (r *Runtime) pretend(id string, found *containerState) {
	r.answerOnPorts(found.sandboxID)
	if _, set := variable(found.config, exitSecondsVariable); !set {
		return
	}
	code := number(found.config, exitCodeVariable)
	time.AfterFunc(secondsFrom(found.config, exitSecondsVariable), func() { r.ended(id, exitOf(code)) })
}

func (r *Runtime) answerOnPorts(sandboxID string) {
	found, ok := r.sandboxes[sandboxID]
	if !ok || found.ports != nil || found.config == nil || found.status.Network.Ip == "" {
		return
	}
	for _, each := range r.containers {
		if each.sandboxID == sandboxID && r.machine.ImageFor(imageName(each.config)) != nil {
			// Real and simulated containers in one Pod: the ports may be the real one's.
			return
		}
	}
	found.ports = servePorts(found.status.Network.Ip, found.config.GetPortMappings())
}

func variable(config *runtimeapi.ContainerConfig, name string) (string, bool) {
	for _, each := range config.GetEnvs() {
		if each.Key == name {
			return string(each.Value), true
		}
	}
	return "", false
}

// number reads a variable; what is no number counts as 0, and the log says so.
func number(config *runtimeapi.ContainerConfig, name string) int {
	value, set := variable(config, name)
	if !set {
		return 0
	}
	parsed, err := strconv.Atoi(value)
	if err != nil {
		klog.ErrorS(err, "A variable of a container must be a whole number", "name", name, "value", value)
	}
	return parsed
}

func secondsFrom(config *runtimeapi.ContainerConfig, name string) time.Duration {
	return time.Duration(max(number(config, name), 0)) * time.Second
}
