package main

import (
	"embed"
	"io/fs"
	"os"
	"path/filepath"

	"istio.io/istio/manifests"
	"istio.io/istio/pkg/config/crd"
)

// The Gateway API's definitions, as Istio tests with them: experimental channel.
//
//go:embed gateway-api-crd.yaml
var gatewayAPI embed.FS

// admit judges manifests as an API server does by a custom resource definition: schema, unknown fields, CEL rules.
func admit(manifest string) error {
	directory, err := os.MkdirTemp("", "istio-generator-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(directory)
	definitions := []struct {
		in   fs.FS
		name string
	}{{manifests.FS, "charts/base/files/crd-all.gen.yaml"}, {gatewayAPI, "gateway-api-crd.yaml"}}
	var files []string
	for _, definition := range definitions {
		content, err := fs.ReadFile(definition.in, definition.name)
		if err != nil {
			return err
		}
		file := filepath.Join(directory, filepath.Base(definition.name))
		if err := os.WriteFile(file, content, 0o600); err != nil {
			return err
		}
		files = append(files, file)
	}
	validator, err := crd.NewValidatorFromFilesWithOptions(files, crd.WithoutCRDValidation())
	if err != nil {
		return err
	}
	content, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	return validator.ValidateCustomResourceYAML(string(content), nil)
}
