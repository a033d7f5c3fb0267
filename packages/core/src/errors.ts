/** What every error of this package has in common: a stable `code`, and the key where there is one. */
export class CacheError extends Error {
  readonly code: string
  readonly key: string | undefined

  constructor(code: string, message: string, options: { key?: string; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = new.target.name
    this.code = code
    this.key = options.key
  }
}

/** An option, a key or an argument is not what it has to be. Thrown before anything is done. */
export class ConfigError extends CacheError {
  constructor(message: string, options: { key?: string; cause?: unknown } = {}) {
    super('ERR_CONFIG', message, options)
  }
}

/** A loader did not settle within the hard timeout, and nothing was held that could be served. */
export class LoadTimeoutError extends CacheError {
  constructor(key: string, timeout: number) {
    super('ERR_LOAD_TIMEOUT', `the loader of "${key}" did not settle within ${timeout} ms`, { key })
  }
}

/**
 * Some of the keys that were asked for together could not be loaded. What was found for the others is
 * here too; the `cause` is the first error.
 */
export class BulkLoadError<T = unknown> extends CacheError {
  /** What was found, by key; keys that are absent are in neither map. */
  readonly values: ReadonlyMap<string, T>
  readonly errors: ReadonlyMap<string, unknown>

  constructor(values: ReadonlyMap<string, T>, errors: ReadonlyMap<string, unknown>) {
    const [[key, cause]] = errors as unknown as [[string, unknown]]
    const why = cause instanceof Error ? cause.message : String(cause)
    const others = errors.size === 1 ? '' : ` (and ${errors.size - 1} more keys)`
    super('ERR_BULK_LOAD', `the load of "${key}"${others} failed: ${why}`, { key, cause })
    this.values = values
    this.errors = errors
  }
}

/** Too many loads were waiting to begin, or this one waited too long; see the options `loads.*`. */
export class LoadQueueError extends CacheError {
  constructor(key: string, why: string) {
    super('ERR_LOAD_QUEUE', `the load of "${key}" was not begun: ${why}`, { key })
  }
}

/** A loader asked the cache for what only it could bring: it would wait for itself. */
export class LoadCycleError extends CacheError {
  /** `way` are the keys whose loaders wait for each other, the outermost first. */
  constructor(key: string, way: readonly string[]) {
    const shown = [...way, key].map((each) => `"${each}"`).join(' → ')
    super('ERR_LOAD_CYCLE', `the loader of "${key}" waits for itself: ${shown}`, { key })
  }
}

/** An operation on a shared tier failed, timed out or was refused by the open breaker. */
export class TierError extends CacheError {
  readonly tier = 'l2'
  readonly operation: string

  constructor(operation: string, message: string, options: { key?: string; cause?: unknown } = {}) {
    super('ERR_TIER', `l2 ${operation}: ${message}`, options)
    this.operation = operation
  }
}

/** The subscription to the invalidations of the other instances failed. */
export class BusError extends CacheError {
  constructor(message: string, options: { cause?: unknown } = {}) {
    super('ERR_BUS', message, options)
  }
}

/** Bytes in L2 are not a frame that this release can read, or a value can't be turned into one. */
export class FrameError extends CacheError {
  constructor(message: string, options: { key?: string; cause?: unknown } = {}) {
    super('ERR_FRAME', message, options)
  }
}

/** A value was changed by others between each reading of it and each attempt to store what was made of it. */
export class UpdateConflictError extends CacheError {
  constructor(key: string, attempts: number, ms: number) {
    super(
      'ERR_UPDATE_CONFLICT',
      `"${key}" was changed by others in each of ${attempts} attempts to update it, in ${Math.round(ms)} ms`,
      { key },
    )
  }
}

/**
 * An update did not end in its time: what computes the value was slow, or did not settle; or the key was
 * being mutated all the while.
 */
export class UpdateTimeoutError extends CacheError {
  constructor(key: string, ms: number) {
    super('ERR_UPDATE_TIMEOUT', `the update of "${key}" did not end within ${ms} ms`, { key })
  }
}

/** What is stored is no number, or the sum would not be a safe one; nothing was changed. */
export class CounterError extends CacheError {
  constructor(key: string, message: string) {
    super('ERR_COUNTER', `"${key}" can't be counted: ${message}`, { key })
  }
}

/** A call of `write` did not settle in its time, or had to wait as long for its turn, and was not made. */
export class WriteTimeoutError extends CacheError {
  constructor(timeout: number) {
    super('ERR_WRITE_TIMEOUT', `write did not settle within ${timeout} ms`)
  }
}

/** As many keys wait for the source of truth as may; nothing was changed. */
export class WriteQueueFullError extends CacheError {
  constructor(writer: string, limit: number) {
    super(
      'ERR_WRITE_QUEUE_FULL',
      `the writer "${writer}" has ${limit} keys waiting in a shard, as many as queue.maxLength allows`,
    )
  }
}

/** The cache was closed. */
export class ClosedError extends CacheError {
  constructor() {
    super('ERR_CLOSED', 'the cache is closed')
  }
}
