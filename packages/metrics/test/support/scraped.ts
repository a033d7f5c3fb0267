import parse from 'parse-prometheus-text-format'
import type { Registry } from 'prom-client'
import { INSTRUMENTS, type InstrumentName, prometheusName } from '../../src/index.ts'

/**
 * What a server that scrapes `register` gets, read by a parser that is not ours: sums of the series
 * with some labels; of a histogram, how many values it has.
 */
export async function scraped(
  register: Registry,
): Promise<(name: InstrumentName, labels?: Readonly<Record<string, string>>) => number> {
  const text = await register.metrics()
  // The parser mixes up histograms that have labels; the series they consist of it reads well.
  const families = parse(text.replaceAll(/^# (?:TYPE|HELP) \S+_(?:seconds|bytes) .*\n/gm, ''))
  return (name, labels = {}) => {
    const { type } = INSTRUMENTS[name]
    const series = prometheusName(name) + (type === 'histogram' ? '_count' : '')
    return families
      .filter((family) => family.name === series)
      .flatMap(({ metrics }) => metrics)
      .filter((metric) =>
        Object.entries(labels).every(([label, value]) => metric.labels?.[label] === value),
      )
      .reduce((sum, { value }) => sum + Number(value), 0)
  }
}
