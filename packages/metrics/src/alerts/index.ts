export { type Alert, type Alerts, type AlertsOptions, alerts } from './alerts.ts'
export { prometheusRules } from './prometheus-rules.ts'
export { type AlertRule, RULES } from './rules.ts'
export type { SignalName } from './signals.ts'
