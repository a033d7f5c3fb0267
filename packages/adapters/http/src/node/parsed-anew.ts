/**
 * Whether a query that was parsed before the handler's target was known has to be parsed anew: not if the parameters
 * are the same in another order, and what was made of them does not depend on that.
 */
export function isParsedAnew(query: unknown, before: string, after: string): boolean {
  return !isFlat(query) || pairsOf(before) !== pairsOf(after)
}

/** Texts, and lists of them, by their names. */
function isFlat(query: unknown): boolean {
  return Object.values(Object(query) as object).every((value) => [value].flat().every(isText))
}

function isText(value: unknown): boolean {
  return typeof value !== 'object' && typeof value !== 'function'
}

function pairsOf(url: string): string {
  const mark = url.indexOf('?')
  const pairs = mark === -1 ? [] : url.slice(mark + 1).split('&')
  return pairs
    .filter((pair) => pair !== '')
    .toSorted()
    .join('&')
}
