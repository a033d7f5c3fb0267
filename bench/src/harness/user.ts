/** What is cached in most of these measurements: about 200 bytes of MessagePack. */
export interface User {
  readonly id: number
  readonly name: string
  readonly email: string
  readonly organization: string
  readonly roles: readonly string[]
  readonly plan: { readonly name: string; readonly seats: number; readonly trial: boolean }
  readonly createdAt: number
  readonly isActive: boolean
}

export function userOf(id: number): User {
  return {
    id,
    name: `User number ${id}`,
    email: `user-${id}@example.com`,
    organization: `Organization ${id % 97}`,
    roles: ['reader', 'editor'],
    plan: { name: 'business', seats: 25, trial: false },
    createdAt: 1_700_000_000_000 + id,
    isActive: id % 3 !== 0,
  }
}

export function keyOf(id: number): string {
  return `user:${id}`
}

/** What most of these measurements ask for in turn: call `i` for the key `i & 1_023`. */
export const KEYS: readonly string[] = Array.from({ length: 1_024 }, (_, id) => keyOf(id))
