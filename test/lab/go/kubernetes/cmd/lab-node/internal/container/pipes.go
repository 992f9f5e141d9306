package container

import "os"

type pipe struct{ reader, writer *os.File }

// pipeSet is what connects a container's first process with us.
type pipeSet struct{ stdout, stderr, status, spec pipe }

func openPipes() (*pipeSet, error) {
	set := &pipeSet{}
	for _, end := range []*pipe{&set.stdout, &set.stderr, &set.status, &set.spec} {
		reader, writer, err := os.Pipe()
		if err != nil {
			set.closeAll()
			return nil, err
		}
		end.reader, end.writer = reader, writer
	}
	return set, nil
}

// closeChildEnds leaves the child as the only holder of its ends, so that its exit is an end of file for us.
func (s *pipeSet) closeChildEnds() {
	closeFiles(s.stdout.writer, s.stderr.writer, s.status.writer, s.spec.reader)
}

func (s *pipeSet) closeAll() {
	for _, end := range []pipe{s.stdout, s.stderr, s.status, s.spec} {
		closeFiles(end.reader, end.writer)
	}
}

// closeFiles closes pipe ends: closing one cannot lose data, so there is no error to act on.
func closeFiles(files ...*os.File) {
	for _, file := range files {
		if file != nil {
			_ = file.Close()
		}
	}
}
