// Package logind stands in for systemd-logind on a system bus of the machine's own, with as much of both as the kubelet's
// graceful node shutdown needs: the bus has no other client and no other service.
package logind

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"
	"k8s.io/klog/v2"
)

const (
	busName = "org.freedesktop.DBus"
	manager = "org.freedesktop.login1.Manager"
	object  = dbus.ObjectPath("/org/freedesktop/login1")
)

// Logind holds the locks by which the kubelet delays a shutdown.
type Logind struct {
	longest time.Duration
	mutex   sync.Mutex
	clients []*connection
	held    sync.WaitGroup
}

// Start serves the bus on a socket at path and makes it this process's system bus. No lock delays a shutdown by more
// than longest.
func Start(path string, longest time.Duration) (*Logind, error) {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	listener, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return nil, fmt.Errorf("the machine's system bus: %w", err)
	}
	if err := os.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path="+path); err != nil {
		return nil, err
	}
	logind := &Logind{longest: longest}
	go func() {
		for {
			socket, err := listener.AcceptUnix()
			if err != nil {
				klog.ErrorS(err, "The machine's system bus has ended")
				return
			}
			go logind.serve(&connection{socket: socket, reader: bufio.NewReader(socket)})
		}
	}()
	return logind, nil
}

// Shutdown announces that the machine goes down, and returns when nobody delays that any more, or may not any longer.
func (l *Logind) Shutdown() {
	l.mutex.Lock()
	for _, client := range l.clients {
		if err := client.signal(object, manager, "PrepareForShutdown", true); err != nil {
			klog.ErrorS(err, "A client is not told of the shutdown")
		}
	}
	l.mutex.Unlock()
	released := make(chan struct{})
	go func() {
		l.held.Wait()
		close(released)
	}()
	select {
	case <-released:
	case <-time.After(l.longest):
		klog.InfoS("The shutdown was delayed for as long as it may be", "delay", l.longest)
	}
}

func (l *Logind) serve(client *connection) {
	defer client.socket.Close()
	err := client.authenticate()
	for err == nil {
		var call *dbus.Message
		if call, err = client.read(); err == nil && call.Type == dbus.TypeMethodCall {
			err = l.answer(client, call)
		}
	}
	if !errors.Is(err, io.EOF) {
		klog.ErrorS(err, "A client of the machine's system bus is gone")
	}
}

func (l *Logind) answer(client *connection, call *dbus.Message) error {
	member, _ := call.Headers[dbus.FieldMember].Value().(string)
	switch member {
	case "Hello":
		return client.reply(call, ":1.1")
	case "AddMatch":
		l.mutex.Lock()
		l.clients = append(l.clients, client)
		l.mutex.Unlock()
		return client.reply(call)
	case "Get":
		// The one property that is asked for: InhibitDelayMaxUSec.
		return client.reply(call, dbus.MakeVariant(uint64(l.longest.Microseconds())))
	case "Inhibit":
		return l.inhibit(client, call)
	default:
		return client.refuse(call, "there is no "+member+" here")
	}
}

// inhibit hands out a lock: one end of a pipe, held until every copy of it is closed.
func (l *Logind) inhibit(client *connection, call *dbus.Message) error {
	ours, lock, err := os.Pipe()
	if err != nil {
		return err
	}
	defer lock.Close()
	l.held.Add(1)
	go func() {
		defer l.held.Done()
		defer ours.Close()
		// Nothing is ever written: this ends with the last copy of the other end.
		_, _ = io.Copy(io.Discard, ours)
	}()
	return client.reply(call, dbus.UnixFD(lock.Fd()))
}
