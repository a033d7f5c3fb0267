/** The coherence checker, as a process: sees the instances as their callers do, over HTTP alone. */
import { type Ready, startedWith, tell } from '../parent.ts'
import { Observer } from './observer.ts'
import type { Target } from './roster.ts'
import { type Settled, settle } from './settle.ts'
import type { Tally } from './tally.ts'
import { traffic } from './traffic.ts'

/** What the checker is started with. */
export interface CheckerConfig {
  readonly seed: number
  readonly bound: number
}

/** What the checker is told. */
export type ToChecker =
  | { readonly type: 'up'; readonly target: Target }
  | { readonly type: 'down'; readonly incarnation: number }
  | { readonly type: 'begin' | 'end' | 'settle' }

/** What the checker tells. */
export type FromChecker =
  | { readonly type: 'tally'; readonly tally: Tally }
  | { readonly type: 'ended' }
  | { readonly type: 'settled'; readonly settled: Settled; readonly tally: Tally }

const TELL_EVERY = 200

const { seed, bound } = startedWith<CheckerConfig>(() => {})
const observer = new Observer(bound)
const { roster, tally } = observer
const ended = new AbortController()

process.on('message', (message: ToChecker) => {
  switch (message.type) {
    case 'up':
      return roster.up(message.target)
    case 'down':
      return roster.down(message.incarnation)
    case 'begin':
      return void begin()
    case 'end':
      return ended.abort()
    case 'settle':
      return void settle(observer, bound).then((settled) => {
        tell<FromChecker>({ type: 'settled', settled, tally })
      })
  }
})
tell<Ready>({ type: 'ready', port: 0 })

async function begin(): Promise<void> {
  const timer = setInterval(() => tell<FromChecker>({ type: 'tally', tally }), TELL_EVERY)
  await traffic(observer, seed, ended.signal)
  clearInterval(timer)
  tell<FromChecker>({ type: 'ended' })
}
