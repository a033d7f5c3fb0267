import type { Peer } from './peer.ts'
import type { Lab } from './lab.ts'

/** One cell of the table. */
export interface Finding {
  /** The row: what was measured. The same words for all peers. */
  readonly what: string
  readonly peer: string
  /** Median and worst of the rounds, or what else there is to say. */
  readonly said: string
  /** What each round gave: milliseconds, loads, or a ratio. */
  readonly rounds: readonly number[]
  /** Whether it is what one wants of a cache; `undefined`: a number alone. */
  readonly holds?: boolean
}

export interface Scenario {
  /** What `--only` calls it. */
  readonly name: string
  readonly about: string
  /** All peers at once, since some things can only be compared in turns. */
  run(peers: readonly Peer[], lab: Lab): Promise<readonly Finding[]>
}

/** A scenario for each peer by itself, on a Redis of its own; all at once, since most of it is waiting. */
export function each(
  name: string,
  about: string,
  one: (peer: Peer, lab: Lab) => Promise<readonly Finding[]>,
): Scenario {
  return {
    name,
    about,
    async run(peers, lab) {
      const findings = await Promise.all(
        peers.map(async (peer) => {
          const found = await one(peer, lab)
          lab.say(`  ${peer.name}`)
          return found
        }),
      )
      return findings.flat()
    },
  }
}
