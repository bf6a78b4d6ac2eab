module daprd

go 1.26.0

require github.com/dapr/dapr v1.18.3

// Not on the proxy; of the workflows only.
replace github.com/dapr/durabletask-go v0.12.4 => github.com/dapr/durabletask-go v0.12.1
