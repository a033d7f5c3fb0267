import { describe, expect, test } from 'vitest'
import { ConfigError } from './errors.ts'
import { type CallOptions, Policies } from './policy.ts'
import { Family } from './families/family.ts'
import { resolveOptions } from './settings.ts'

function policies(defaults: object = {}, implied: readonly string[] = []): Policies {
  return new Policies(new Family(resolveOptions({ namespace: 'test', defaults })), implied)
}

describe('options of a call', () => {
  test('are resolved once for each options object, over the defaults of the cache', () => {
    const own = policies({ ttl: '1h', grace: '2h' })
    const options: CallOptions = { ttl: '1m', tags: ['a'] }
    const policy = own.of(options)
    expect(policy).toMatchObject({ ttl: 60_000, grace: 7_200_000, tags: ['a'] })
    expect(own.of(options)).toBe(policy)
    expect(own.of({ ...options })).not.toBe(policy)
    expect(own.of({ ...options })).toEqual(policy)
  })

  test('that are absent give the one standard policy', () => {
    const own = policies()
    expect(own.of(undefined)).toBe(own.standard)
    expect(own.of({})).toEqual(own.standard)
  })

  test('give a policy that is frozen, with its tags', () => {
    const policy = policies().of({ tags: ['a'] })
    expect(Object.isFrozen(policy) && Object.isFrozen(policy.tags)).toBe(true)
  })

  test('keep no tie to the tags that were given', () => {
    const tags = ['a']
    const policy = policies().of({ tags })
    tags.push('b')
    expect(policy.tags).toEqual(['a'])
  })

  test.each<[unknown, RegExp]>([
    [{ ttl: 'soon' }, /options\.ttl must be a duration/],
    [{ grace: -1 }, /options\.grace must be a duration/],
    [{ hardTimeout: NaN }, /options\.hardTimeout must be a duration/],
    [{ maxTtl: '1h' }, /options: unknown option "maxTtl"; known are ttl, /],
    [{ jitter: 0 }, /options: unknown option "jitter"/],
    [{ tags: 'a' }, /tags must be an array/],
    [{ tags: [''] }, /a tag must be a string that is not empty/],
    [{ tags: [5] }, /a tag must be a string/],
    [{ tags: ['a\n'] }, /a tag must not have control characters/],
    [null, /options must be an object/],
    ['5m', /options must be an object/],
  ])('%o are refused', (options, message) => {
    const own = policies()
    const resolve = (): unknown => own.of(options as CallOptions)
    expect(resolve).toThrow(ConfigError)
    expect(resolve).toThrow(message)
    expect(resolve).toThrow(message) // what is wrong is not remembered as right
  })
})

describe('the longest ttl', () => {
  test('cuts every duration that keeps a value, whether of the cache, the call or the loader', () => {
    const own = policies({ maxTtl: '1h', ttl: '1d', negativeTtl: '1d' })
    expect(own.standard).toMatchObject({ ttl: 3_600_000, negativeTtl: 3_600_000 })
    const policy = own.of({ ttl: Infinity, grace: '2d', staleWhileRevalidate: '3h' })
    expect(policy).toMatchObject({
      ttl: 3_600_000,
      grace: 3_600_000,
      staleWhileRevalidate: 3_600_000,
    })
    expect(own.over(policy, { ttl: '2h', grace: '2h' })).toMatchObject({
      ttl: 3_600_000,
      grace: 3_600_000,
    })
  })

  test('leaves the bounds on waits alone', () => {
    const policy = policies({ maxTtl: '1s' }).of({ softTimeout: '1m', hardTimeout: Infinity })
    expect(policy).toMatchObject({ softTimeout: 60_000, hardTimeout: Infinity })
  })
})

describe('what a loader chooses', () => {
  test('goes over the policy, and its tags beside those of the call', () => {
    const own = policies({ ttl: '1h' }, ['implied'])
    const policy = own.of({ tags: ['a'], hardTimeout: '5s' })
    const chosen = own.over(policy, { ttl: '1m', tags: ['b', 'a'] })
    expect(chosen).toEqual({ ...policy, ttl: 60_000, tags: ['implied', 'a', 'b'] })
    expect(own.over(policy, {})).toEqual(policy)
    expect(policy.tags).toEqual(['implied', 'a'])
  })

  test.each<[unknown, RegExp]>([
    [{ ttl: 'soon' }, /entry\.ttl must be a duration/],
    [{ tags: 'a' }, /tags must be an array/],
    [{ etag: 'x' }, /entry: unknown option "etag"/],
  ])('is checked as the options of a call are: %o', (options, message) => {
    const own = policies()
    expect(() => own.over(own.standard, options as CallOptions)).toThrow(message)
  })
})

describe('tags', () => {
  test('are kept once each, implied ones first', () => {
    const own = policies({}, ['implied'])
    expect(own.standard.tags).toEqual(['implied'])
    expect(own.of({ tags: ['b', 'a', 'b', 'implied'] }).tags).toEqual(['implied', 'b', 'a'])
  })

  test('are at most 1,000 on one entry, with what is implied and what the loader adds', () => {
    const tags = Array.from({ length: 1_000 }, (_, i) => `t${i}`)
    const own = policies()
    expect(own.of({ tags }).tags).toHaveLength(1_000)
    expect(() => own.of({ tags: [...tags, 'one more'] })).toThrow(/at most 1000 tags .*got 1001/)
    expect(() => own.over(own.of({ tags }), { tags: ['one more'] })).toThrow(/at most 1000 tags/)
    expect(() => policies({}, ['implied']).of({ tags })).toThrow(/at most 1000 tags/)
  })
})
