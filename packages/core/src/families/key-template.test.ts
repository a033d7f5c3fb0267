import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ConfigError } from '../errors.ts'
import { KeyTemplate } from './key-template.ts'

const template = new KeyTemplate('validator:{id}:snapshot:{timestamp}')
const parameter = fc.oneof(
  fc.string({ minLength: 1, unit: 'grapheme' }),
  fc.string({ minLength: 1, unit: fc.constantFrom(':', '%', '*', '@', '2', 'A', 'a', '-', '?') }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.bigInt(),
  fc.boolean(),
)

describe('a key', () => {
  test('has its parameters in their places', () => {
    expect(template.key({ id: 5, timestamp: 17n })).toBe('validator:5:snapshot:17')
    expect(template.key({ timestamp: 'x', id: true })).toBe('validator:true:snapshot:x')
    expect(new KeyTemplate('config').key({})).toBe('config')
    expect(new KeyTemplate('user:{id}', '@2').key({ id: 1 })).toBe('user:1@2')
  })

  test('differs where a parameter differs as text', () => {
    fc.assert(
      fc.property(parameter, parameter, parameter, parameter, (a, b, c, d) => {
        const one = template.key({ id: a, timestamp: b })
        const other = template.key({ id: c, timestamp: d })
        expect(one === other).toBe(String(a) === String(c) && String(b) === String(d))
      }),
    )
  })

  test('is taken apart into what it was made of', () => {
    fc.assert(
      fc.property(parameter, parameter, (id, timestamp) => {
        const key = template.key({ id, timestamp })
        expect(template.parse(key)).toEqual({ id: String(id), timestamp: String(timestamp) })
      }),
    )
  })

  test('has no separator, wildcard, space or brace of a parameter', () => {
    fc.assert(
      fc.property(parameter, (id) => {
        expect(new KeyTemplate('{id}').key({ id })).toMatch(/^[\w.~!'()%-]+$/)
      }),
    )
    expect(template.key({ id: '1:snapshot:2', timestamp: '*' })).toBe(
      'validator:1%3Asnapshot%3A2:snapshot:%2A',
    )
  })

  test('of kinds gives back values of the kinds', () => {
    const typed = new KeyTemplate('{n:number}/{b:bigint}/{f:boolean}/{s:string}')
    fc.assert(
      fc.property(
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.bigInt(),
        fc.boolean(),
        (n, b, f) => {
          const key = typed.key({ n, b, f, s: '1' })
          expect(typed.parse(key)).toEqual({ n: n === 0 ? 0 : n, b, f, s: '1' })
        },
      ),
    )
  })

  test('of another template, or in another spelling, is not taken apart', () => {
    for (const key of [
      'validator:5',
      'validator::snapshot:1',
      'xvalidator:5:snapshot:1',
      'validator:%:snapshot:1',
      'validator:%41:snapshot:1',
    ])
      expect(template.parse(key)).toBeUndefined()
    expect(new KeyTemplate('user:{id:number}').parse('user:007')).toBeUndefined()
    expect(new KeyTemplate('user:{id}').parse('user:1@2')).toBeUndefined()
  })
})

describe('a hashed parameter', () => {
  const hashed = new KeyTemplate('search:{query:hash}')

  test('is one for equal structures, whatever the order of their properties', () => {
    const key = hashed.key({ query: { a: 1, b: [{ c: 2, d: undefined }] } })
    expect(key).toMatch(/^search:[\w-]{22}$/)
    expect(hashed.key({ query: { b: [{ c: 2 }], a: 1 } })).toBe(key)
  })

  test('has the documented value', () => {
    // SHA-256 of {"a":1,"b":[true,null,"x",2n,d0]}
    expect(hashed.key({ query: { b: [true, null, 'x', 2n, new Date(0)], a: 1 } })).toBe(
      'search:FHEOkVuTKEh9j0kr2LB2SO',
    )
  })

  test('differs where the structure differs', () => {
    const values = [
      1,
      '1',
      1n,
      true,
      'true',
      null,
      'null',
      [],
      {},
      [1],
      ['1'],
      [[1]],
      { a: 1 },
      new Date(1),
      'd1',
      '',
      [null],
      { a: null },
    ]
    expect(new Set(values.map((query) => hashed.key({ query }))).size).toBe(values.length)
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const isSame = JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
        expect(hashed.key({ query: a }) === hashed.key({ query: b })).toBe(isSame)
      }),
    )
  })

  test.each([
    ['undefined', undefined, /"query" of "search:\{query:hash\}" is missing/],
    [
      'a function inside',
      { a: [() => 1] },
      /"search:\{query:hash\}"\.a\[0\] must be plain data \(got function\)/,
    ],
    ['NaN', [Number.NaN], /must be finite/],
    ['a Map', new Map(), /must be plain data \(got Map\)/],
    ['a hole', [1, , 2], /must be plain data \(got undefined\)/], // oxlint-disable-line no-sparse-arrays
    ['an invalid date', new Date(Number.NaN), /invalid date/],
  ])('may not be %s', (_, query, message) => {
    expect(() => hashed.key({ query })).toThrow(message)
    expect(() => hashed.key({ query })).toThrow(ConfigError)
  })

  test('may not hold itself', () => {
    const query: { self?: unknown } = {}
    query.self = query
    expect(() => hashed.key({ query })).toThrow(/nested more than 100 deep, or in itself/)
  })

  test('is left out of what a key is taken apart into', () => {
    const mixed = new KeyTemplate('{user}:search:{query:hash}')
    expect(mixed.parse(mixed.key({ user: 'u', query: [1] }))).toEqual({ user: 'u' })
  })
})

describe('a parameter', () => {
  test.each([
    ['missing', {}, 'parameter "id" of "user:{id}" is missing'],
    ['null', { id: null }, 'must be a string, number, bigint or boolean (got null)'],
    ['an object', { id: { a: 1 } }, '{id:hash} takes any plain data'],
    ['NaN', { id: Number.NaN }, 'must be finite (got NaN)'],
    ['infinite', { id: -Infinity }, 'must be finite (got -Infinity)'],
    ['empty', { id: '' }, 'parameter "id" of "user:{id}" must not be an empty string'],
    ['half a character', { id: '\ud800' }, 'must not have lone surrogates'],
  ])('that is %s is refused by name', (_, params, message) => {
    const make = () => new KeyTemplate('user:{id}').key(params)
    expect(make).toThrow(ConfigError)
    expect(make).toThrow(message)
  })

  test('of another kind is refused', () => {
    expect(() => new KeyTemplate('user:{id:number}').key({ id: '5' })).toThrow('must be a number')
  })
})

test.each([
  ['', /not empty/],
  ['user:{}', /\{\} must be \{name\} or \{name:kind\}/],
  ['user:{id:uuid}', /\{id:uuid\} must be .* kind one of string, number/],
  ['user:{id', /braces around parameters only/],
  ['user:id}', /braces around parameters only/],
  ['user:*:{id}', /no "\*"/],
  ['{a}{b}', /separator/],
  ['{a}-{b}', /separator/],
  ['{a}:{a}', /\{a\} twice/],
])('the template %s is refused', (text, message) => {
  expect(() => new KeyTemplate(text)).toThrow(message)
  expect(() => new KeyTemplate(text)).toThrow(ConfigError)
})

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  const members = Object.entries(value)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => [name, sorted(member)])
  return { members }
}
