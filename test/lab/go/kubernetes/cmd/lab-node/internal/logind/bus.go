package logind

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"strings"
	"sync"
	"syscall"

	"github.com/godbus/dbus/v5"
)

// connection is one client of the bus. Its messages carry the number 0: nobody answers them.
type connection struct {
	socket *net.UnixConn
	reader *bufio.Reader
	mutex  sync.Mutex
}

// authenticate is the server's half of the handshake. Who may open the socket is trusted.
func (c *connection) authenticate() error {
	if first, err := c.reader.ReadByte(); err != nil || first != 0 {
		return fmt.Errorf("the client does not begin as one of a bus: %d, %w", first, err)
	}
	for {
		line, err := c.reader.ReadString('\n')
		if err != nil {
			return err
		}
		answer := "ERROR"
		switch line = strings.TrimSpace(line); {
		case line == "BEGIN":
			return nil
		case line == "AUTH":
			answer = "REJECTED EXTERNAL"
		case line == "AUTH EXTERNAL":
			answer = "DATA"
		case strings.HasPrefix(line, "AUTH EXTERNAL "), strings.HasPrefix(line, "DATA"):
			answer = "OK " + hex.EncodeToString([]byte("lab-node's bus 1"))
		case line == "NEGOTIATE_UNIX_FD":
			answer = "AGREE_UNIX_FD"
		}
		if _, err := c.socket.Write([]byte(answer + "\r\n")); err != nil {
			return err
		}
	}
}

func (c *connection) read() (*dbus.Message, error) { return dbus.DecodeMessage(c.reader) }

// reply answers a call. A value that is a file is open for the client from now on, whatever becomes of ours.
func (c *connection) reply(call *dbus.Message, values ...any) error {
	return c.send(&dbus.Message{
		Type:    dbus.TypeMethodReply,
		Headers: map[dbus.HeaderField]dbus.Variant{dbus.FieldReplySerial: dbus.MakeVariant(call.Serial())},
		Body:    values,
	})
}

func (c *connection) refuse(call *dbus.Message, message string) error {
	return c.send(&dbus.Message{
		Type: dbus.TypeError,
		Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldReplySerial: dbus.MakeVariant(call.Serial()),
			dbus.FieldErrorName:   dbus.MakeVariant("org.freedesktop.DBus.Error.UnknownMethod"),
		},
		Body: []any{message},
	})
}

func (c *connection) signal(path dbus.ObjectPath, service, member string, values ...any) error {
	return c.send(&dbus.Message{
		Type: dbus.TypeSignal,
		Headers: map[dbus.HeaderField]dbus.Variant{
			dbus.FieldPath:      dbus.MakeVariant(path),
			dbus.FieldInterface: dbus.MakeVariant(service),
			dbus.FieldMember:    dbus.MakeVariant(member),
		},
		Body: values,
	})
}

func (c *connection) send(message *dbus.Message) error {
	message.Headers[dbus.FieldSender] = dbus.MakeVariant(busName)
	if len(message.Body) > 0 {
		message.Headers[dbus.FieldSignature] = dbus.MakeVariant(dbus.SignatureOf(message.Body...))
	}
	files, err := message.CountFds()
	if err != nil {
		return err
	}
	if files > 0 {
		message.Headers[dbus.FieldUnixFDs] = dbus.MakeVariant(uint32(files))
	}
	encoded := &bytes.Buffer{}
	descriptors, err := message.EncodeToWithFDs(encoded, binary.LittleEndian)
	if err != nil {
		return err
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	_, _, err = c.socket.WriteMsgUnix(encoded.Bytes(), syscall.UnixRights(descriptors...), nil)
	return err
}
