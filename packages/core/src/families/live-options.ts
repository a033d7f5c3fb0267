import type { LifeOptions } from '../options.ts'
import { checkObject, flag } from '../checks.ts'
import { type ResolvedLife, resolveLife } from '../settings.ts'

/** What can be changed of a family while it is used; `undefined` goes back to what holds otherwise. */
export type LiveOptions = {
  readonly [K in keyof LifeOptions]?: LifeOptions[K] | undefined
} & {
  /** `false`: every read goes to the loader, and nothing is kept. */
  readonly enabled?: boolean | undefined
}

/** What holds for a family now, in milliseconds. */
export interface KeyspaceSettings extends ResolvedLife {
  readonly enabled: boolean
}

/** `options` over `base`. @throws {ConfigError} for an option that is unknown or not what it has to be */
export function resolveLive(
  owner: string,
  options: LiveOptions,
  base: KeyspaceSettings,
): KeyspaceSettings {
  checkObject(owner, options)
  const { enabled = base.enabled, ...life } = options
  flag(`${owner}.enabled`, enabled)
  const { enabled: _, ...baseLife } = base
  return { ...resolveLife(owner, life as LifeOptions, baseLife), enabled }
}

/** `changes` over `options`; what is `undefined` is gone. */
export function merged(options: LiveOptions, changes: LiveOptions): LiveOptions {
  const all = Object.entries({ ...options, ...changes })
  return Object.fromEntries(all.filter(([, value]) => value !== undefined))
}
