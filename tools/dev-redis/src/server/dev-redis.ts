import type { Log } from './log.ts'

/** What `startRedis` may be told. */
export interface StartOptions {
  /** Port on loopback. @default a free one */
  readonly port?: number
  /** More arguments for redis-server; ignored by an external server. @default [] */
  readonly args?: readonly string[]
  /** Hears about slow steps. @default lines on stderr */
  readonly log?: Log
}

/** What `restart` may be told. */
export interface RestartOptions {
  /** Come back without data, as a cache that was never persisted does. @default the data are kept */
  readonly empty?: true
  /** Replaces the `args` that the server was started with. */
  readonly args?: readonly string[]
}

/**
 * A Redis to develop against. One that we started ends with this process, however that ends; an
 * external one (`REDIS_URL`) is left as it is, and pause, resume, kill and restart reject.
 */
export interface DevRedis extends AsyncDisposable {
  readonly url: string
  readonly host: string
  readonly port: number
  /** The process here; undefined while it is down, in Docker and for an external server. */
  readonly pid: number | undefined
  /** True for `REDIS_URL`: shared with others and not ours to harm. */
  readonly external: boolean
  /** Such as `7.0.15`, or `8.1.1 (Valkey)`. */
  readonly version: string | undefined
  /** Freezes the server: connections stay, nothing is answered. */
  pause(): Promise<void>
  /** Ends a pause. */
  resume(): Promise<void>
  /** Ends the server without warning, as a crash does. Can be started again by `restart`. */
  kill(): Promise<void>
  /**
   * Ends the server if it runs and starts it on the same port. A running one is told to save first,
   * so its data survive; after a `kill` only what the caller had saved (SAVE) is there again.
   */
  restart(options?: RestartOptions): Promise<void>
  /** Ends the server for good and removes its files. */
  stop(): Promise<void>
}
