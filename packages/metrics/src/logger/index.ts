export {
  type CacheLog,
  type LogOptions,
  type SlowOptions,
  type StructuredLogger,
  logTo,
} from './log.ts'
