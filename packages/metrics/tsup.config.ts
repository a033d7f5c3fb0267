import type { Options } from 'tsup'
import { lib } from '../../tsup.base.ts'

const config: Options = lib({
  entry: {
    index: 'src/index.ts',
    prometheus: 'src/prometheus.ts',
    'redis-monitor': 'src/redis-monitor/index.ts',
  },
})
export default config
