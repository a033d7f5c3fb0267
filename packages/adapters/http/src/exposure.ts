import type { Fields } from './fields.ts'

/**
 * Fields by which proxies tell how a request came in. Frameworks make URLs and redirects of them, so each one
 * that is there is part of the key: a made-up one harms its sender alone.
 */
export const ALWAYS_KEYED: readonly string[] = [
  'front-end-https',
  'x-forwarded-host',
  'x-forwarded-path',
  'x-forwarded-port',
  'x-forwarded-prefix',
  'x-forwarded-proto',
  'x-forwarded-protocol',
  'x-forwarded-scheme',
  'x-forwarded-server',
  'x-forwarded-ssl',
  'x-forwarded-uri',
  'x-host',
  'x-host-override',
  'x-http-host-override',
  'x-original-host',
  'x-url-scheme',
]

/** Fields that turn a request into another one: it is left alone. */
const TURNS_INTO_ANOTHER = [
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  'x-original-method',
  'x-original-uri',
  'x-original-url',
  'x-override-url',
  'x-rewrite-url',
] as const

/** Fields that name one client. Unless they are keyed, no handler sees them that answers for all. */
const NAMES_A_CLIENT = [
  'cf-connecting-ip',
  'client-ip',
  'fastly-client-ip',
  'forwarded',
  'true-client-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'x-forwarded-for',
  'x-real-ip',
] as const

/** Whether a field of the request asks for another method or target than its first line. */
export function isOverridden(headers: Fields): boolean {
  return TURNS_INTO_ANOTHER.some((name) => headers[name] !== undefined)
}

/** The fields that are part of the key although nobody chose them. */
export function impliedNames(headers: Fields): readonly string[] {
  return ALWAYS_KEYED.filter((name) => headers[name] !== undefined)
}

/** The fields that a handler whose response is stored must not see. */
export function hiddenNames(headers: Fields, keyed: readonly string[]): readonly string[] {
  return NAMES_A_CLIENT.filter((name) => headers[name] !== undefined && !keyed.includes(name))
}
