import { markdownTable } from '@tiercel/readme'
import type { Peer } from './peer.ts'
import type { Finding } from './scenario.ts'
import { versionsOf } from './versions.ts'

/** Where and when it was measured. */
export interface Circumstances {
  readonly date: string
  readonly node: string
  readonly redis: string
  readonly cpu: string
}

/** One row for each thing that was measured, one column for each peer. */
export function tableOf(findings: readonly Finding[], peers: readonly Peer[]): string {
  const rowOf = (what: string): readonly string[] => [
    what,
    ...peers.map(({ name }) =>
      cell(findings.find((finding) => finding.what === what && finding.peer === name)),
    ),
  ]
  const rows = [...new Set(findings.map(({ what }) => what))].map(rowOf)
  return markdownTable(['', ...peers.map(({ name }) => name)], rows)
}

function cell(finding: Finding | undefined): string {
  if (finding === undefined) return '–'
  if (finding.holds === undefined) return finding.said
  return `${finding.holds ? '✓' : '✗'} ${finding.said}`
}

export function reportOf(
  findings: readonly Finding[],
  peers: readonly Peer[],
  { date, node, redis, cpu }: Circumstances,
): string {
  const setups = peers.map((peer) => [`\`${peer.name}\``, versionsOf(peer), peer.setup])
  return [
    `Measured on ${date} with Node ${node} and Redis ${redis}, on ${cpu}. Median / worst of the rounds.`,
    tableOf(findings, peers),
    markdownTable(['', 'versions', 'set up with'], setups),
  ].join('\n\n')
}
