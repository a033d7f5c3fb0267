import {
  type Attributes,
  type BatchObservableResult,
  type Counter,
  type Histogram,
  type Meter,
  type Observable,
  metrics,
} from '@opentelemetry/api'
import { ALL, type InstrumentName, bucketsOf, isStreamed, otelName } from '../instruments.ts'
import {
  type Labels,
  type ObserveOptions,
  type ObservedCache,
  type Sink,
  observed,
  stream,
} from '../observe.ts'
import { sampleAll } from '../sample.ts'

/** Options of `otelMetrics`. */
export interface OtelMetricsOptions extends ObserveOptions {
  /** Where instruments are made. @default that of the global meter provider */
  readonly meter?: Meter
}

/** Metrics of a cache for a meter. */
export interface OtelMetrics extends Disposable {
  /** Listens no more, and is not asked any more. */
  stop(): void
}

/** Instruments of one meter, shared by its caches. */
class Instruments implements Sink {
  readonly observables = new Map<InstrumentName, Observable>()
  readonly #counters = new Map<InstrumentName, Counter>()
  readonly #histograms = new Map<InstrumentName, Histogram>()

  constructor(meter: Meter) {
    for (const [name, instrument] of ALL) {
      const { type, unit, help: description } = instrument
      const full = otelName(name)
      if (type === 'histogram') {
        const advice = { explicitBucketBoundaries: [...bucketsOf(instrument)] }
        this.#histograms.set(name, meter.createHistogram(full, { unit, description, advice }))
      } else if (isStreamed(name)) {
        this.#counters.set(name, meter.createCounter(full, { unit, description }))
      } else {
        const make = type === 'counter' ? 'createObservableCounter' : 'createObservableGauge'
        this.observables.set(name, meter[make](full, { unit, description }))
      }
    }
  }

  add(name: InstrumentName, labels: Labels, value: number): void {
    this.#counters.get(name)?.add(value, attributesOf(name, labels))
  }

  record(name: InstrumentName, labels: Labels, value: number): void {
    this.#histograms.get(name)?.record(value, attributesOf(name, labels))
  }
}

const BY_METER = new WeakMap<Meter, Instruments>()

/**
 * Metrics of a cache for OpenTelemetry, from now until `stop`. Requests to L2 have the name and the
 * attributes that its semantic conventions give to those of databases; all else begins with `tiercel.`.
 *
 * @throws {ConfigError} for a bad option
 */
export function otelMetrics(
  cache: ObservedCache,
  { meter = metrics.getMeter('@tiercel/metrics'), ...options }: OtelMetricsOptions = {},
): OtelMetrics {
  const subject = observed(cache, options)
  const instruments = BY_METER.get(meter) ?? new Instruments(meter)
  BY_METER.set(meter, instruments)
  const observables = [...instruments.observables.values()]
  const observe = async (result: BatchObservableResult): Promise<void> => {
    for (const { name, labels, value } of await sampleAll(subject)) {
      const observable = instruments.observables.get(name)
      if (observable !== undefined) result.observe(observable, value, attributesOf(name, labels))
    }
  }
  meter.addBatchObservableCallback(observe, observables)
  const end = stream(subject, instruments)
  const stop = (): void => {
    end()
    meter.removeBatchObservableCallback(observe, observables)
  }
  return { stop, [Symbol.dispose]: stop }
}

function attributesOf(name: InstrumentName, labels: Labels): Attributes {
  const attributes: Attributes = {}
  for (const [label, value] of Object.entries(labels)) {
    if (name === 'l2.trip.duration' && label === 'operation') {
      attributes['db.system.name'] = 'redis'
      attributes['db.operation.name'] = value
    } else if (name === 'l2.trip.duration' && label === 'outcome') {
      if (value === 'failed') attributes['error.type'] = 'ERR_TIER'
    } else attributes[`tiercel.${label}`] = value
  }
  return attributes
}
