import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { prometheusRules } from '../src/alerts/index.ts'
import { ALL, COMMON_LABELS, type Instrument, prometheusName } from '../src/instruments.ts'

const path = (relative: string) => fileURLToPath(new URL(`../deploy/${relative}`, import.meta.url))
const read = (relative: string) => readFile(path(relative), 'utf8')

/** What Prometheus itself adds. */
const ADDED = ['instance', 'job', 'le']

/** Series that an exporter makes, with their labels. */
const SERIES = new Map<string, Instrument>(
  ALL.flatMap(([name, instrument]): [string, Instrument][] => {
    const full = prometheusName(name)
    if (instrument.type !== 'histogram') return [[full, instrument]]
    return ['_bucket', '_count', '_sum'].map((suffix) => [full + suffix, instrument])
  }),
)

/** The names in an expression that are not exported, and the labels that none of its series has. */
function unknownOf(expression: string): string[] {
  const names = expression.match(/\btiercel_\w+/g) ?? []
  const instruments = names.map((name) => SERIES.get(name))
  const labels = [
    ...COMMON_LABELS,
    ...ADDED,
    ...instruments.flatMap((instrument) => instrument?.labels ?? []),
  ]
  const used = [
    ...[...expression.matchAll(/by \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/)),
    ...[...expression.matchAll(/(\w+)\s*(?:=~|!=|!~|=)\s*"/g)].map(([, label = '']) => label),
  ]
  return [
    ...names.filter((name) => !SERIES.has(name)),
    ...used.filter((label) => !labels.includes(label)),
  ]
}

interface Dashboard {
  readonly panels: readonly {
    readonly id: number
    readonly title: string
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
  }[]
  readonly templating: { readonly list: readonly { readonly definition?: string }[] }
}

test('the dashboard asks for nothing that is not exported', async () => {
  const { panels, templating } = JSON.parse(
    await read('grafana/dashboards/tiercel.json'),
  ) as Dashboard
  const targets = panels.flatMap((panel) => panel.targets ?? [])
  expect(targets.length).toBeGreaterThan(20)
  for (const { expr, legendFormat } of targets) {
    expect([expr, unknownOf(expr)]).toEqual([expr, []])
    const grouped = /by \(([^)]*)\)/.exec(expr)?.[1]?.split(/,\s*/) ?? []
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label)
    expect(grouped).toEqual(expect.arrayContaining(shown))
  }
  for (const { definition } of templating.list) expect(unknownOf(definition ?? '')).toEqual([])
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
})

test('a name or a label that is not exported would be noticed', () => {
  expect(unknownOf('sum by (outcome) (rate(tiercel_reads_total[5m]))')).toEqual([])
  expect(unknownOf('tiercel_reads')).toEqual(['tiercel_reads'])
  expect(unknownOf('tiercel_read_duration_seconds')).toEqual(['tiercel_read_duration_seconds'])
  expect(unknownOf('sum by (key) (tiercel_reads_total{tier="l1"})')).toEqual(['key', 'tier'])
})

test('the file of rules is that of the code, and asks for nothing that is not exported', async () => {
  const wanted = prometheusRules()
  if (process.env['TIERCEL_UPDATE'] === '1') await writeFile(path('tiercel.rules.yml'), wanted)
  const found: unknown = parse(await read('tiercel.rules.yml'))
  expect(found).toEqual(parse(wanted))
  const { groups } = found as { groups: { rules: { expr: string }[] }[] }
  for (const { expr } of groups[0]?.rules ?? []) expect([expr, unknownOf(expr)]).toEqual([expr, []])
})

test('every file that the compose file mounts is there', async () => {
  const { services } = parse(await read('docker-compose.yml')) as {
    services: Record<string, { volumes?: string[] }>
  }
  const mounted = Object.values(services).flatMap(({ volumes = [] }) => volumes)
  expect(mounted.length).toBeGreaterThan(3)
  for (const volume of mounted) {
    const [source = ''] = volume.split(':')
    expect([source, existsSync(path(source))]).toEqual([source, true])
  }
})
