import type { Report } from './run.ts'

/** What was promised and did not hold; nothing where all did. */
export function brokenPromises(report: Report): readonly string[] {
  const broken = brokenAnyhow(report)
  const { late, fault } = report
  // Of use where one fleet has the machine to itself: promises of time are not kept by a process that waits for it.
  return late === 0
    ? broken
    : [...broken, `${late} rounds noticed later than ${fault.noticedWithin}`]
}

/** The same without those that a busy machine can break. */
export function brokenAnyhow(report: Report): readonly string[] {
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
  return broken
}
