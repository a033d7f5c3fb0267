import { HASH_LENGTH, hashOf } from './canonical.ts'
import { shown } from '../duration.ts'
import { ConfigError } from '../errors.ts'
import type { KeyParameter, Kind } from './key-params.ts'
import { checkName } from '../names.ts'

/** A part of a template that is filled in. */
interface Slot {
  readonly name: string
  readonly kind: Kind | undefined
}

const KINDS: readonly string[] = ['string', 'number', 'bigint', 'boolean', 'hash'] satisfies Kind[]
const MOST_SLOTS = 16
const SLOT = /^([A-Za-z_]\w*|\d+)(?::(\w+))?$/
/** What a filled-in parameter is made of; everything else in it is percent-encoded. */
const PLAIN = /^[\w.~!'()-]+$/
/** The same with the percent sign: no separator and no wildcard is among them. */
const FILLED = "[\\w.~!'()%-]+"
const SEPARATOR = /[^\w.~!'()%-]/
const SHAPES = {
  string: FILLED,
  number: '-?\\d[\\d.]*(?:e(?:%2B|-)\\d+)?',
  bigint: '-?\\d+',
  boolean: 'true|false',
  hash: `[\\w-]{${HASH_LENGTH}}`,
} as const satisfies Record<Kind, string>

/** A template's parts, for who compares it with others. */
export interface TemplateParts {
  /** One more than there are slots. */
  readonly literals: readonly string[]
  readonly kinds: readonly (Kind | undefined)[]
}

/**
 * A key with named gaps: `validator:{id}:snapshot:{timestamp}`. What fills a gap is encoded so that it
 * can hold no separator and no wildcard, and gaps are apart by a separator: two sets of parameters
 * that differ as text make two keys.
 */
export class KeyTemplate implements TemplateParts {
  readonly text: string
  readonly suffix: string
  readonly literals: readonly string[]
  readonly #slots: readonly Slot[]
  readonly #pattern: RegExp

  /**
   * `suffix` ends every key.
   *
   * @throws {ConfigError} naming what is wrong with the template
   */
  constructor(text: string, suffix = '') {
    checkName('a key template', text)
    const parts = text.split(/\{([^{}]*)\}/)
    const literals = parts.filter((_, i) => i % 2 === 0)
    this.text = text
    this.suffix = suffix
    this.#slots = parts.filter((_, i) => i % 2 === 1).map((slot) => parseSlot(text, slot))
    checkLiterals(text, literals)
    checkSlots(text, this.#slots)
    literals[literals.length - 1] += suffix
    this.literals = literals
    const shapes = this.#slots.map(({ kind }) => `(${SHAPES[kind ?? 'string']})`)
    this.#pattern = new RegExp(
      `^${literals.map((l, i) => escaped(l) + (shapes[i] ?? '')).join('')}$`,
    )
  }

  get kinds(): readonly (Kind | undefined)[] {
    return this.#slots.map(({ kind }) => kind)
  }

  /** @throws {ConfigError} naming the parameter that is missing or not what it has to be */
  key(params: object): string {
    const slots = this.#slots
    const literals = this.literals
    let key = literals[0] as string
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i] as Slot
      const value = (params as Record<string, unknown>)[slot.name]
      key +=
        (typeof value === 'number' && slot.kind === undefined && Number.isFinite(value)
          ? encoded(String(value))
          : this.#fill(slot, value)) + (literals[i + 1] as string)
    }
    return key
  }

  /** The parameters of `key`, hashed ones left out; `undefined` if this template does not make it. */
  parse(key: string): Record<string, KeyParameter> | undefined {
    const match = this.#pattern.exec(key)
    if (match === null) return undefined
    const params: Record<string, KeyParameter> = {}
    try {
      this.#slots.forEach(({ name, kind }, i) => {
        if (kind !== 'hash') params[name] = decoded(match[i + 1] as string, kind)
      })
      // One key has one spelling: what this template would not write, it does not read.
      return this.#slots.some(({ kind }) => kind === 'hash') || this.key(params) === key
        ? params
        : undefined
    } catch {
      return undefined // a percent sign that encodes nothing: not a key of ours
    }
  }

  #fill({ name, kind }: Slot, value: unknown): string {
    const what = `parameter "${name}" of "${this.text}"`
    if (value === undefined) throw new ConfigError(`${what} is missing`)
    if (kind === 'hash') return hashOf(what, value)
    const type = typeof value
    const isOfKind =
      kind === undefined
        ? type === 'string' || type === 'number' || type === 'bigint' || type === 'boolean'
        : type === kind
    if (!isOfKind) {
      const wanted = kind === undefined ? 'a string, number, bigint or boolean' : `a ${kind}`
      throw new ConfigError(
        `${what} must be ${wanted} (got ${shown(value)}); {${name}:hash} takes any plain data`,
      )
    }
    const text = `${value as KeyParameter}`
    if (type === 'number' && !Number.isFinite(value)) {
      throw new ConfigError(`${what} must be finite (got ${text})`)
    }
    if (value === '') throw new ConfigError(`${what} must not be an empty string`)
    try {
      return encoded(text)
    } catch {
      throw new ConfigError(`${what} must not have lone surrogates (got ${shown(value)})`)
    }
  }
}

function encoded(text: string): string {
  return PLAIN.test(text) ? text : encodeURIComponent(text).replaceAll('*', '%2A')
}

function decoded(text: string, kind: Kind | undefined): KeyParameter {
  const plain = decodeURIComponent(text)
  if (kind === 'number') return Number(plain)
  if (kind === 'bigint') return BigInt(plain)
  return kind === 'boolean' ? plain === 'true' : plain
}

function parseSlot(text: string, slot: string): Slot {
  const [, name, kind] = SLOT.exec(slot) ?? []
  if (name === undefined || (kind !== undefined && !KINDS.includes(kind))) {
    throw new ConfigError(
      `key template "${text}": {${slot}} must be {name} or {name:kind}, with kind one of ${KINDS.join(', ')}`,
    )
  }
  return { name, kind: kind as Kind | undefined }
}

function checkLiterals(text: string, literals: readonly string[]): void {
  for (const [i, literal] of literals.entries()) {
    if (/[{}*]/.test(literal)) {
      throw new ConfigError(
        `key template "${text}" must have no "*", and braces around parameters only`,
      )
    }
    if (i > 0 && i < literals.length - 1 && !SEPARATOR.test(literal)) {
      throw new ConfigError(
        `key template "${text}": a separator like ":" or "/" must stand between two parameters`,
      )
    }
  }
}

function checkSlots(text: string, slots: readonly Slot[]): void {
  if (slots.length > MOST_SLOTS) {
    throw new ConfigError(`key template "${text}" has more than ${MOST_SLOTS} parameters`)
  }
  const names = slots.map(({ name }) => name)
  const twice = names.find((name, i) => names.indexOf(name) !== i)
  if (twice !== undefined) throw new ConfigError(`key template "${text}" has {${twice}} twice`)
}

/** `literal` as a regular expression that means it as it is. */
function escaped(literal: string): string {
  return literal.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}
