import type { Row } from './bench.ts'
import { duration, rate } from './format.ts'
import { median, ratio } from './numbers.ts'

/** How many times as long as the raw one our call takes. */
export function timeRow(
  what: string,
  ours: readonly number[],
  raw: readonly number[],
  atMost?: number,
): Row {
  return {
    what,
    ours: duration(median(ours)),
    raw: duration(median(raw)),
    measured: ratio(ours, raw),
    unit: 'x',
    ...(atMost !== undefined && { target: { bound: 'most', value: atMost } }),
  }
}

/** How many times as many calls as the raw one we make in the same time. */
export function rateRow(
  what: string,
  ours: readonly number[],
  raw: readonly number[],
  atLeast?: number,
): Row {
  return {
    what,
    ours: rate(median(ours)),
    raw: rate(median(raw)),
    measured: ratio(raw, ours),
    unit: 'x',
    ...(atLeast !== undefined && { target: { bound: 'least', value: atLeast } }),
  }
}
