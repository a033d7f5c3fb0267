import type {
  EnqueueRequest,
  Enqueued,
  QueueState,
  StoredLetter,
  TakenWrite,
  WriteQueue,
} from '../write-behind/queue.ts'
import { recordLife } from './change-arguments.ts'
import type { Argument } from './client.ts'
import type { Connection } from './connect.ts'
import type { ShardKeys } from './keys.ts'
import type { MetaReader } from './meta-reader.ts'
import { nonce } from './nonce.ts'
import { bury } from './scripts/bury.ts'
import { enqueuing, enqueuingSharded } from './scripts/enqueue.ts'
import { letters } from './scripts/letters.ts'
import { queueState } from './scripts/queue-state.ts'
import { renew } from './scripts/renew.ts'
import { restore } from './scripts/restore.ts'
import type { Script } from './scripts/script.ts'
import { settle } from './scripts/settle.ts'
import { take } from './scripts/take.ts'

/** Bytes before the name of the writer in what waits. */
const NAME_AT = 17

/** What a queue shares with the L2 of its shard. */
export interface QueuePlan {
  readonly connection: Connection
  readonly keys: ShardKeys
  readonly writer: string
  readonly metas: MetaReader
}

/** A queue in a Redis stream and the hash of what waits in its shard. */
export class RedisQueue implements WriteQueue {
  readonly #plan: QueuePlan
  readonly #enqueue: Script
  readonly #waiting: string
  readonly #stream: string
  readonly #letters: string

  constructor(plan: QueuePlan) {
    const { connection, keys, writer } = plan
    this.#plan = plan
    this.#enqueue = connection.isSharded ? enqueuingSharded : enqueuing
    this.#waiting = keys.waiting
    this.#stream = keys.queue(writer)
    this.#letters = keys.letters(writer)
  }

  async enqueue(request: EnqueueRequest, payload: string): Promise<Enqueued> {
    const { keys, writer, metas } = this.#plan
    const { values, grace, tags, limit, isNew } = request
    const names = [keys.meta, keys.log, this.#waiting, this.#stream]
    const args: Argument[] = [nonce(), keys.channel, payload, writer, limit, values.length]
    args.push(isNew ? 1 : 0)
    let longest = 0
    for (const { key, ttl, frame } of values) {
      keys.name(key, names)
      args.push(key, Math.ceil(ttl), frame)
      longest = Math.max(longest, ttl)
    }
    for (const tag of tags) {
      names.push(keys.tag(tag))
      args.push(recordLife(longest, grace))
    }
    const [meta, outcome] = await this.#run<[Buffer, Buffer]>(this.#enqueue, names, args)
    return { meta: metas.parse(meta), outcome: String(outcome) as Enqueued['outcome'] }
  }

  async restore(key: string): Promise<boolean> {
    const { keys } = this.#plan
    const names = [keys.meta, keys.log, this.#waiting, keys.entry(key)]
    return Number(await this.#run<number | string>(restore, names, [key])) === 1
  }

  async take(
    consumer: string,
    idle: number,
    most: number,
    isSweep: boolean,
  ): Promise<readonly TakenWrite[]> {
    const { writer } = this.#plan
    const taken = await this.#run<[Buffer, Buffer, Buffer][]>(
      take,
      [this.#waiting, this.#stream],
      [consumer, writer, idle, most, isSweep ? 1 : 0],
    )
    return taken.map(([id, key, waits]) => ({
      id: id.toString('latin1'),
      key: key.toString(),
      number: waits.readDoubleBE(0),
      frame: waits.subarray(NAME_AT + (waits[NAME_AT - 1] as number)),
    }))
  }

  async renew(consumer: string, ids: readonly string[], idle: number): Promise<readonly boolean[]> {
    const kept = await this.#run<(number | string)[]>(
      renew,
      [this.#stream],
      [consumer, idle, ...ids],
    )
    return kept.map((is) => Number(is) === 1)
  }

  async settle(consumer: string, writes: readonly TakenWrite[]): Promise<number> {
    const args: Argument[] = [consumer]
    for (const { id, key, number } of writes) args.push(id, key, String(number))
    return Number(await this.#run<number | string>(settle, [this.#waiting, this.#stream], args))
  }

  async bury(
    consumer: string,
    most: number,
    { id, key, number, frame }: TakenWrite,
    error: string,
    attempts: number,
  ): Promise<'buried' | 'full' | 'lost'> {
    const outcome = await this.#run<Buffer>(
      bury,
      [this.#waiting, this.#stream, this.#letters],
      [consumer, most, id, key, String(number), error, attempts, frame],
    )
    return String(outcome) as 'buried' | 'full' | 'lost'
  }

  async state(asksEviction: boolean): Promise<QueueState> {
    const [depth, taken, oldest, last, now, deadLetters, eviction] = (
      await this.#run<(Buffer | number)[]>(
        queueState,
        [this.#waiting, this.#stream, this.#letters],
        [asksEviction ? 1 : 0],
      )
    ).map(String) as [string, string, string, string, string, string, string]
    return {
      depth: Number(depth),
      taken: Number(taken),
      oldest: Number(oldest),
      last: Number(last),
      lag: oldest === '0' ? 0 : Math.max(0, (Number(now) - Number(oldest)) / 1_000),
      deadLetters: Number(deadLetters),
      eviction,
    }
  }

  async letters(after: string, most: number): Promise<readonly StoredLetter[]> {
    const args = ['list', after, most]
    const entries = await this.#run<[Buffer, Buffer[]][]>(letters, [this.#letters], args)
    return entries.map(([id, [, key, , number, , error, , attempts, , frame]]) => ({
      id: String(id),
      key: String(key),
      number: Number(String(number)),
      error: String(error),
      attempts: Number(String(attempts)),
      frame: frame as Buffer,
    }))
  }

  async dropLetter(id: string): Promise<boolean> {
    return Number(await this.#run<number | string>(letters, [this.#letters], ['drop', id])) === 1
  }

  #run<T>(script: Script, names: readonly string[], args: readonly Argument[]): Promise<T> {
    return this.#plan.connection.run<T>(script, names, args)
  }
}
