import diagnostics from 'node:diagnostics_channel'
import { inspect } from 'node:util'
import { Redis as Redis6 } from 'ioredis'
import { Redis as Redis5 } from 'ioredis-5'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { CHANNELS, createCache } from '../src/index.ts'
import { expectNoCrash } from './support/crashes.ts'
import { IS_OURS, Stage } from './support/stage.ts'
import { until } from './support/until.ts'

const stage = new Stage()
expectNoCrash()

const told: unknown[] = []
const note = (record: unknown): void => void told.push(record)

beforeEach(() => {
  told.length = 0
  for (const name of Object.values(CHANNELS)) diagnostics.subscribe(name, note)
})

afterEach(() => {
  for (const name of Object.values(CHANNELS)) diagnostics.unsubscribe(name, note)
})

/** All that a log could make of what was told: texts, and bytes. */
function shown(): string {
  return inspect(told, { depth: 20, maxArrayLength: null, maxStringLength: null })
}
const bytes = (text: string): string =>
  [...Buffer.from(text)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ')

const CLIENTS = [
  ['a URL', (url: string) => ({ redis: url, end: () => {} })],
  ['a client of ioredis 6', (url: string) => own(new Redis6(url))],
  ['a client of ioredis 5', (url: string) => own(new Redis5(url))],
] as const

function own(redis: Redis6 | Redis5): { redis: Redis6 | Redis5; end: () => void } {
  redis.on('error', () => {})
  return { redis, end: () => redis.disconnect() }
}

describe.runIf(IS_OURS).each(CLIENTS)('errors of %s', (_name, open) => {
  const urlOf = (password: string): string => {
    const url = new URL(stage.redis.url)
    Object.assign(url, { username: 'limited', password })
    return url.href
  }

  test('have no password, and say that it is wrong', async () => {
    await stage.admin.acl('SETUSER', 'limited', 'on', '>right', '~*', '&*', '+@all')
    const { redis, end } = open(urlOf('TheWrongOne'))
    const cache = createCache({ namespace: stage.namespace, redis })
    const refused = await cache.ready({ within: '1s' }).catch((error: unknown) => error)
    note(refused)
    await cache.close()
    end()
    expect(String(refused)).toContain('WRONGPASS')
    expect(shown()).not.toContain('TheWrongOne')
  })

  test('have no value, when Redis refuses the script that stores it', async () => {
    await stage.admin.acl('SETUSER', 'limited', 'on', '>right', '~*', '&*', '+@all')
    const { redis, end } = open(urlOf('right'))
    const cache = createCache({ namespace: stage.namespace, redis })
    await cache.ready()
    await stage.admin.acl('SETUSER', 'limited', '-set')
    note(await cache.set('k', 'TheValue', { strict: true }).catch((error: unknown) => error))
    note(await cache.update('k', () => 'TheValue').catch((error: unknown) => error))
    await cache.getOrSet('other', () => 'TheValue')
    await until('all to be refused', () => cache.stats().l2.errors > 2)
    await stage.admin.acl('SETUSER', 'limited', '+set')
    await cache.close()
    end()
    expect(shown()).toContain('evalsha')
    expect(shown()).not.toContain('TheValue')
    expect(shown()).not.toContain(bytes('TheValue'))
  })
})
