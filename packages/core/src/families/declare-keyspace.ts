import { shown } from '../duration.ts'
import { ConfigError } from '../errors.ts'
import { Family } from './family.ts'
import { shapeOfTemplate } from '../invalidate/glob.ts'
import { familyTag } from '../invalidate/implied-tags.ts'
import { KeyTemplate } from './key-template.ts'
import type { KeyspaceOptions } from './keyspace-options.ts'
import { Keyspace } from './keyspace.ts'
import { checkTags } from '../names.ts'
import { checkMaxBatch } from '../read/read-options.ts'
import type { Scope } from '../scope.ts'
import { checkCodec, checkIsolation, checkObject, flag } from '../checks.ts'
import { resolveLife } from '../settings.ts'

/** Makes the keyspace of `template`, or gives back the one that was declared so before. */
export function declareKeyspace(
  scope: Scope,
  template: string,
  options: KeyspaceOptions,
): Keyspace {
  const { engine, prefix } = scope
  const { context, families } = engine
  const { settings } = context
  const owner = `keyspace "${template}"`
  checkObject(owner, options)
  const {
    version,
    tags: own,
    codec,
    isolation,
    load,
    loadMany,
    maxBatch,
    gather,
    writer,
    ...life
  } = options
  const parsed = new KeyTemplate(template, versionSuffix(owner, version))
  const name = prefix + template
  const shape = shapeOfTemplate(parsed, prefix)
  const declared = families.find(name, shape, options)
  if (declared !== undefined) return declared
  const resolved = resolveLife(owner, life, settings.life)
  if (own !== undefined && typeof own !== 'function') checkTags(own)
  checkLoader(owner, 'load', load)
  checkLoader(owner, 'loadMany', loadMany)
  if (maxBatch !== undefined) checkMaxBatch(`${owner}.maxBatch`, maxBatch)
  if (writer !== undefined) checkObject(`${owner}.writer`, writer)
  checkGather(owner, gather, loadMany)
  const family = new Family(
    {
      ...settings,
      family: name,
      codec: codec === undefined ? settings.codec : checkCodec(`${owner}.codec`, codec),
      isolation:
        isolation === undefined
          ? settings.isolation
          : checkIsolation(`${owner}.isolation`, isolation),
    },
    name,
  )
  const tag = familyTag(name)
  const implied = typeof own === 'object' ? [tag, ...own] : [tag]
  const keyspace = new Keyspace({
    owner,
    declared: { ...resolved, enabled: true },
    scopeWith: (live) => scope.of(family, implied, live),
    live: engine.live,
    family,
    template: parsed,
    tag,
    options,
  })
  context.families.push(family)
  families.add({ name, shape, options, keyspace, family, prefix, template: parsed })
  return keyspace
}

function versionSuffix(owner: string, version: unknown): string {
  if (version === undefined) return ''
  if (typeof version !== 'number' || !Number.isSafeInteger(version) || version < 0) {
    throw new ConfigError(`${owner}.version must be a whole number from 0 (got ${shown(version)})`)
  }
  return `@${version}`
}

function checkGather(owner: string, gather: unknown, loadMany: unknown): void {
  if (gather !== undefined && flag(`${owner}.gather`, gather) && loadMany === undefined) {
    throw new ConfigError(`${owner}.gather needs loadMany`)
  }
}

function checkLoader(owner: string, option: string, loader: unknown): void {
  if (loader !== undefined && typeof loader !== 'function') {
    throw new ConfigError(`${owner}.${option} must be a function (got ${shown(loader)})`)
  }
}
