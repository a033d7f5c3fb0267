/** The middle one, which one disturbed round does not move. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** The median, over the rounds, of `numerator` divided by `denominator` of the same round. */
export function ratio(numerator: readonly number[], denominator: readonly number[]): number {
  return median(numerator.map((number, i) => number / (denominator[i] as number)))
}
