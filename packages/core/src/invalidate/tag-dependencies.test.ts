import { describe, expect, test } from 'vitest'
import { ConfigError } from '../errors.ts'
import { type TagDependency, TagDependencies } from './tag-dependencies.ts'

const expand = (declared: Record<string, TagDependency[]>, ...tags: string[]) =>
  new TagDependencies(declared).expand(tags)

describe('what hangs on a tag', () => {
  test('is added with its parameters, and what hangs on that', () => {
    const declared = {
      'org:{id}': ['org-projects:{id}'],
      'org-projects:{id}': ['documents-of:{id}', 'search'],
      search: ['autocomplete'],
    }
    expect(expand(declared, 'org:7', 'other')).toEqual([
      'org:7',
      'other',
      'org-projects:7',
      'documents-of:7',
      'search',
      'autocomplete',
    ])
    expect(expand(declared, 'organ:7')).toEqual(['organ:7'])
  })

  test('is told apart at once, however often a tag could be cut', () => {
    const declared = { 'a:{v}:{w}:{x}:{y}:{z}!': ['b'] }
    const tag = `a${':'.repeat(1_000)}`
    expect(expand(declared, tag)).toEqual([tag])
    expect(expand(declared, `${tag}!`)).toEqual([`${tag}!`, 'b'])
    expect(expand(declared, 'a:::::::::')).toHaveLength(1)
  })

  test.each([
    ['a:{x}', 'a:', false],
    ['a:{x}', 'a:1', true],
    ['-{x}', '-anything', true],
    ['-{x}{y}', '-a', false],
    ['-{x}{y}', '-ab', true],
    ['a{x}a', 'aa', false],
    ['a{x}a', 'aaa', true],
    ['a{x}-{y}a', 'a-a', false],
    ['a{x}-{y}a', 'a---a', true],
    ['plain', 'plain', true],
    ['plain', 'plain ', false],
  ])('of %s: "%s", with one character for a parameter at least: %s', (rule, tag, isMatch) => {
    expect(expand({ [rule]: ['#'] }, tag)).toEqual(isMatch ? [tag, '#'] : [tag])
  })

  test('keeps a parameter as it was, whatever is in it', () => {
    expect(expand({ 'a:{x}:{y}': ['b:{y}/{x}'] }, 'a: 1*:2:{x}\\$&')).toEqual([
      'a: 1*:2:{x}\\$&',
      'b:2:{x}\\$&/ 1*',
    ])
  })

  test('may be a family', () => {
    expect(expand({ 'schema:{id}': [{ family: 'doc:{id}' }] }, 'schema:1')).toEqual([
      'schema:1',
      '\u0002doc:{id}',
    ])
  })

  test('is named once, though it hangs on two', () => {
    expect(expand({ a: ['c'], b: ['c'] }, 'a', 'b')).toEqual(['a', 'b', 'c'])
  })

  test('is limited', () => {
    const declared = { a: Array.from({ length: 500 }, (_, i) => `t${i}`) }
    expect(() => expand(declared, 'a')).toThrow('more than 500 tags hang on "a"')
    expect(expand({}, ...Array.from({ length: 600 }, (_, i) => `t${i}`))).toHaveLength(600)
  })
})

describe('a declaration', () => {
  test.each([
    [{ a: ['a'] }, 'a cycle, a → a'],
    [{ a: ['b'], b: ['c'], c: ['b'] }, 'a cycle, b → c → b'],
    [
      { 'project:{id}': ['documents:{id}'], 'documents:{d}': ['project:{d}'] },
      'a cycle, project:{id} → documents:{d} → project:{id}',
    ],
    [{ 'user:{id}': ['user:all'] }, 'a cycle, user:{id} → user:{id}'],
  ])('%o is a cycle', (declared, message) => {
    expect(() => new TagDependencies(declared)).toThrow(message)
    expect(() => new TagDependencies(declared)).toThrow(ConfigError)
  })

  test.each([
    [{ a: 'b' }, /tagDependencies\["a"\] must be an array/],
    [{ 'a:{x}': ['b:{y}'] }, /"a:\{x\}" has no \{y\}, which "b:\{y\}" needs/],
    [{ '{x}:{x}': [] }, /a parameter twice/],
    [{ a: [5] }, /a tag that hangs on "a" must be a string/],
    [{ a: [{ family: '' }] }, /a family in tagDependencies must be a string that is not empty/],
    [5, /must be an object/],
  ])('%o is refused', (declared, message) => {
    expect(() => new TagDependencies(declared as never)).toThrow(message)
  })

  test('of a long chain is no cycle', () => {
    const chain = Object.fromEntries(
      Array.from({ length: 100 }, (_, i) => [`t${i}:{x}`, [`t${i + 1}:{x}`]]),
    )
    expect(expand(chain, 't0:v')).toHaveLength(101)
  })
})
