import { linkSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { eventually } from '../until.ts'

/** Runs `work` while no other process on this machine does so under the same file name. */
export async function withLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const ours = `${file}.${process.pid}`
  writeFileSync(ours, String(process.pid))
  try {
    await eventually(`the lock ${file}`, () => take(file, ours), { ms: 300_000, every: 100 })
    try {
      return await work()
    } finally {
      rmSync(file, { force: true })
    }
  } finally {
    rmSync(ours, { force: true })
  }
}

/** A link is made by one process only, and has its content from the first moment. */
function take(file: string, ours: string): boolean {
  try {
    linkSync(ours, file)
    return true
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    if (!isAlive(Number(readFileSync(file, 'utf8')))) rmSync(file, { force: true })
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Not allowed to signal it: it is there, and somebody else's.
    return codeOf(error) === 'EPERM'
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
