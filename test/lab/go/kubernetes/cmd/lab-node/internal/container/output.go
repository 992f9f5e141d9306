package container

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// maxLineBytes is where a line is cut in the log file, as runtimes do.
const maxLineBytes = 16 * 1024

// Output is where a container's stdout and stderr go: CRIPath in the format that the kubelet reads, PlainPath for people.
type Output struct {
	CRIPath   string
	PlainPath string
}

// copyFrom copies both streams until they end; the returned channel is closed then.
func (o Output) copyFrom(stdout, stderr *os.File) <-chan struct{} {
	done := make(chan struct{})
	log := &logFiles{}
	log.open(o)
	var group sync.WaitGroup
	group.Add(2)
	go func() { defer group.Done(); log.copy(stdout, "stdout") }()
	go func() { defer group.Done(); log.copy(stderr, "stderr") }()
	go func() {
		group.Wait()
		log.close()
		close(done)
	}()
	return done
}

type logFiles struct {
	mutex sync.Mutex
	files []logFile
}

type logFile struct {
	file   *os.File
	format func(stream string, line []byte, complete bool) []byte
}

func (l *logFiles) open(o Output) {
	l.add(o.CRIPath, criLine)
	l.add(o.PlainPath, plainLine)
}

func (l *logFiles) add(path string, format func(string, []byte, bool) []byte) {
	if path == "" {
		return
	}
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		var file *os.File
		if file, err = os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err == nil {
			l.files = append(l.files, logFile{file: file, format: format})
			return
		}
	}
	// A program without a log still runs, but nobody should wonder why the log is empty.
	fmt.Fprintln(os.Stderr, "lab-node: a container's log is lost:", err)
}

func (l *logFiles) copy(source *os.File, stream string) {
	defer closeFiles(source)
	reader := bufio.NewReaderSize(source, maxLineBytes)
	for {
		line, err := reader.ReadSlice('\n')
		complete := len(line) > 0 && line[len(line)-1] == '\n'
		if complete {
			line = line[:len(line)-1]
		}
		if complete || len(line) > 0 {
			l.write(stream, line, complete || errors.Is(err, io.EOF))
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return
		}
	}
}

func (l *logFiles) write(stream string, line []byte, complete bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	for _, target := range l.files {
		if _, err := target.file.Write(target.format(stream, line, complete)); err != nil {
			fmt.Fprintln(os.Stderr, "lab-node: write a container's log:", err)
		}
	}
}

func (l *logFiles) close() {
	for _, target := range l.files {
		closeFiles(target.file)
	}
}

func criLine(stream string, line []byte, complete bool) []byte {
	tag := "F"
	if !complete {
		tag = "P"
	}
	prefix := time.Now().UTC().Format(time.RFC3339Nano) + " " + stream + " " + tag + " "
	return append(append([]byte(prefix), line...), '\n')
}

func plainLine(_ string, line []byte, complete bool) []byte {
	if !complete {
		return line
	}
	return append(append([]byte{}, line...), '\n')
}
