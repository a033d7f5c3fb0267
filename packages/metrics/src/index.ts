export {
  COMMON_LABELS,
  INSTRUMENTS,
  type Instrument,
  type InstrumentName,
  otelName,
  prometheusName,
} from './instruments.ts'
export { NO_FAMILY, OTHER_FAMILIES } from './families.ts'
export type { ObserveOptions, ObservedCache } from './observe.ts'
