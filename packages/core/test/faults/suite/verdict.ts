import type { Report } from './run.ts'

/** What was promised and did not hold; nothing where all did. */
export function brokenPromises(report: Report): readonly string[] {
  const { fault, counts, bound, ttl } = report
  const broken: string[] = []
  const expectNone = (count: number, what: string): void => {
    if (count > 0) broken.push(`${count} ${what}`)
  }
  if (report.failure !== undefined) broken.push(String(report.failure))
  if (report.reads === 0) broken.push('nothing was read')
  if (fault.isUntilTtl === true) {
    if (report.maxStaleness > ttl + bound) broken.push('an answer was staler than its ttl')
  } else
    expectNone(report.unexcused, `answers beyond the bound, by ${report.maxStaleness} ms at most`)
  expectNone(report.own, 'answers older than what the instance itself had acknowledged')
  expectNone(counts.hung, 'calls that hung')
  expectNone(counts.failed, 'calls that were rejected')
  expectNone(report.behind, 'answers that were not current when all was over')
  expectNone(report.unnoticed, `rounds that were not noticed by ${fault.noticedBy?.join(' or ')}`)
  expectNone(report.late, `rounds that were noticed later than within ${fault.noticedWithin}`)
  return broken
}
