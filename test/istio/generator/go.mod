module istio-generator

go 1.26.0

// 1.32-dev; Istio's versions are tagged in a way that Go does not read.
require istio.io/istio v0.0.0-20260827124520-eed52ebb66ad
