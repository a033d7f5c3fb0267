import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Where bare imports mean what they mean in this package. */
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/** Runs a Node process of its own to its end. Resolves to what it printed. */
export async function runNode(...args: readonly string[]): Promise<string> {
  const { stdout } = await run(process.execPath, args, { cwd: PACKAGE })
  return stdout
}
