import { type AlertRule, RULES, checkRule } from './rules.ts'
import { SIGNALS } from './signals.ts'

/** The rules as a file of alerting rules for Prometheus. Instead of `recovers` it has `keep_firing_for`. */
export function prometheusRules(rules: readonly AlertRule[] = RULES): string {
  return ['groups:', '  - name: tiercel', '    rules:', ...rules.flatMap(linesOf), ''].join('\n')
}

function linesOf(rule: AlertRule): string[] {
  const { name, severity, summary, signal } = checkRule(rule)
  const where =
    SIGNALS[signal].isOfWriter === true
      ? ', writer {{ $labels.writer }}'
      : ' on {{ $labels.instance }}'
  return [
    `      - alert: ${name}`,
    `        expr: ${JSON.stringify(expressionOf(rule))}`,
    `        for: ${rule.for}s`,
    `        keep_firing_for: ${rule.window}s`,
    '        labels:',
    `          severity: ${severity}`,
    '        annotations:',
    `          summary: ${JSON.stringify(summary)}`,
    `          description: ${JSON.stringify(`{{ $labels.namespace }} {{ $labels.cache }}${where}: {{ $value }}`)}`,
  ]
}

function expressionOf({ signal, bad, threshold, window, minimum }: AlertRule): string {
  const { promql, count } = SIGNALS[signal]
  const span = `${window}s`
  const expression = `(${promql(span)}) ${bad === 'above' ? '>' : '<'} ${threshold}`
  return count === undefined || minimum === 0
    ? expression
    : `${expression} and ${count(span)} >= ${minimum}`
}
