import type { Options } from 'tsup'
import { lib } from '../../tsup.base.ts'

const config: Options = lib({
  entry: {
    index: 'src/index.ts',
    prometheus: 'src/prometheus.ts',
    opentelemetry: 'src/opentelemetry/index.ts',
    logger: 'src/logger/index.ts',
    alerts: 'src/alerts/index.ts',
    'redis-monitor': 'src/redis-monitor/index.ts',
    report: 'src/report/index.ts',
  },
})
export default config
