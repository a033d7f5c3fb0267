import type { Options } from 'tsup'
import { lib } from '../../../tsup.base.ts'

const config: Options = lib()
export default config
