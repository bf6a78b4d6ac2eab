// A daprd for tests: service invocation and resiliency, with the one name resolver that needs no network.
package main

import (
	"context"
	"log"
	"os"

	"go.opencensus.io/stats/view"

	"github.com/dapr/components-contrib/nameresolution/sqlite"
	"github.com/dapr/dapr/cmd/daprd/options"
	"github.com/dapr/dapr/pkg/components/bindings"
	"github.com/dapr/dapr/pkg/components/configuration"
	"github.com/dapr/dapr/pkg/components/conversation"
	"github.com/dapr/dapr/pkg/components/crypto"
	"github.com/dapr/dapr/pkg/components/lock"
	"github.com/dapr/dapr/pkg/components/middleware/http"
	"github.com/dapr/dapr/pkg/components/nameresolution"
	"github.com/dapr/dapr/pkg/components/pubsub"
	"github.com/dapr/dapr/pkg/components/secretstores"
	"github.com/dapr/dapr/pkg/components/state"
	"github.com/dapr/dapr/pkg/healthz"
	"github.com/dapr/dapr/pkg/metrics"
	"github.com/dapr/dapr/pkg/modes"
	"github.com/dapr/dapr/pkg/runtime"
	"github.com/dapr/dapr/pkg/runtime/registry"
	"github.com/dapr/dapr/pkg/security"
	"github.com/dapr/kit/concurrency"
	"github.com/dapr/kit/logger"
	"github.com/dapr/kit/signals"
)

func main() {
	opts, err := options.New(os.Args[1:])
	if err != nil {
		log.Fatal(err)
	}
	contrib := logger.NewLogger("dapr.contrib")
	nameresolution.DefaultRegistry.Logger = contrib
	nameresolution.DefaultRegistry.RegisterComponent(sqlite.NewResolver, "sqlite")

	ctx := signals.Context()
	// A changed resource ends a run, and the next one begins.
	reloads := signals.OnHUP(ctx)
	for run := range reloads {
		if err := serve(run, opts, contrib); err != nil {
			log.Fatal(err)
		}
		if run.Err() == nil || ctx.Err() != nil {
			return
		}
	}
}

func serve(ctx context.Context, o *options.Options, contrib logger.Logger) error {
	health := healthz.New()
	provider, err := security.New(ctx, security.Options{
		AppID: o.AppID, MTLSEnabled: o.EnableMTLS, Mode: modes.DaprMode(o.Mode), Healthz: health,
		ControlPlaneTrustDomain: o.ControlPlaneTrustDomain, ControlPlaneNamespace: o.ControlPlaneNamespace,
	})
	if err != nil {
		return err
	}
	return concurrency.NewRunnerManager(provider.Run, func(ctx context.Context) error {
		handler, err := provider.Handler(ctx)
		if err != nil {
			return err
		}
		daprd, err := runtime.FromConfig(ctx, &runtime.Config{
			AppID: o.AppID, AppProtocol: o.AppProtocol, Mode: o.Mode, Config: o.Config, ResourcesPath: o.ResourcesPath,
			ApplicationPort: o.AppPort, AppChannelAddress: o.AppChannelAddress, AppMaxConcurrency: o.AppMaxConcurrency,
			AppHealthCheckPath: o.AppHealthCheckPath, AppHealthProbeInterval: o.AppHealthProbeInterval,
			AppHealthProbeTimeout: o.AppHealthProbeTimeout, AppHealthThreshold: o.AppHealthThreshold,
			DaprHTTPPort: o.DaprHTTPPort, DaprAPIGRPCPort: o.DaprAPIGRPCPort, DaprAPIListenAddresses: o.DaprAPIListenAddresses,
			DaprInternalGRPCPort: o.DaprInternalGRPCPort, DaprInternalGRPCListenAddress: o.DaprInternalGRPCListenAddress,
			DaprPublicPort: o.DaprPublicPort, DaprPublicListenAddress: o.DaprPublicListenAddress, ProfilePort: o.ProfilePort,
			DaprGracefulShutdownSeconds: o.DaprGracefulShutdownSeconds, HotReloadReconcileInterval: o.HotReloadReconcileInterval,
			ActorsDisseminationTimeout: o.ActorsDisseminationTimeout, SchedulerStreams: o.SchedulerJobStreams,
			AllowedOrigins: o.AllowedOrigins, MaxRequestSize: o.MaxRequestSize, ReadBufferSize: o.ReadBufferSize,
			Metrics: metrics.Options{
				Enabled: o.Metrics.Enabled(), Port: o.Metrics.Port(), ListenAddress: o.Metrics.ListenAddress(), Log: contrib,
				Namespace: metrics.DefaultMetricNamespace, Healthz: health, Meter: view.NewMeter(),
			},
			Registry: components(), Security: handler, Healthz: health,
		})
		if err != nil {
			return err
		}
		return daprd.Run(ctx)
	}).Run(ctx)
}

func components() *registry.Options {
	return registry.NewOptions().WithNameResolutions(nameresolution.DefaultRegistry).
		WithSecretStores(secretstores.DefaultRegistry).WithStateStores(state.DefaultRegistry).
		WithConfigurations(configuration.DefaultRegistry).WithLocks(lock.DefaultRegistry).
		WithPubSubs(pubsub.DefaultRegistry).WithBindings(bindings.DefaultRegistry).
		WithCryptoProviders(crypto.DefaultRegistry).WithHTTPMiddlewares(http.DefaultRegistry).
		WithConversations(conversation.DefaultRegistry)
}
