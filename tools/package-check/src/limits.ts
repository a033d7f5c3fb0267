import type { Limits } from './problems.ts'

/**
 * Most bytes of each entry, minified and packed with gzip, without what it depends on. Raised on purpose, for
 * what is worth it; `npm run check` prints what each weighs.
 */
export const LIMITS: Limits = {
  '@tiercel/core': 63_000,
  '@tiercel/express': 700,
  '@tiercel/fastify': 1_100,
  '@tiercel/hono': 700,
  '@tiercel/http': 10_500,
  '@tiercel/http/node': 2_600,
  '@tiercel/http/fetch': 1_400,
  '@tiercel/http/management': 9_500,
  '@tiercel/koa': 1_400,
  '@tiercel/metrics': 2_800,
  '@tiercel/metrics/prometheus': 6_000,
  '@tiercel/metrics/opentelemetry': 6_500,
  '@tiercel/metrics/logger': 2_800,
  '@tiercel/metrics/alerts': 6_500,
  '@tiercel/metrics/redis-monitor': 4_000,
  '@tiercel/metrics/report': 4_500,
  '@tiercel/nestjs': 1_800,
  '@tiercel/serializers': 5_500,
  '@tiercel/serializers/testing': 1_000,
}
