package cri

import (
	"net"
	"net/http"
	"strconv"
	"time"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
	"k8s.io/klog/v2"
)

// portServer answers 200 to every request on the declared TCP ports of a Pod that only seems to run, so that its probes
// are those of a healthy one.
type portServer struct{ servers []*http.Server }

func servePorts(address string, ports []*runtimeapi.PortMapping) *portServer {
	all := &portServer{}
	for _, port := range ports {
		if port.GetProtocol() != runtimeapi.Protocol_TCP {
			continue
		}
		endpoint := net.JoinHostPort(address, strconv.Itoa(int(port.GetContainerPort())))
		listener, err := net.Listen("tcp", endpoint)
		if err != nil {
			// A low port needs root: then a probe of it fails, and the log says why.
			klog.ErrorS(err, "A simulated container does not answer on its port", "endpoint", endpoint)
			continue
		}
		server := &http.Server{Handler: http.HandlerFunc(answerOK), ReadHeaderTimeout: 10 * time.Second}
		all.servers = append(all.servers, server)
		go func() {
			if err := server.Serve(listener); err != nil && err != http.ErrServerClosed {
				klog.ErrorS(err, "A simulated container stopped answering", "endpoint", endpoint)
			}
		}()
	}
	return all
}

func answerOK(response http.ResponseWriter, _ *http.Request) { response.WriteHeader(http.StatusOK) }

func (p *portServer) close() {
	if p == nil {
		return
	}
	for _, server := range p.servers {
		if err := server.Close(); err != nil {
			klog.ErrorS(err, "Close a simulated container's port")
		}
	}
}
