import type { AnyFault } from './fault.ts'
import { Fleet, type FleetOptions } from './fleet.ts'
import { type Report, runFault, type RunOptions } from './run.ts'

/** Faults that are done to one fleet, one after the other. */
export interface Lane {
  readonly faults: readonly AnyFault[]
}

/** One lane for each kind of Redis; standalone, which has most of the faults, in so many parts. */
export function lanesOf(faults: readonly AnyFault[], parts: number): readonly Lane[] {
  const grounds = [...new Set(faults.map(({ on }) => on))]
  return grounds.flatMap((ground) => {
    const own = faults.filter(({ on }) => on === ground)
    const count = ground === 'standalone' ? Math.min(parts, own.length) : 1
    return Array.from({ length: count }, (_, part) => ({
      faults: own.filter((_fault, i) => i % count === part),
    }))
  })
}

/** Hears how far it is. */
export interface Progress {
  begin(fault: AnyFault): void
  end(report: Report): void
}

/** Runs the lanes, so many of them at the same time. */
export async function runLanes(
  lanes: readonly Lane[],
  atOnce: number,
  fleetOptions: FleetOptions,
  runOptions: RunOptions,
  progress: Progress,
): Promise<void> {
  const left = lanes.values()
  const worker = async (): Promise<void> => {
    for (const { faults } of left) {
      const [first] = faults
      if (first === undefined) continue
      const fleet = await Fleet.start(first.on, fleetOptions)
      try {
        for (const fault of faults) {
          progress.begin(fault)
          progress.end(await runFault(fault, fleet, runOptions))
        }
      } finally {
        await fleet.stop()
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
