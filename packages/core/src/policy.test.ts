import { describe, expect, test } from 'vitest'
import { ConfigError } from './errors.ts'
import { type CallOptions, Policies, checkName, checkTags } from './policy.ts'
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

  test('that are no array are refused, as a string would be many tags of one letter', () => {
    for (const tags of ['org:7', undefined, null, new Set(['a']), { length: 0 }]) {
      expect(() => checkTags(tags as unknown as string[])).toThrow(/tags must be an array/)
    }
  })
})

describe('a name', () => {
  test.each([
    ['a', 'a'],
    ['several words', 'user 42: cart'],
    ['what Redis or a pattern would read as its own', '{x}*?[]'],
    ['of any script', 'é日本語😀'],
    ['1,024 letters long', 'x'.repeat(1_024)],
    ['1,024 bytes long in letters of two', 'é'.repeat(512)],
    ['1,023 bytes long in letters of three', '日'.repeat(341)],
  ])('may be %s', (_, name) => {
    expect(() => checkName('a key', name)).not.toThrow()
  })

  test.each<[string, unknown, RegExp]>([
    ['empty', '', /a key must be a string that is not empty/],
    ['of another type', 42, /a key must be a string that is not empty \(got number\)/],
    ['absent', undefined, /a key must be a string/],
    ['a symbol', Symbol('k'), /a key must be a string/],
    ['a String object', new String('k'), /a key must be a string/],
    ['longer than 1,024 letters', 'x'.repeat(1_025), /at most 1024 bytes \(got 1025\)/],
    ['longer than 1,024 bytes', '日'.repeat(342), /at most 1024 bytes \(got 1026\)/],
    ['with a line feed', 'a\nb', /control characters .*got "a\\nb"/],
    ['with a zero', 'a\u0000', /control characters/],
    ['with a delete character', '\u007f', /control characters/],
    ['with the first half of a pair', 'a\ud83d', /lone surrogates/],
    ['with the second half of a pair', '\ude00a', /lone surrogates/],
    ['with the halves the wrong way round', '\ude00\ud83d', /lone surrogates/],
  ])('may not be %s', (_, name, message) => {
    const check = (): void => checkName('a key', name as string)
    expect(check).toThrow(ConfigError)
    expect(check).toThrow(message)
  })
})
