import type { DevRedis } from './server/dev-redis.ts'

/**
 * How a master goes. `command`: the others are told to do without it; a Cluster's waits for its replica
 * to have all, while sentinels promote one at once, and what it was not sent yet is lost. Or it is killed
 * or paused, until the others notice.
 */
export type FailOverBy = 'command' | 'kill' | 'pause'

/** Who was the master and who is now. One that was killed or paused stays so until the caller restarts or resumes it. */
export interface FailedOver {
  readonly from: DevRedis
  readonly to: DevRedis
}

/** Does to the master what makes the others take over; `request` tells the others. */
export async function begin(
  by: FailOverBy,
  master: DevRedis,
  request: () => Promise<unknown>,
): Promise<void> {
  if (by === 'command') await request()
  else if (by === 'kill') await master.kill()
  else await master.pause()
}
