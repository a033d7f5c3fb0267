import { hash } from 'node:crypto'
import { type Fields, fieldOf, tokensOf } from './fields.ts'

/** Most fields that one response may vary by. */
const MOST_NAMES = 8
const LONGEST_NAME = 64
/** Fields whose values are lists of tokens: case and blanks say nothing in them. */
const LISTS = new Set(['accept', 'accept-charset', 'accept-encoding', 'accept-language'])

/**
 * The fields that a response varies by (RFC 9111 §4.1), in order; `undefined` where it can't be stored: it
 * varies by everything, or by more than is sensible. What it shows to depend on counts, also if it does not say so.
 */
export function varyNames(fields: Fields): readonly string[] | undefined {
  const names = [...new Set([...tokensOf(fieldOf(fields, 'vary')), ...shown(fields)])].toSorted()
  return names.length > MOST_NAMES || names.some(isEndless) ? undefined : names
}

/** An origin that is let in, and an encoding, were chosen by fields of the request. */
function shown(fields: Fields): readonly string[] {
  const names: string[] = []
  if ((fieldOf(fields, 'access-control-allow-origin') ?? '*') !== '*') names.push('origin')
  if (fields['content-encoding'] !== undefined) names.push('accept-encoding')
  return names
}

function isEndless(name: string): boolean {
  return name === '*' || name.length > LONGEST_NAME
}

/** The part of a key that tells apart requests by the fields `names`; `''` where there are none. */
export function varyPart(names: readonly string[], fields: Fields): string {
  if (names.length === 0) return ''
  // Absent and empty are not the same; a JSON array keeps the values apart.
  const values = names.map((name) => [name, normalized(name, fieldOf(fields, name)) ?? null])
  return hash('sha256', JSON.stringify(values), 'base64url')
}

function normalized(name: string, value: string | undefined): string | undefined {
  if (value === undefined || !LISTS.has(name)) return value?.trim()
  return tokensOf(value).join(',').replaceAll(/\s/g, '')
}
