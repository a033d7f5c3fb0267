import type { LastingMemory } from '../report/memory.ts'
import { type Thirds, median } from '../report/trend.ts'
import type { SoakRecord } from './record.ts'
import { byTopology, row } from './summary.ts'

/** What the processes that were never killed had in use, as a Markdown table. */
export function memorySummary(records: readonly SoakRecord[]): string {
  const lines = byTopology(records)
    .map(([name, of]) => [name, of.flatMap(({ memory }) => memory?.lasting ?? [])] as const)
    .map(([name, lives]) => [name, lives.filter(isToldApart)] as const)
    .filter(([, lives]) => lives.length > 0)
    .map(([name, lives]) => row([name, ...cells(lives)]))
  return [
    '| Redis | processes | minutes | MB in use, by thirds | MB of compiled code | MB resident, by thirds | MB more an hour, at 95 % | seen to grow |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...lines,
  ].join('\n')
}

type ToldApart = LastingMemory & Required<Pick<LastingMemory, 'code'>>

/** Not one of before compiled code was told apart from what the process holds. */
function isToldApart(life: LastingMemory): life is ToldApart {
  return life.code !== undefined
}

function cells(lives: readonly ToldApart[]): string[] {
  const { slope, error } = together(lives)
  return [
    String(lives.length),
    lives.reduce((sum, { minutes }) => sum + minutes, 0).toFixed(0),
    thirds(lives.map(({ inUse }) => inUse)),
    thirds(lives.map(({ code }) => code)),
    thirds(lives.map(({ resident }) => resident)),
    `${slope.toFixed(1)} ± ${error.toFixed(1)}`,
    String(lives.filter(({ isGrowing }) => isGrowing).length),
  ]
}

/** The mean of the slopes, each with the weight that its error gives it. */
function together(lives: readonly LastingMemory[]): { slope: number; error: number } {
  const weights = lives.map(({ error }) => 1 / Math.max(error, 1e-3) ** 2)
  const all = weights.reduce((sum, weight) => sum + weight, 0)
  const slope = lives.reduce((sum, { perHour }, i) => sum + perHour * (weights[i] ?? 0), 0) / all
  return { slope, error: 1 / Math.sqrt(all) }
}

function thirds(all: readonly Thirds[]): string {
  return [0, 1, 2].map((third) => median(all.map((of) => of[third] ?? 0)).toFixed(1)).join(' · ')
}
