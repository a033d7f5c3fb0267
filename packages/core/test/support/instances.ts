import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { until } from './until.ts'

export interface ProcessOptions {
  readonly url: string
  readonly namespace: string
  readonly leaseWait: `${number}ms` | `${number}s`
}

export type Order =
  | { readonly order: 'read'; readonly key: string; readonly callers: number }
  | { readonly order: 'release' }

export type Answer =
  | { readonly event: 'ready' }
  | { readonly event: 'loading' }
  | { readonly event: 'read'; readonly values: readonly unknown[]; readonly loads: number }

/** An instance in a process of its own. */
export class InstanceProcess implements AsyncDisposable {
  readonly answers: Answer[] = []
  readonly #child: ChildProcess

  constructor(options: ProcessOptions) {
    this.#child = fork(
      fileURLToPath(new URL('instance-process.ts', import.meta.url)),
      [JSON.stringify(options)],
      { execArgv: ['--conditions=@tiercel/source', '--no-warnings'] },
    )
    this.#child.on('message', (answer: Answer) => this.answers.push(answer))
  }

  tell(order: Order): void {
    this.#child.send(order)
  }

  has(event: Answer['event']): boolean {
    return this.answers.some((answer) => answer.event === event)
  }

  async heard<E extends Answer['event']>(event: E): Promise<Extract<Answer, { event: E }>> {
    const answer = await until(`"${event}" of an instance`, () =>
      this.answers.find((one) => one.event === event),
    )
    return answer as Extract<Answer, { event: E }>
  }

  /** Ends it without warning. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exit = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}

/** So many instances in processes of their own, ready. */
export async function startInstances(
  count: number,
  options: ProcessOptions,
): Promise<readonly InstanceProcess[]> {
  const instances = Array.from({ length: count }, () => new InstanceProcess(options))
  await Promise.all(instances.map((instance) => instance.heard('ready')))
  return instances
}
