export { codecContract } from './codec-contract.ts'
export type { CodecRule } from './codec-contract.ts'
