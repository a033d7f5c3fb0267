import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startPostgres } from '@tiercel/dev-postgres'
import { startRedis } from '@tiercel/dev-redis'

/** Where a service keeps its truth. */
export type Database = 'postgres' | 'file'

/** What runs beside the instances. */
export interface Services {
  /** How the instances find it. */
  readonly environment: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** Starts Redis and the database, and says so. */
export async function startServices(
  database: Database,
  print: (line: string) => void,
): Promise<Services> {
  const stops: (() => Promise<void>)[] = []
  try {
    const redis = await startRedis()
    stops.push(() => redis.stop())
    const { pid, version, url } = redis
    print(`Redis ${version ?? ''} at ${url}${pid === undefined ? '' : ` (pid ${pid})`}`)
    const found = database === 'postgres' ? await postgres(stops, print) : await file(stops, print)
    return { environment: { REDIS_URL: url, ...found }, stop: () => stopAll(stops) }
  } catch (error) {
    await stopAll(stops)
    throw error
  }
}

async function postgres(stops: (() => Promise<void>)[], print: (line: string) => void) {
  const found = await startPostgres()
  stops.push(() => found.stop())
  print(`${found.about} at ${found.url}`)
  return { DATABASE_URL: found.url }
}

async function file(stops: (() => Promise<void>)[], print: (line: string) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'tiercel-example-'))
  stops.push(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'data.db')
  print(`SQLite in ${path}`)
  return { DATABASE_FILE: path }
}

async function stopAll(stops: (() => Promise<void>)[]): Promise<void> {
  for (const stop of stops.toReversed()) await stop()
}
