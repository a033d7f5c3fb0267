/** Enough items for the writes of one to be rare: the next write would hide a stale read. */
export const ITEMS = 240
/** Items with the same remainder are a group, which a tag invalidates. */
export const GROUPS = 12

/** A row of the database. Its version grows by one with each write. */
export interface Item {
  readonly id: number
  readonly version: number
  readonly text: string
}

/** What a write invalidates, once it is committed. */
export type Invalidates = 'key' | 'tag' | 'clear'

/** How an instance answers a write. */
export interface Written {
  readonly version: number
  readonly receipt: 'replicated' | 'everywhere' | 'here'
}

/** The id that a path such as `/items/7` names, if there is such an item. */
export function itemIn({ pathname }: URL): number | undefined {
  const id = Number(/^\/items\/(\d{1,6})$/.exec(pathname)?.[1] ?? Number.NaN)
  return id < ITEMS ? id : undefined
}

export function groupOf(id: number): number {
  return id % GROUPS
}
