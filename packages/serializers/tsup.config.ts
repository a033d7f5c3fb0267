import type { Options } from 'tsup'
import { lib } from '../../tsup.base.ts'

const config: Options = lib({
  entry: { index: 'src/index.ts', testing: 'src/testing/index.ts' },
})
export default config
