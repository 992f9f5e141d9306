package kubelet

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"

	"k8s.io/client-go/transport"
)

// architectureForms are all the places in the JSON of Nodes and Pods where an architecture stands.
var architectureForms = []string{
	`"architecture":%q`,
	`kubernetes.io/arch":%q`,
	`"key":"kubernetes.io/arch","operator":"In","values":[%q`,
}

type phrase struct{ from, to []byte }

type translator struct {
	next         http.RoundTripper
	there, back  []phrase
	longestStart int
}

// newTranslator replaces the architecture ours by theirs in what is sent, and theirs by ours in what comes back.
func newTranslator(ours, theirs string) transport.WrapperFunc {
	return func(next http.RoundTripper) http.RoundTripper {
		made := &translator{next: next}
		for _, form := range architectureForms {
			here, there := fmt.Appendf(nil, form, ours), fmt.Appendf(nil, form, theirs)
			made.there = append(made.there, phrase{from: here, to: there})
			made.back = append(made.back, phrase{from: there, to: here})
			made.longestStart = max(made.longestStart, len(there)-1)
		}
		return made
	}
}

// RoundTrip leaves everything but JSON alone.
func (t *translator) RoundTrip(request *http.Request) (*http.Response, error) {
	request, err := t.translateRequest(request)
	if err != nil {
		return nil, err
	}
	response, err := t.next.RoundTrip(request)
	if err != nil || !strings.Contains(response.Header.Get("Content-Type"), "json") {
		return response, err
	}
	response.Header.Del("Content-Length")
	response.ContentLength = -1
	response.Body = &translatedBody{source: response.Body, phrases: t.back, longestStart: t.longestStart}
	return response, nil
}

func (t *translator) translateRequest(request *http.Request) (*http.Request, error) {
	if request.Body == nil || !strings.Contains(request.Header.Get("Content-Type"), "json") {
		return request, nil
	}
	content, err := io.ReadAll(request.Body)
	if closeError := request.Body.Close(); err == nil {
		err = closeError
	}
	if err != nil {
		return nil, err
	}
	translated := replaceAll(content, t.there)
	// A RoundTripper must not change the request that it was given.
	request = request.Clone(request.Context())
	request.Body = io.NopCloser(bytes.NewReader(translated))
	request.ContentLength = int64(len(translated))
	request.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(translated)), nil }
	return request, nil
}

func replaceAll(content []byte, phrases []phrase) []byte {
	for _, each := range phrases {
		content = bytes.ReplaceAll(content, each.from, each.to)
	}
	return content
}

// translatedBody translates a stream as it comes: it keeps back only an end that may be the start of a phrase.
type translatedBody struct {
	source       io.ReadCloser
	phrases      []phrase
	longestStart int
	ready, rest  []byte
	err          error
}

func (b *translatedBody) Read(target []byte) (int, error) {
	buffer := make([]byte, max(len(target), 1))
	for len(b.ready) == 0 && b.err == nil {
		count, err := b.source.Read(buffer)
		b.err = err
		content := append(b.rest, buffer[:count]...)
		keep := 0
		if err == nil {
			keep = b.unfinished(content)
		}
		b.ready = replaceAll(content[:len(content)-keep], b.phrases)
		b.rest = bytes.Clone(content[len(content)-keep:])
	}
	count := copy(target, b.ready)
	b.ready = b.ready[count:]
	if len(b.ready) > 0 {
		return count, nil
	}
	return count, b.err
}

// unfinished is how many bytes at the end may be the start of a phrase.
func (b *translatedBody) unfinished(content []byte) int {
	for length := min(b.longestStart, len(content)); length > 0; length-- {
		end := content[len(content)-length:]
		for _, each := range b.phrases {
			if bytes.HasPrefix(each.from, end) {
				return length
			}
		}
	}
	return 0
}

func (b *translatedBody) Close() error { return b.source.Close() }
