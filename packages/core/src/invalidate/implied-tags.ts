// Tags that no caller can name, since those have no control characters.
const NAMESPACE = '\u0001'
const FAMILY = '\u0002'
/** Invalidated when what is said for all instances changes. */
export const SETTINGS_TAG = '\u0003'

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const RESERVED = /^[\u0001-\u0003]/

/** Whether a key or tag is one that no caller can name: of settings, a namespace, a family. */
export function isReserved(name: string): boolean {
  return RESERVED.test(name)
}

/** The tag that every entry of a namespace carries. */
export function namespaceTag(prefix: string): string {
  return NAMESPACE + prefix
}

/** The tag that every entry of the family `name` carries, in all its versions. */
export function familyTag(name: string): string {
  return FAMILY + name
}
