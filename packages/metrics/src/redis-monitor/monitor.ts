import { ConfigError, type Duration, milliseconds } from '@tiercel/core'
import { positive } from '../options.ts'
import { complain } from '../listen.ts'
import type { ObservedCache } from '../observe.ts'
import { Template } from '../templates.ts'
import {
  type FamilyFindings,
  type RedisFindings,
  type ServerFindings,
  warningsOf,
} from './findings.ts'
import { type MonitoredRedis, type MonitoredServer, infoOf, nameOf, serversOf } from './redis.ts'
import { Survey } from './survey.ts'

/** Options of `redisMonitor`. */
export interface RedisMonitorOptions {
  /** The time between two looks at Redis. @default '30s' */
  readonly interval?: Duration
  /** Keys that one look names at each server, about. @default 1_000 */
  readonly keys?: number
  /** Of these, those whose memory is asked for. @default 100 */
  readonly measured?: number
  /** How many of the biggest keys are kept. @default 20 */
  readonly biggest?: number
  /** Told what each look found. */
  readonly onFindings?: (findings: RedisFindings) => void
}

/** Looks at Redis now and then. */
export interface RedisMonitor extends Disposable {
  /** What the last look found; `undefined` before the first. */
  readonly findings: RedisFindings | undefined
  /** Looks now. One look at a time: a second caller gets the one under way. @throws what Redis answered */
  look(): Promise<RedisFindings>
  stop(): void
}

/**
 * Watches the server itself: memory and eviction policy, and by `SCAN` in small steps which families
 * take how many keys and bytes, and which keys are the biggest. Give it a connection of its own.
 *
 * @throws {ConfigError} for a bad option
 */
export function redisMonitor(
  cache: ObservedCache,
  redis: MonitoredRedis,
  options: RedisMonitorOptions = {},
): RedisMonitor {
  const interval = milliseconds('interval', options.interval ?? '30s')
  if (interval < SHORTEST_INTERVAL || interval > LONGEST_INTERVAL) {
    throw new ConfigError(`interval must be from 1s to 1d (got ${String(options.interval)})`)
  }
  const keys = positive('keys', options.keys ?? 1_000)
  const measured = positive('measured', options.measured ?? 100)
  const biggest = positive('biggest', options.biggest ?? 20)
  const surveys = new Map<string, Survey>()
  let findings: RedisFindings | undefined
  let looking: Promise<RedisFindings> | undefined

  const timer = setInterval(() => {
    look().catch(complain) // the next look tries again, and the old findings show their age
  }, interval)
  timer.unref()

  function look(): Promise<RedisFindings> {
    looking ??= lookAtAll().finally(() => {
      looking = undefined
    })
    return looking
  }

  async function lookAtAll(): Promise<RedisFindings> {
    const { namespace, families } = cache.stats()
    const templates = families.flatMap(({ name }) => (name === undefined ? [] : new Template(name)))
    const found: ServerFindings[] = []
    const servers = serversOf(redis)
    const names = new Set(servers.map(nameOf))
    for (const name of surveys.keys()) if (!names.has(name)) surveys.delete(name)
    for (const server of servers) {
      found.push(await lookAt(server))
      const name = nameOf(server)
      const survey = surveys.get(name) ?? new Survey(server, namespace, biggest)
      surveys.set(name, survey)
      await survey.step(keys, measured, templates)
    }
    findings = together(found, [...surveys.values()], biggest)
    try {
      options.onFindings?.(findings)
    } catch (error) {
      complain(error)
    }
    return findings
  }

  const stop = (): void => clearInterval(timer)
  return {
    get findings() {
      return findings
    },
    look,
    stop,
    [Symbol.dispose]: stop,
  }
}

const SHORTEST_INTERVAL = 1_000
const LONGEST_INTERVAL = 86_400_000

async function lookAt(server: MonitoredServer): Promise<ServerFindings> {
  const info = await infoOf(server)
  const number = (field: string): number => Number(info.get(field) ?? 0)
  return {
    server: nameOf(server),
    version: info.get('valkey_version') ?? info.get('redis_version') ?? '',
    memoryUsed: number('used_memory'),
    memoryLimit: number('maxmemory'),
    evictionPolicy: info.get('maxmemory_policy') ?? '',
    hits: number('keyspace_hits'),
    misses: number('keyspace_misses'),
    evicted: number('evicted_keys'),
  }
}

function together(
  servers: readonly ServerFindings[],
  surveys: readonly Survey[],
  biggest: number,
): RedisFindings {
  const estimates = surveys.map(({ estimate }) => estimate)
  const sum = (of: (estimate: (typeof estimates)[number]) => number): number =>
    estimates.reduce((total, estimate) => total + of(estimate), 0)
  const families = new Map<string, FamilyFindings>()
  for (const { family, keys, bytes } of estimates.flatMap((estimate) => estimate.families)) {
    const other = families.get(family) ?? { keys: 0, bytes: 0 }
    families.set(family, { family, keys: other.keys + keys, bytes: other.bytes + bytes })
  }
  return {
    at: Date.now(),
    servers,
    families: [...families.values()].toSorted((a, b) => b.bytes - a.bytes),
    bookkeeping: sum(({ bookkeeping }) => bookkeeping),
    foreign: sum(({ foreign }) => foreign),
    biggest: surveys
      .flatMap((survey) => survey.biggest)
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, biggest),
    looked: estimates.length === 0 ? 0 : sum(({ looked }) => looked) / estimates.length,
    warnings: servers.flatMap(warningsOf),
  }
}
