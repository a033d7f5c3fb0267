import type { Options } from 'tsup'
import { lib } from '../../../tsup.base.ts'

const config: Options = lib({
  entry: {
    index: 'src/index.ts',
    node: 'src/node/index.ts',
    fetch: 'src/fetch/index.ts',
    management: 'src/management/index.ts',
  },
})
export default config
