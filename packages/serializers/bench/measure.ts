import { ratioOf } from './compare.ts'
import { bareJson, guardedPair, pairs, place, rawPair } from './pairs.ts'
import type { Library, Pair } from './pairs.ts'
import { embedding, payloads } from './payloads.ts'

/** One line of a table: what is compared, and the ratios. */
export interface Line {
  readonly labels: readonly string[]
  readonly ratios: readonly number[]
}

/** The lines of both tables as one process measures them. */
export interface Tables {
  readonly overLibrary: readonly Line[]
  readonly overJson: readonly Line[]
}

function compare({ codec }: Pair, library: Library, value: unknown): number[] {
  const ours = Buffer.from(codec.encode(value, place))
  const theirs = Buffer.from(library.encode(value))
  return [
    ratioOf(
      () => codec.encode(value, place),
      () => library.encode(value),
    ),
    ratioOf(
      () => codec.decode(ours, place),
      () => library.decode(theirs),
    ),
  ]
}

function overLibrary(pair: Pair): Line[] {
  // Below its threshold there is nothing to compare compressed() to.
  const sizes = pair.name.startsWith('compressed') ? ['100 KB'] : Object.keys(payloads)
  return sizes.map((size) => ({
    labels: [pair.name, pair.over, size],
    ratios: compare(pair, pair.library, payloads[size]),
  }))
}

function overJson(size: string, value: unknown, pair: Pair): Line {
  const bytes = pair.codec.encode(value, place).length / bareJson.encode(value).length
  return { labels: [size, pair.name], ratios: [bytes, ...compare(pair, bareJson, value)] }
}

const tables: Tables = {
  overLibrary: [
    ...[...pairs, guardedPair].flatMap(overLibrary),
    {
      labels: [rawPair.name, rawPair.over, 'embedding'],
      ratios: compare(rawPair, rawPair.library, embedding),
    },
  ],
  overJson: [
    ...Object.entries(payloads).flatMap(([size, value]) =>
      pairs.map((pair) => overJson(size, value, pair)),
    ),
    ...[...pairs, rawPair].map((pair) => overJson('embedding', embedding, pair)),
  ],
}
process.send?.(tables)
