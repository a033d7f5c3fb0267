import { CodecError } from '../src/index.ts'
import { mutate } from './mutate.ts'
import { seededRandom } from './random.ts'
import { SECRET, place } from './targets.ts'
import type { Target } from './targets.ts'

/** How many payloads were read as some value, and how many were refused. */
export interface Tally {
  read: number
  refused: number
}

const PROTOTYPES = [Object, Array, Map, Set, Function, Error, Date, Uint8Array, Buffer].map(
  ({ prototype }): object => prototype,
)

/** Decodes `count` mutated payloads; throws at the first that does anything but read or refuse. */
export function fuzzBatch(targets: readonly Target[], seed: number, count: number): Tally {
  const random = seededRandom(seed)
  const tally: Tally = { read: 0, refused: 0 }
  const before = ownKeysOfPrototypes()
  for (let n = 0; n < count; n++) {
    const target = random.pick(targets)
    const bytes = mutate(random.pick(target.payloads), random, random.pick(target.payloads))
    const hex = bytes.toString('hex')
    try {
      tally[attempt(target, bytes)]++
    } catch (error) {
      throw new Error(`${target.codec.name}, seed ${seed}, payload ${n}: ${hex}`, { cause: error })
    }
  }
  if (ownKeysOfPrototypes() !== before) throw new Error(`seed ${seed}: a prototype was changed`)
  return tally
}

function attempt({ codec }: Target, bytes: Buffer): keyof Tally {
  let value: unknown
  try {
    value = codec.decode(bytes, place)
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
    if (`${error.stack}`.includes(SECRET))
      throw new Error('an error quotes its input', { cause: error })
    return 'refused'
  }
  if (ArrayBuffer.isView(value)) return 'read'
  if (Object.getPrototypeOf(Object.assign({}, value)) !== Object.prototype)
    throw new Error('copying the value changes a prototype')
  return 'read'
}

function ownKeysOfPrototypes(): string {
  return PROTOTYPES.map((prototype) => Reflect.ownKeys(prototype).map(String).join()).join()
}
