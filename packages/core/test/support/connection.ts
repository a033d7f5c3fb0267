import type { Instance } from './stage.ts'
import { until } from './until.ts'

/** Cuts an instance off: its connections end, and new ones are refused. */
export async function cutOff({ proxy }: Instance): Promise<void> {
  await proxy.refuse()
  proxy.cut()
  await until('the connections to end', () => proxy.connections().size === 0)
}
