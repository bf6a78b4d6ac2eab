export { type PrometheusHandler, prometheusHandler } from './handler.ts';
