import type { Engine } from '../engine.ts'
import { shown } from '../duration.ts'
import { ConfigError } from '../errors.ts'
import { matcherOf } from '../invalidate/glob.ts'
import { isReserved } from '../invalidate/implied-tags.ts'
import { checkName } from '../names.ts'
import { knownOnly } from '../checks.ts'

/** Which keys are listed, and from where on. */
export interface KeysOptions {
  /** What they match; `*` stands for any characters. @default '*' */
  readonly pattern?: string
  /** Name of the family that they are of, instead of a pattern. */
  readonly family?: string
  /** The `cursor` of the page before. */
  readonly cursor?: string
  /** About how many are looked for, 1 to 1,000; a page may have some more, fewer, or none. @default 100 */
  readonly limit?: number
}

/** A part of the keys. */
export interface KeyPage {
  /** In no order. One may come on two pages, and one that was stored meanwhile on none. */
  readonly keys: readonly string[]
  /** For the next page; absent: there is none. */
  readonly cursor?: string
}

/** A test for the keys that are wanted, and a pattern that matches them and few others. */
interface Wanted {
  readonly glob: string
  readonly accepts: (name: string) => boolean
}

const MOST_KEYS = 1_000
/** Looks at Redis for one page, and the most keys that each goes through, about. */
const MOST_LOOKS = 20
const LOOK = 500
const CURSOR = /^(\d{1,5})\.(\d{1,20})\.([\w-]{0,16})$/
const L1_CURSOR = /^l1\.([\w-]+)$/

/** One page of the stored keys that begin with `prefix`: of L2, or without Redis of L1. */
export async function listKeys(
  engine: Engine,
  prefix: string,
  options: KeysOptions,
): Promise<KeyPage> {
  knownOnly('options', options, ['pattern', 'family', 'cursor', 'limit'])
  const { limit = 100, cursor } = options
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_KEYS) {
    throw new ConfigError(`limit must be an integer from 1 to ${MOST_KEYS} (got ${shown(limit)})`)
  }
  const wanted = wantedOf(engine, prefix, options)
  return engine.shards[0]?.shared === undefined
    ? ofL1(engine, prefix, wanted, limit, cursor)
    : ofL2(engine, prefix, wanted, limit, cursor)
}

function wantedOf(engine: Engine, prefix: string, { pattern, family }: KeysOptions): Wanted {
  if (family !== undefined) {
    if (pattern !== undefined) throw new ConfigError('give pattern or family, not both')
    const keys = family.startsWith(prefix) ? engine.families.keysOf(family) : undefined
    if (keys === undefined) throw new ConfigError(`there is no family ${shown(family)}`)
    return keys
  }
  if (pattern !== undefined) checkName('a pattern', pattern)
  const glob = prefix + (pattern ?? '*')
  const matches = matcherOf(pattern ?? '*')
  const accepts = (name: string): boolean =>
    name.startsWith(prefix) && !isReserved(name) && matches(name.slice(prefix.length))
  return { glob, accepts }
}

/**
 * Goes on with `SCAN` where the last page ended. Its cursor means nothing to another server: there the
 * shard is begun anew, so that nothing is left out.
 */
async function ofL2(
  { shards }: Engine,
  prefix: string,
  { glob, accepts }: Wanted,
  limit: number,
  cursor: string | undefined,
): Promise<KeyPage> {
  const [, first = '0', place = '0', server = ''] = matched(CURSOR, cursor, '0.0.')
  let [index, at, inc] = [Number(first), place, server]
  const keys = new Set<string>()
  for (let looks = 0; looks < MOST_LOOKS && keys.size < limit; looks++) {
    const shared = shards[index]?.shared
    if (shared === undefined) break
    const found = await shared.l2.scan('entry', at, glob, Math.min(limit, LOOK))
    shared.watch.noticed(found.meta)
    const answering = found.meta?.inc ?? ''
    const isSame = at === '0' || answering === inc
    if (isSame) for (const name of found.keys.filter(accepts)) keys.add(name.slice(prefix.length))
    at = isSame ? found.cursor : '0'
    inc = answering
    if (isSame && at === '0') index++
  }
  const page = { keys: [...keys] }
  return index < shards.length ? { ...page, cursor: `${index}.${at}.${inc}` } : page
}

function ofL1(
  { l1 }: Engine,
  prefix: string,
  { accepts }: Wanted,
  limit: number,
  cursor: string | undefined,
): KeyPage {
  const [, encoded] = cursor === undefined ? [] : matched(L1_CURSOR, cursor, '')
  const after = encoded === undefined ? '' : Buffer.from(encoded, 'base64url').toString()
  const names = l1.keys().filter((name) => name > after && accepts(name))
  const part = names.toSorted(byText).slice(0, limit)
  const page = { keys: part.map((name) => name.slice(prefix.length)) }
  const last = part.at(-1)
  if (last === undefined || part.length === names.length) return page
  return { ...page, cursor: `l1.${Buffer.from(last).toString('base64url')}` }
}

function byText(a: string, b: string): number {
  return a < b ? -1 : 1
}

function matched(pattern: RegExp, cursor: string | undefined, start: string): RegExpExecArray {
  const match = pattern.exec(cursor ?? start)
  if (match === null) throw new ConfigError(`cursor is none of this cache (got ${shown(cursor)})`)
  return match
}
