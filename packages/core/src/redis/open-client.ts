import { createRequire } from 'node:module'
import type { Cluster, Command, Redis } from 'ioredis'
import { ConfigError } from '../errors.ts'
import type { RedisClient, RedisOption } from './client.ts'
import type { MasterGuide } from './master-guide.ts'

/** Delays between attempts to connect: doubling from the first to the last, with jitter, in ms. */
const FIRST_RETRY = 50
const LAST_RETRY = 2_000
/** Milliseconds that a socket may take to be there, and a sentinel to answer. */
export const CONNECT_TIMEOUT = 2_000
/**
 * How long ioredis lets a socket close by itself, in ms. It keeps a timer for that even where no socket is
 * left, which would outlive `close`; nothing that matters is on its way by then.
 */
const DISCONNECT_TIMEOUT = 0

/** What holds for each connection that we open. */
export const OURS = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  connectTimeout: CONNECT_TIMEOUT,
  sentinelCommandTimeout: CONNECT_TIMEOUT,
  sentinelRetryStrategy: (attempt: number): number => Math.min(10 * attempt, 1_000),
  disconnectTimeout: DISCONNECT_TIMEOUT,
  retryStrategy,
}

/**
 * For clients that are ready when they are connected. A socket that closes while ioredis 5 tells its name
 * would leave them ready without one, for good (fixed in 6.0).
 */
export const UNCHECKED = { enableReadyCheck: false, disableClientInfo: true }

/** A client of our own. `isAnonymous`: it may not ask who the server is. */
export function open(
  option: Exclude<RedisOption, RedisClient>,
  isAnonymous: boolean,
  guide: MasterGuide | undefined,
): RedisClient {
  const { Redis, Cluster } = ioredis()
  const ours = {
    ...OURS,
    ...(isAnonymous && UNCHECKED), // the check is an INFO
  }
  if (typeof option === 'string') return new Redis(option, ours)
  if ('nodes' in option) {
    const { nodes, options = {} } = option
    return new Cluster([...nodes], {
      shardedSubscribers: true,
      clusterRetryStrategy: retryStrategy,
      ...options,
      enableOfflineQueue: false,
      redisOptions: {
        ...(options.redisOptions as object),
        connectTimeout: CONNECT_TIMEOUT,
        disconnectTimeout: DISCONNECT_TIMEOUT,
        maxRetriesPerRequest: 0,
      },
    })
  }
  const { replyMapping: _legacy, ...rest } = option as Record<string, unknown>
  const unchecked = rest['enableReadyCheck'] === false ? UNCHECKED : {}
  const connect = (own: object = {}): Redis => new Redis({ ...rest, ...own, ...unchecked, ...ours })
  return guide === undefined ? connect() : guide.lead((natMap) => connect({ natMap }))
}

function retryStrategy(attempt: number): number {
  return Math.min(FIRST_RETRY * 2 ** (attempt - 1), LAST_RETRY) * (0.8 + 0.4 * Math.random())
}

/**
 * Loaded when the first connection is opened: a cache without Redis does not need the package, and
 * importing it is most of what importing this one would cost.
 */
export function ioredis(): {
  readonly Redis: typeof Redis
  readonly Cluster: typeof Cluster
  readonly Command: typeof Command
} {
  try {
    return createRequire(import.meta.url)('ioredis') as ReturnType<typeof ioredis>
  } catch (error) {
    throw new ConfigError(
      'redis: the package "ioredis" is not installed; add it beside @tiercel/core',
      {
        cause: error,
      },
    )
  }
}
