import { createCache } from '@tiercel/core'

/** Nanoseconds of an awaited hit in L1, with what the argument names listening. */
const KEYS = Array.from({ length: 1_024 }, (_, i) => `user:${i}`)
const CALLS = 300_000
const ROUNDS = 5

const setup = process.argv[2]
const cache = createCache({ namespace: 'bench' })
const load = (): number => 1

if (setup !== 'off') {
  const { prometheus } = await import('../src/prometheus.ts')
  const { Registry } = await import('prom-client')
  if (setup !== 'loaded') prometheus(cache, { register: new Registry() })
}
if (setup === 'all') {
  const { metrics } = await import('@opentelemetry/api')
  const { MeterProvider } = await import('@opentelemetry/sdk-metrics')
  const { pino } = await import('pino')
  const { otelMetrics, otelTraces } = await import('../src/opentelemetry/index.ts')
  const { logTo } = await import('../src/logger/index.ts')
  const { alerts } = await import('../src/alerts/index.ts')
  const { report } = await import('../src/report/index.ts')
  metrics.setGlobalMeterProvider(new MeterProvider())
  otelMetrics(cache)
  otelTraces(cache)
  logTo(cache, pino({ level: 'info' }, { write: () => {} }))
  alerts(cache, { onAlert: () => {} })
  report(cache)
}

for (const key of KEYS) await cache.getOrSet(key, load)
const times: number[] = []
for (let round = 0; round < ROUNDS; round++) {
  const began = process.hrtime.bigint()
  for (let i = 0; i < CALLS; i++) await cache.getOrSet(KEYS[i & 1_023] as string, load)
  times.push(Number(process.hrtime.bigint() - began) / CALLS)
}
console.log(Math.min(...times))
await cache.close()
process.exit() // timers of alerts and reports do not hold it, those of others might
