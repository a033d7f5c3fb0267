import fc from 'fast-check'
import { expect, test } from 'vitest'
import { includes, intersects, matcherOf, shapeOfGlob, shapeOfTemplate } from './glob.ts'
import { KeyTemplate } from '../families/key-template.ts'

const shape = (template: string, suffix = '') =>
  shapeOfTemplate(new KeyTemplate(template, suffix), '')

test.each([
  ['user:{id}', 'user:{name}', true],
  ['user:{id}', 'user:new', true],
  ['user:{id:number}', 'user:new', false],
  ['user:{id:number}', 'user:{name:string}', true],
  ['user:{id}', 'user:{id}:posts', false],
  ['{kind}:{id}', 'user:{id}', true],
  ['{kind}:{id}', '{id}', false],
  ['a:{x}:c', 'a:b:{y}', true],
  ['config', 'config', true],
  ['config', 'configs', false],
  ['é:{x}', 'ü:{x}', false],
])('%s and %s can make the same key: %s', (a, b, expected) => {
  expect(intersects(shape(a), shape(b))).toBe(expected)
  expect(intersects(shape(b), shape(a))).toBe(expected)
})

test('another version is another key', () => {
  expect(intersects(shape('user:{id}', '@1'), shape('user:{id}', '@2'))).toBe(false)
  expect(intersects(shape('user:{id}', '@1'), shape('user:{id}'))).toBe(false)
})

test.each([
  ['export:*', 'export:{id}', true],
  ['*', 'export:{id}', true],
  ['export:*', 'export:{id}:part:{n}', true],
  ['export:*:part:*', 'export:{id}:part:{n}', true],
  ['export:*:part:1', 'export:{id}:part:{n}', false],
  ['export:a*', 'export:{id}', false],
  ['exports:*', 'export:{id}', false],
])('%s has all keys of %s: %s', (pattern, template, expected) => {
  expect(includes(shapeOfGlob(pattern), shape(template))).toBe(expected)
})

test('a matcher, and the set of keys that it stands for, agree with the meaning of "*"', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ':'), maxLength: 8 })
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', ':', '*'), maxLength: 8 })
  fc.assert(
    fc.property(pattern, text, (glob, key) => {
      const expected = new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(key)
      expect(matcherOf(glob)(key)).toBe(expected)
      expect(intersects(shapeOfGlob(glob), shapeOfGlob(key))).toBe(expected)
      expect(includes(shapeOfGlob(glob), shapeOfGlob(key))).toBe(expected)
    }),
  )
})
