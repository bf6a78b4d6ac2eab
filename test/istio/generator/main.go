// Istio for tests: its configuration generator and its own judges of manifests, without Kubernetes.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"

	"github.com/spf13/cobra"

	"istio.io/istio/istioctl/pkg/analyze"
	"istio.io/istio/istioctl/pkg/cli"
	"istio.io/istio/istioctl/pkg/validate"
	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/test"
)

const usage = `usage: istio-generator serve <mesh configuration> <Kubernetes objects> <Istio resources>
       istio-generator admit|validate|analyze <manifests>`

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 4 && args[0] == "serve":
		return serve(args[1], args[2], args[3])
	case len(args) == 2 && args[0] == "admit":
		return admit(args[1])
	case len(args) == 2 && args[0] == "validate":
		return istioctl(validate.NewValidateCommand, "--filename", args[1])
	case len(args) == 2 && args[0] == "analyze":
		return istioctl(analyze.Analyze, "--use-kube=false", "--all-namespaces", "--color=false", args[1])
	}
	return errors.New(usage)
}

// serve is an ADS server on a free port until its standard input ends.
func serve(meshConfig, kubernetes, istio string) error {
	var files [3]string
	for i, name := range []string{meshConfig, kubernetes, istio} {
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		files[i] = string(content)
	}
	config, err := mesh.ApplyMeshConfigDefaults(files[0])
	if err != nil {
		return err
	}
	resources, _, err := crd.ParseInputs(files[2])
	if err != nil {
		return err
	}
	for i := range resources {
		// As istiod does it: short names of hosts are completed by it.
		resources[i].Domain = "cluster.local"
	}
	return test.Wrap(func(t test.Failer) {
		server := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
			MeshConfig:             config,
			KubernetesObjectString: files[1],
			Configs:                resources,
			ListenerBuilder:        func() (net.Listener, error) { return net.Listen("tcp", "127.0.0.1:0") },
		})
		fmt.Println("serving on", server.Listener.Addr())
		_, _ = io.Copy(io.Discard, os.Stdin)
	})
}

func istioctl(command func(cli.Context) *cobra.Command, args ...string) error {
	c := command(cli.NewCLIContext(nil))
	c.SetArgs(args)
	c.SilenceUsage, c.SilenceErrors = true, true
	return c.Execute()
}
