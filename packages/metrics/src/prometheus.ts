import { ConfigError } from '@tiercel/core'
import { Counter, Gauge, Histogram, type Registry, register as defaultRegister } from 'prom-client'
import {
  ALL,
  COMMON_LABELS,
  type InstrumentName,
  bucketsOf,
  isStreamed,
  prometheusName,
} from './instruments.ts'
import {
  type Observed,
  type ObserveOptions,
  type ObservedCache,
  type Sink,
  observed,
  stream,
} from './observe.ts'
import { type Sample, sampleAll } from './sample.ts'

/** Options of `prometheus`. */
export interface PrometheusOptions extends ObserveOptions {
  /** Where the metrics are registered. @default the registry that prom-client has for all */
  readonly register?: Registry
}

/** Metrics of a cache in a registry. */
export interface PrometheusMetrics extends Disposable {
  readonly register: Registry
  /** Listens no more; the metrics of the last cache leave the registry. */
  stop(): void
}

/** All caches of one registry: they share each metric, and differ in its labels. */
class Exporter implements Sink {
  readonly caches = new Set<Observed>()
  readonly #counters = new Map<InstrumentName, Counter>()
  readonly #gauges = new Map<InstrumentName, Gauge>()
  readonly #histograms = new Map<InstrumentName, Histogram>()
  readonly #register: Registry
  #sampling: Promise<readonly Sample[]> | undefined

  constructor(register: Registry) {
    this.#register = register
    for (const [name, instrument] of ALL) {
      const { type, help, labels } = instrument
      const options = {
        name: prometheusName(name),
        help,
        labelNames: [...COMMON_LABELS, ...labels],
        registers: [register],
        ...(!isStreamed(name) && { collect: () => this.#collect(name) }),
      }
      if (type === 'histogram') {
        const { collect: _, ...rest } = { collect: undefined, ...options }
        this.#histograms.set(name, new Histogram({ ...rest, buckets: [...bucketsOf(instrument)] }))
      } else if (type === 'counter') this.#counters.set(name, new Counter(options))
      else this.#gauges.set(name, new Gauge(options))
    }
  }

  add(name: InstrumentName, labels: Record<string, string>, value: number): void {
    this.#counters.get(name)?.inc(labels, value)
  }

  record(name: InstrumentName, labels: Record<string, string>, value: number): void {
    this.#histograms.get(name)?.observe(labels, value)
  }

  remove(): void {
    for (const [name] of ALL) this.#register.removeSingleMetric(prometheusName(name))
  }

  /** Sets one metric from a sample that all metrics of one collection share. */
  async #collect(name: InstrumentName): Promise<void> {
    const samples = await this.#sample()
    const counter = this.#counters.get(name)
    const gauge = this.#gauges.get(name)
    counter?.reset()
    gauge?.reset()
    for (const sample of samples) {
      if (sample.name !== name) continue
      counter?.inc(sample.labels, sample.value)
      gauge?.set(sample.labels, sample.value)
    }
  }

  #sample(): Promise<readonly Sample[]> {
    this.#sampling ??= Promise.all([...this.caches].map(sampleAll)).then((all) => {
      // Metrics of one collection ask in the same turn; the next collection asks anew.
      setImmediate(() => {
        this.#sampling = undefined
      })
      return all.flat()
    })
    return this.#sampling
  }
}

const EXPORTERS = new WeakMap<Registry, Exporter>()

/**
 * Metrics of a cache for prom-client, from now until `stop`: counts and states are read when they are
 * scraped, and times are observed as they are reported.
 *
 * @throws {ConfigError} for a bad option, or if the registry has a cache of that namespace and `name`
 * @example
 * prometheus(cache)
 * http.createServer(async (_, response) => response.end(await register.metrics()))
 */
export function prometheus(
  cache: ObservedCache,
  { register, ...options }: PrometheusOptions = {},
): PrometheusMetrics {
  const registry = register ?? defaultRegister
  const subject = observed(cache, options)
  const { namespace, cache: name } = subject.common
  const exporter = EXPORTERS.get(registry) ?? new Exporter(registry)
  for (const { common } of exporter.caches) {
    if (common['namespace'] === namespace && common['cache'] === name) {
      throw new ConfigError(
        `name must differ between caches of one namespace (got "${name}" twice for "${namespace}")`,
      )
    }
  }
  EXPORTERS.set(registry, exporter)
  exporter.caches.add(subject)
  const end = stream(subject, exporter)
  const stop = (): void => {
    end()
    if (!exporter.caches.delete(subject) || exporter.caches.size > 0) return
    exporter.remove()
    EXPORTERS.delete(registry)
  }
  return { register: registry, stop, [Symbol.dispose]: stop }
}
