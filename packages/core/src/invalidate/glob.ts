import type { Kind } from '../families/key-params.ts'
import type { TemplateParts } from '../families/key-template.ts'

/** One step of a shape: a character of a class, once, or any number of times. */
interface Step {
  readonly accepts: (character: string) => boolean
  readonly repeats: boolean
  /** The one that a literal names. */
  readonly character?: string
}

/** A set of keys: those of a template, or those that match a pattern with `*`. */
export type Shape = readonly Step[]

// What a filled-in parameter of each kind can hold; wider than it is, which refuses too much at worst.
const CLASSES: Readonly<Record<Kind | 'any', RegExp>> = {
  any: /[\w.~!'()%-]/,
  string: /[\w.~!'()%-]/,
  number: /[\d.e%B-]/,
  bigint: /[\d-]/,
  boolean: /[aeflrstu]/,
  hash: /[\w-]/,
}
/** Stands for all characters that no literal names. */
const OTHER = '\u{10ffff}'
const ASCII = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i))

export function shapeOfTemplate({ literals, kinds }: TemplateParts, prefix: string): Shape {
  const steps = characters(prefix)
  literals.forEach((literal, i) => {
    steps.push(...characters(literal))
    if (i === literals.length - 1) return
    const { [kinds[i] ?? 'any']: allowed } = CLASSES
    const accepts = (character: string): boolean => allowed.test(character)
    steps.push({ accepts, repeats: false }, { accepts, repeats: true })
  })
  return steps
}

export function shapeOfGlob(pattern: string): Shape {
  const any: Step = { accepts: () => true, repeats: true }
  return pattern
    .split('*')
    .flatMap((literal, i) => (i === 0 ? [] : [any]).concat(characters(literal)))
}

/** Whether some key is in both. */
export function intersects(a: Shape, b: Shape): boolean {
  return compared(a, b).meets
}

/** Whether every key of `part` is in `whole`. */
export function includes(whole: Shape, part: Shape): boolean {
  return !compared(part, whole).misses
}

/** Reads all keys of `part` at once beside `whole`: whether one is in it, and whether one is not. */
function compared(
  part: Shape,
  whole: Shape,
): { readonly meets: boolean; readonly misses: boolean } {
  const alphabet = alphabetOf([...part, ...whole])
  const seen = new Set<string>()
  const open: (readonly [at: number, beside: readonly number[]])[] = []
  const visit = (at: number, beside: readonly number[]): void => {
    const state = `${at}|${beside.join()}`
    if (!seen.has(state)) open.push([at, beside])
    seen.add(state)
  }
  for (const at of closure(part, 0)) visit(at, closure(whole, 0))
  let meets = false
  let misses = false
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const [at, beside] = state
    if (at === part.length) {
      if (beside.includes(whole.length)) meets = true
      else misses = true
    }
    for (const character of alphabet) {
      const after = next(part, at, character)
      if (after.length === 0) continue
      const left = new Set(beside.flatMap((i) => next(whole, i, character)))
      if (left.size === 0) misses = true // from anywhere there is a way to the end
      else
        for (const i of after)
          visit(
            i,
            [...left].toSorted((x, y) => x - y),
          )
    }
  }
  return { meets, misses }
}

/** A test for `pattern`, in which `*` stands for any number of any characters: linear, without a regular expression. */
export function matcherOf(pattern: string): (key: string) => boolean {
  const [first = '', ...rest] = pattern.split('*')
  const last = rest.pop()
  if (last === undefined) return (key) => key === pattern
  return (key) => {
    if (!key.startsWith(first) || !key.endsWith(last)) return false
    let at = first.length
    for (const part of rest) {
      const found = key.indexOf(part, at)
      if (found === -1) return false
      at = found + part.length
    }
    return at <= key.length - last.length
  }
}

function characters(literal: string): Step[] {
  return Array.from(literal, (character) => ({
    accepts: (other) => other === character,
    repeats: false,
    character,
  }))
}

/** Where a reader of `shape` may be without reading on. */
function closure(shape: Shape, from: number): readonly number[] {
  const reached = [from]
  for (let i = from; shape[i]?.repeats === true; i++) reached.push(i + 1)
  return reached
}

function next(shape: Shape, at: number, character: string): readonly number[] {
  const step = shape[at]
  if (step === undefined || !step.accepts(character)) return []
  return closure(shape, step.repeats ? at : at + 1)
}

/** One character of each class that the steps tell apart. */
function alphabetOf(steps: readonly Step[]): readonly string[] {
  const classes = new Map<string, string>()
  const own = steps.flatMap(({ character }) => character ?? [])
  for (const character of [...ASCII, ...own, OTHER]) {
    const signature = steps.map(({ accepts }) => (accepts(character) ? '1' : '0')).join('')
    if (!classes.has(signature)) classes.set(signature, character)
  }
  return [...classes.values()]
}
