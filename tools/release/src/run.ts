import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const execute = promisify(execFile)

/** Longest that one step may take, milliseconds. */
const STEP_LIMIT = 300_000
const MOST_OUTPUT = 1 << 26

/** Where a step runs, and what is in its environment beside ours. */
export interface Place {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Runs a program, and answers what it printed.
 *
 * @throws with all that it printed, if it fails
 */
export async function run(program: string, args: readonly string[], place: Place): Promise<string> {
  try {
    const { stdout } = await execute(program, args, {
      cwd: place.cwd,
      env: { ...process.env, ...place.env },
      timeout: STEP_LIMIT,
      maxBuffer: MOST_OUTPUT,
    })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error(`${program} ${args.join(' ')}\n${stdout}${stderr}`, { cause: error })
  }
}
