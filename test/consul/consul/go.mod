module meshwise.test/consul

go 1.23.8

require (
	github.com/hashicorp/consul v1.21.0
	github.com/mitchellh/cli v1.1.4
)

exclude (
	github.com/hashicorp/go-msgpack v1.1.5 // has breaking changes and must be avoided
	github.com/hashicorp/go-msgpack v1.1.6 // contains retractions but same as v1.1.5
)
