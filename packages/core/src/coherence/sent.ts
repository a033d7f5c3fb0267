import { readFileSync, readlinkSync } from 'node:fs'

/**
 * Names the clock that `process.hrtime` reads, where other processes read the same one: on Linux that
 * of the running kernel, seen from one time namespace. Elsewhere two processes' clocks are never compared.
 */
function clockName(): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    return `${boot}/${readlinkSync('/proc/self/ns/time').replaceAll(/\D/g, '')}`
  } catch {
    return null // another system, or one that hides it: lag is told by beats alone
  }
}

/** Read when it is first needed; null where there is none. */
let known: string | null | undefined

function clock(): string | null {
  if (known === undefined) known = clockName()
  return known
}

const now = (): number => Number(process.hrtime.bigint()) / 1e6

/** By which cache something is sent, and when, if there is a clock with a name. */
export function sentBy(cache: string): string {
  const named = clock()
  return named === null ? `${cache} ` : `${cache} ${named}:${now().toFixed(3)}`
}

export function isSentBy(cache: string, sent: string): boolean {
  return sent.startsWith(`${cache} `)
}

/** Milliseconds since `sent`, if that was by this clock. */
export function sinceSent(sent: string): number | undefined {
  const named = clock()
  const at = sent.slice(sent.indexOf(' ') + 1)
  if (named === null || !at.startsWith(`${named}:`)) return undefined
  const ms = now() - Number(at.slice(named.length + 1))
  return ms >= 0 ? ms : undefined
}
