import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './run.ts'

/** The last Node of a major version, from the npm registry, which has it as a package for each platform. */
export async function provideNode(major: string, cache: string): Promise<string> {
  const { platform, arch } = process
  const name = `${platform === 'darwin' && arch === 'arm64' ? 'node-bin' : 'node'}-${platform}-${arch}`
  const folder = join(cache, `node-${major}`)
  const node = join(folder, 'node_modules', name, 'bin', 'node')
  if (existsSync(node)) return node
  await mkdir(folder, { recursive: true })
  await run(
    'npm',
    ['install', '--prefix', folder, '--no-save', '--ignore-scripts', `${name}@${major}`],
    {
      cwd: folder,
    },
  )
  return node
}
