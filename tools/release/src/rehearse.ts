import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startRedis } from '@tiercel/dev-redis'
import { type Check, Consumer } from './consumer.ts'
import { provideNode } from './nodes.ts'
import type { Options } from './options.ts'
import { copyRepository, release } from './publish.ts'
import { startRegistry } from './registry.ts'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** What was tried with one package, installed by one package manager. */
export interface Trial {
  readonly package: string
  readonly version: string
  readonly manager: string
  readonly checks: readonly Check[]
}

/** Publishes a copy of the repository on loopback, and uses each package from there alone. */
export async function rehearse(
  options: Options,
  say: (line: string) => void,
): Promise<readonly Trial[]> {
  // Outside the repository, so that nothing of it is found by looking upwards.
  const folder = await mkdtemp(join(tmpdir(), 'tiercel-release-'))
  const registry = await startRegistry(join(folder, 'registry'))
  const redis = await startRedis()
  try {
    say('copying what is committed, and installing')
    const copy = await copyRepository(ROOT, join(folder, 'copy'))
    say('changeset version, build, changeset publish')
    const packages = await release(copy, registry.npmrc)
    const nodes = [['this Node', process.execPath]]
    for (const major of options.nodes) {
      nodes.push([`Node ${major}`, await provideNode(major, join(ROOT, '.cache', 'nodes'))])
    }
    const trials: Trial[] = []
    for (const published of packages) {
      for (const manager of options.managers) {
        say(`${published.name}@${published.version} by ${manager}`)
        const place = join(folder, `${manager}-${published.name.replaceAll(/\W+/g, '-')}`)
        const consumer = new Consumer(place, published, { REDIS_URL: redis.url })
        trials.push({
          package: published.name,
          version: published.version,
          manager,
          checks: await tryOut(consumer, manager, registry.npmrc, nodes as [string, string][]),
        })
      }
    }
    return trials
  } finally {
    registry.stop()
    await redis.stop()
    if (options.keep) say(`left in place: ${folder}`)
    else await rm(folder, { recursive: true, force: true })
  }
}

async function tryOut(
  consumer: Consumer,
  manager: Options['managers'][number],
  npmrc: string,
  nodes: readonly [string, string][],
): Promise<readonly Check[]> {
  try {
    await consumer.install(manager, npmrc)
  } catch (error) {
    return [{ name: 'install', error }]
  }
  const checks: Check[] = [{ name: 'install' }]
  for (const [label, node] of nodes) checks.push(...(await consumer.use(node, label)))
  return [...checks, ...(await consumer.compile())]
}
