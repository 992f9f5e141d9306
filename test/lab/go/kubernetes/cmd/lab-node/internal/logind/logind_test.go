package logind

import (
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/kubelet/nodeshutdown/systemd"
)

const longest = 20 * time.Second

// connect is what the kubelet does first, by the kubelet's own code.
func connect(t *testing.T, logind *Logind) (*systemd.DBusCon, systemd.InhibitLock, <-chan bool) {
	t.Helper()
	bus, err := systemd.NewDBusCon()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = bus.Close() })
	if delay, err := bus.CurrentInhibitDelay(); err != nil || delay != logind.longest {
		t.Fatalf("the longest delay is %s, %v", delay, err)
	}
	lock, err := bus.InhibitShutdown()
	if err != nil {
		t.Fatal(err)
	}
	events, err := bus.MonitorShutdown(klog.Background())
	if err != nil {
		t.Fatal(err)
	}
	return bus, lock, events
}

func start(t *testing.T, longest time.Duration) *Logind {
	t.Helper()
	logind, err := Start(filepath.Join(t.TempDir(), "bus.sock"), longest)
	if err != nil {
		t.Fatal(err)
	}
	return logind
}

func shutdown(logind *Logind) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		logind.Shutdown()
		close(done)
	}()
	return done
}

func TestShutdownWaitsForTheLock(t *testing.T) {
	logind := start(t, longest)
	bus, lock, events := connect(t, logind)
	done := shutdown(logind)
	if goesDown := <-events; !goesDown {
		t.Fatal("the kubelet heard of no shutdown")
	}
	select {
	case <-done:
		t.Fatal("the machine went down under a lock")
	case <-time.After(200 * time.Millisecond):
	}
	if err := bus.ReleaseInhibitLock(lock); err != nil {
		t.Fatal(err)
	}
	select {
	case <-done:
	case <-time.After(longest / 2):
		t.Fatal("the machine stays up without a lock")
	}
}

func TestShutdownDoesNotWaitForEver(t *testing.T) {
	logind := start(t, 300*time.Millisecond)
	_, lock, _ := connect(t, logind)
	defer syscall.Close(int(lock))
	select {
	case <-shutdown(logind):
	case <-time.After(longest):
		t.Fatal("a lock that is never released keeps the machine up")
	}
}
