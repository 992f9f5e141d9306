package kubelet

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }

func TestTheAPISeesTheMachinesArchitectureAndTheKubeletItsOwn(t *testing.T) {
	const ours = `{"nodeInfo":{"architecture":"amd64"},"labels":{"kubernetes.io/arch":"amd64"},"note":"amd64"}`
	const theirs = `{"nodeInfo":{"architecture":"arm64"},"labels":{"kubernetes.io/arch":"arm64"},"note":"amd64"}`
	var sent string
	server := roundTrip(func(request *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(request.Body)
		sent = string(body)
		header := http.Header{"Content-Type": {"application/json"}}
		// One byte at a time: a phrase may be torn at any place of a stream.
		torn := io.NopCloser(iotest.OneByteReader(strings.NewReader(theirs)))
		return &http.Response{Header: header, Body: torn}, err
	})
	request, err := http.NewRequest(http.MethodPatch, "http://127.0.0.1/", strings.NewReader(ours))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/strategic-merge-patch+json")
	response, err := newTranslator("amd64", "arm64")(server).RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	received, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if sent != theirs {
		t.Errorf("sent %s", sent)
	}
	if string(received) != ours {
		t.Errorf("received %s", received)
	}
}
