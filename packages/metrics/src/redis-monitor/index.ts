export {
  type BigKey,
  type FamilyFindings,
  type Finding,
  type RedisFindings,
  type ServerFindings,
  gaugesOf,
  hitRatio,
} from './findings.ts'
export { type RedisMonitor, type RedisMonitorOptions, redisMonitor } from './monitor.ts'
export type { MonitoredCluster, MonitoredRedis, MonitoredServer } from './redis.ts'
