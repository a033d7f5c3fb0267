// Tags that no caller can name, since those have no control characters.
const NAMESPACE = '\u0001'
const FAMILY = '\u0002'
/** Invalidated when what is said for all instances changes. */
export const SETTINGS_TAG = '\u0003'

/** The tag that every entry of a namespace carries. */
export function namespaceTag(prefix: string): string {
  return NAMESPACE + prefix
}

/** The tag that every entry of the family `name` carries, in all its versions. */
export function familyTag(name: string): string {
  return FAMILY + name
}
