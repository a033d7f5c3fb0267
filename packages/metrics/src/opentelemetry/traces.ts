import {
  type Attributes,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  context,
  trace,
} from '@opentelemetry/api'
import { performance } from 'node:perf_hooks'
import { listen } from '../listen.ts'
import type { ObservedCache } from '../observe.ts'

/** Options of `otelTraces`. */
export interface OtelTracesOptions {
  /** Where spans are made. @default that of the global tracer provider */
  readonly tracer?: Tracer
  /** Whether spans of loads bear the key. A key may say who somebody is. @default false */
  readonly keys?: boolean
}

/** Spans of a cache for a tracer. */
export interface OtelTraces extends Disposable {
  stop(): void
}

/**
 * A span for each load and each request to L2, below the span in which it was asked for. What belongs
 * to no span, as the beat, has none; and a hit in L1 is too short to be one. A request for several
 * callers of one tick is below the first.
 */
export function otelTraces(
  cache: ObservedCache,
  { tracer = trace.getTracer('@tiercel/metrics'), keys = false }: OtelTracesOptions = {},
): OtelTraces {
  const stop = listen(cache, {
    load({ namespace, family, key, outcome, ms, error }) {
      const attributes: Attributes = {
        'tiercel.namespace': namespace,
        'tiercel.outcome': outcome,
        ...(family !== undefined && { 'tiercel.family': family }),
        ...(keys && { 'tiercel.key': key }),
      }
      const isFailed = outcome === 'failed' || outcome === 'timeout'
      past(`load ${family ?? namespace}`, SpanKind.INTERNAL, ms, attributes, (span) => {
        if (!isFailed) return
        if (error instanceof Error) span.recordException(error)
        span.setAttribute('error.type', errorType(error))
        span.setStatus({ code: SpanStatusCode.ERROR })
      })
    },
    trip({ namespace, operation, outcome, ms }) {
      const attributes: Attributes = {
        'db.system.name': 'redis',
        'db.operation.name': operation,
        'tiercel.namespace': namespace,
      }
      past(`${operation} ${namespace}`, SpanKind.CLIENT, ms, attributes, (span) => {
        if (outcome === 'answered') return
        span.setAttribute('error.type', 'ERR_TIER')
        span.setStatus({ code: SpanStatusCode.ERROR })
      })
    },
  })
  return { stop, [Symbol.dispose]: stop }

  /** A span of what has just ended. */
  function past(
    name: string,
    kind: SpanKind,
    ms: number,
    attributes: Attributes,
    finish: (span: Span) => void,
  ): void {
    if (trace.getSpan(context.active()) === undefined) return
    const now = performance.timeOrigin + performance.now()
    const span = tracer.startSpan(name, { kind, attributes, startTime: now - ms })
    finish(span)
    span.end(now)
  }
}

function errorType(error: unknown): string {
  if (!(error instanceof Error)) return '_OTHER'
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? code : error.name
}
