import { describe, expect, test } from 'vitest'
import { ConfigError } from './errors.ts'
import { checkName, checkTags } from './names.ts'

describe('tags', () => {
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
