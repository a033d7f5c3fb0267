import type { DevRedis } from './server/dev-redis.ts'

/** How a master goes: asked to, without a loss; or killed or paused, until the others notice. */
export type FailOverBy = 'command' | 'kill' | 'pause'

/** Who was the master and who is now. One that was killed or paused stays so until the caller restarts or resumes it. */
export interface FailedOver {
  readonly from: DevRedis
  readonly to: DevRedis
}

/** Does to the master what makes the others take over; `request` is the way to do so without a loss. */
export async function begin(
  by: FailOverBy,
  master: DevRedis,
  request: () => Promise<unknown>,
): Promise<void> {
  if (by === 'command') await request()
  else if (by === 'kill') await master.kill()
  else await master.pause()
}
