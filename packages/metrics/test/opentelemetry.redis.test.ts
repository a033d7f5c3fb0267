import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  AggregationTemporality,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { type DevRedis, startRedis } from '@tiercel/dev-redis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { otelMetrics, otelTraces } from '../src/opentelemetry/index.ts'
import { Caches } from './support/caches.ts'
import { until } from '@tiercel/dev-redis'
import { LOADS, READS, WRITES, work } from './support/workload.ts'

let redis: DevRedis
const caches = new Caches(() => redis.url)

beforeAll(async () => {
  redis = await startRedis()
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
})

afterAll(() => redis.stop())

/** A meter, and what it has: sums of the points with some attributes; of a histogram, how many values. */
function metered() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
  const provider = new MeterProvider({ readers: [reader] })
  return {
    meter: provider.getMeter('test'),
    async value(name: string, attributes: Readonly<Record<string, string>> = {}): Promise<number> {
      exporter.reset()
      await provider.forceFlush()
      return exporter
        .getMetrics()
        .flatMap(({ scopeMetrics }) => scopeMetrics)
        .flatMap(({ metrics }) => metrics)
        .filter(({ descriptor }) => descriptor.name === name)
        .flatMap(({ dataPoints }) => [...dataPoints])
        .filter((point) => Object.entries(attributes).every(([k, v]) => point.attributes[k] === v))
        .reduce(
          (sum, { value }) =>
            sum + (typeof value === 'number' ? value : (value as Histogram).count),
          0,
        )
    },
    [Symbol.asyncDispose]: () => provider.shutdown(),
  }
}

test('every counter of a known workload is exact, in what an exporter gets', async () => {
  await using meters = metered()
  const { meter } = meters
  const value = (name: string, attributes?: Readonly<Record<string, string>>) =>
    meters.value(name, attributes)
  const [a, b] = [await caches.make(), await caches.make()]
  using _ = otelMetrics(a, { meter })
  await work(a, b)
  const common = { 'tiercel.namespace': caches.namespace, 'tiercel.cache': 'main' }
  for (const [family, outcome, count] of READS) {
    const attributes = { ...common, 'tiercel.family': family, 'tiercel.outcome': outcome }
    expect([family, outcome, await value('tiercel.reads', attributes)]).toEqual([
      family,
      outcome,
      count,
    ])
  }
  const sum = (rows: readonly (readonly [...unknown[], number])[]) =>
    rows.reduce((total, row) => total + (row.at(-1) as number), 0)
  expect(await value('tiercel.reads')).toBe(sum(READS))
  for (const [family, outcome, count] of LOADS) {
    const attributes = { 'tiercel.family': family, 'tiercel.outcome': outcome }
    expect([outcome, await value('tiercel.loads', attributes)]).toEqual([outcome, count])
  }
  expect(await value('tiercel.loads')).toBe(sum(LOADS))
  expect(await value('tiercel.load.duration')).toBe(sum(LOADS))
  for (const [operation, count] of WRITES) {
    const attributes = { 'tiercel.operation': operation }
    expect([operation, await value('tiercel.writes', attributes)]).toEqual([operation, count])
  }
  expect(await value('tiercel.invalidations', { 'tiercel.origin': 'peer' })).toBe(2)
  expect(await value('tiercel.bound.held')).toBe(1)
  const fills = { 'db.system.name': 'redis', 'db.operation.name': 'fill' }
  expect(await value('db.client.operation.duration', fills)).toBe(4)
  expect(await value('db.client.operation.duration', { 'error.type': 'ERR_TIER' })).toBe(0)
})

test('two caches of one meter stay apart, and one that stopped is asked no more', async () => {
  await using meters = metered()
  const { meter } = meters
  const [a, b] = [await caches.make(), await caches.make()]
  const ofA = otelMetrics(a, { meter, name: 'a' })
  using _ = otelMetrics(b, { meter, name: 'b' })
  await a.set('k', 1)
  await b.get('k')
  expect(await meters.value('tiercel.reads', { 'tiercel.cache': 'a' })).toBe(0)
  expect(await meters.value('tiercel.reads', { 'tiercel.cache': 'b' })).toBe(1)
  expect(await meters.value('tiercel.writes', { 'tiercel.cache': 'a' })).toBe(1)
  expect(await meters.value('tiercel.writes', { 'tiercel.cache': 'b' })).toBe(0)
  ofA.stop()
  await a.set('k', 2)
  expect(await meters.value('tiercel.writes', { 'tiercel.cache': 'a' })).toBe(1)
})

test('a load and its requests to L2 are spans below that of the caller; a hit in L1 is none', async () => {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  const tracer = provider.getTracer('test')
  const cache = await caches.make()
  using _ = otelTraces(cache, { tracer })
  const users = cache.keyspace('user:{id}', { load: ({ id }) => id })
  await users.get({ id: 0 }) // in no span, and so not traced
  await until('the fill', () => cache.stats().loads.underway === 0)
  expect(exporter.getFinishedSpans()).toEqual([])
  const parent = tracer.startSpan('request')
  await context.with(trace.setSpan(context.active(), parent), async () => {
    await users.get({ id: 1 })
    await users.get({ id: 1 })
    await cache
      .getOrSet('fails', () => {
        throw new TypeError('no')
      })
      .catch(() => {})
  })
  await until('the fill', () => cache.stats().loads.underway === 0)
  const { traceId, spanId } = parent.spanContext()
  const spans = exporter.getFinishedSpans()
  for (const span of spans) {
    expect(span.spanContext().traceId).toBe(traceId)
    expect(span.parentSpanContext?.spanId).toBe(spanId)
  }
  const load = spans.find(({ name }) => name === 'load user:{id}')
  expect(load?.attributes).toMatchObject({ 'tiercel.outcome': 'filled' })
  expect(JSON.stringify(load?.attributes)).not.toContain('user:1')
  const failed = spans.find(({ name }) => name === `load ${caches.namespace}`)
  expect(failed?.attributes).toMatchObject({ 'error.type': 'TypeError' })
  expect(failed?.events[0]?.name).toBe('exception')
  const operations = spans.map(({ attributes }) => attributes['db.operation.name'])
  expect(operations).toEqual(expect.arrayContaining(['read', 'acquire', 'fill']))
  await provider.shutdown()
})
