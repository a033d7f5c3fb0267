export { type OtelMetrics, type OtelMetricsOptions, otelMetrics } from './metrics.ts'
export { type OtelTraces, type OtelTracesOptions, otelTraces } from './traces.ts'
