package kubelet

import (
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/logind"
	"containeros.dev/lab/kubernetes/cmd/lab-node/internal/machine"
)

// lastWords is how long a kubelet still has after the last of its Pods, until the service manager ends it too.
const lastWords = 500 * time.Millisecond

func shutdownGrace(config *machine.Config) time.Duration {
	return time.Duration(config.ShutdownGraceSeconds) * time.Second
}

// followShutdowns makes SIGTERM the shutdown of the machine: the kubelet hears of it as in life, and this process ends once
// the kubelet lets the machine go. A machine without a grace period has nothing that the kubelet could hear of it from.
func followShutdowns(config *machine.Config) error {
	grace := shutdownGrace(config)
	if grace == 0 {
		return nil
	}
	bus, err := logind.Start(filepath.Join(config.Dir, "bus.sock"), grace)
	if err != nil {
		return err
	}
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGTERM)
	go func() {
		<-asked
		bus.Shutdown()
		time.Sleep(lastWords)
		os.Exit(0)
	}()
	return nil
}
