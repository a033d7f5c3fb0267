import type { RedisBinary } from './find-binary.ts'
import { type LocalOptions, type LocalServer, startLocal } from './local-server.ts'

/** Servers that live and end together. */
export class LocalGroup implements AsyncDisposable {
  readonly #binary: RedisBinary
  readonly #servers: LocalServer[] = []

  constructor(binary: RedisBinary) {
    this.#binary = binary
  }

  /** Starts one server for each of the options, all at the same time. */
  async start(options: readonly LocalOptions[]): Promise<LocalServer[]> {
    const outcomes = await Promise.allSettled(options.map((o) => startLocal(this.#binary, o)))
    const servers = outcomes.flatMap((o) => (o.status === 'fulfilled' ? [o.value] : []))
    this.#servers.push(...servers)
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
    return servers
  }

  /** Runs a step of the setup; if it fails, nothing is left running. */
  async orStop<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step()
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}
