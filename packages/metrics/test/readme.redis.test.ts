import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type DevRedis, startRedis } from '@tiercel/dev-redis'
import { compileReadme, markdownTable, optionsTable, runSample, section } from '@tiercel/readme'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ALL, otelName, prometheusName } from '../src/instruments.ts'

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))
const readme = path('../README.md')

/** The interfaces whose members users set, by the function that takes them. */
const OPTIONS = [
  ['', 'observe.ts', 'ObserveOptions'],
  ['prometheus: ', 'prometheus.ts', 'PrometheusOptions'],
  ['otelMetrics: ', 'opentelemetry/metrics.ts', 'OtelMetricsOptions'],
  ['otelTraces: ', 'opentelemetry/traces.ts', 'OtelTracesOptions'],
  ['logTo: ', 'logger/log.ts', 'LogOptions'],
  ['logTo: slow.', 'logger/log.ts', 'SlowOptions'],
  ['alerts: ', 'alerts/alerts.ts', 'AlertsOptions'],
  ['report: ', 'report/report.ts', 'ReportOptions'],
  ['redisMonitor: ', 'redis-monitor/monitor.ts', 'RedisMonitorOptions'],
] as const

let redis: DevRedis

beforeAll(async () => {
  redis = await startRedis()
})

afterAll(() => redis.stop())

test('the table of what is measured is that of the code', async () => {
  const rows = ALL.map(([name, { type, unit, labels, help }]) => [
    `\`${prometheusName(name)}\``,
    `\`${otelName(name)}\``,
    type,
    unit,
    labels.map((label) => `\`${label}\``).join(' '),
    help,
  ])
  const table = markdownTable(['Prometheus', 'OpenTelemetry', 'type', 'unit', 'labels', ''], rows)
  const { found, wanted } = await section(readme, 'instruments', table)
  expect(found).toBe(wanted)
})

test('the table of options says what the doc comments say', async () => {
  const tables = await Promise.all(
    OPTIONS.map(async ([prefix, file, name]) => {
      return [await readFile(path(`../src/${file}`), 'utf8'), [name, prefix]] as const
    }),
  )
  const table = optionsTable(
    tables.map(([source]) => source).join('\n'),
    tables.map(([, names]) => names),
  )
  const { found, wanted } = await section(readme, 'options', table)
  expect(found).toBe(wanted)
})

test('the code in the README compiles and runs', async () => {
  const samples = await compileReadme(readme, path('..'))
  for (const sample of samples) {
    if (sample.isRun) await runSample(sample, { REDIS_URL: redis.url })
  }
})
