// Consul as a test needs it: its own commands, agent and connect envoy among them, and nothing else.
package main

import (
	"io"
	"log"
	"os"

	"github.com/hashicorp/consul/command"
	"github.com/hashicorp/consul/command/cli"
	mitchellh "github.com/mitchellh/cli"
)

func main() {
	log.SetOutput(io.Discard)
	ui := &cli.BasicUI{BasicUi: mitchellh.BasicUi{Writer: os.Stdout, ErrorWriter: os.Stderr}}
	runner := mitchellh.NewCLI("consul", "")
	runner.Args = os.Args[1:]
	runner.Commands = command.RegisteredCommands(ui)
	code, err := runner.Run()
	if err != nil {
		log.SetOutput(os.Stderr)
		log.Println(err)
	}
	os.Exit(code)
}
