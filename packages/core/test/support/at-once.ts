import { setImmediate as turn } from 'node:timers/promises'

/** Far more than any chain of promises needs, and far less than any timer or socket. */
const TURNS = 20

/** Whether `promise` settles without a wait: no timer and no answer from a socket is needed. */
export async function isAtOnce(promise: Promise<unknown>): Promise<boolean> {
  const settlement = promise.then(
    () => true,
    () => true,
  )
  return Promise.race([settlement, turns()])
}

async function turns(): Promise<false> {
  for (let i = 0; i < TURNS; i++) await turn()
  return false
}
