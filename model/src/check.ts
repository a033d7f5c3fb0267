import { execFile, execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Configuration, Verdict } from './configurations.ts'
import type { Tools } from './spin.ts'

/** What the search of one configuration came to. */
export interface Checked {
  /** `incomplete`: it ended at a limit of memory or depth before all states were seen. */
  readonly verdict: Verdict | 'incomplete'
  readonly states: number
  readonly seconds: number
  /** What was violated, and the steps to it; empty when all holds. */
  readonly trail: string
}

const MOST_MEGABYTES = 6_000
const DEEPEST = 100_000

export function modelFile(model: string): string {
  return fileURLToPath(new URL(`../promela/${model}.pml`, import.meta.url))
}

/** Searches all states of one configuration. */
export async function check(
  { spin, cc }: Tools,
  { model, defines, expected }: Configuration,
): Promise<Checked> {
  const folder = mkdtempSync(join(tmpdir(), 'tiercel-model-'))
  const began = performance.now()
  try {
    const flags = defines.map((define) => `-D${define}`)
    const quietly = { cwd: folder, stdio: 'pipe', encoding: 'utf8' } as const
    execFileSync(spin, ['-a', ...flags, modelFile(model)], quietly)
    // What is found at once is not worth a minute of the optimizer.
    const optimized = expected === 'holds' ? '-O2' : '-O1'
    const limits = ['-DSAFETY', '-DCOLLAPSE', `-DMEMLIM=${MOST_MEGABYTES}`]
    execFileSync(cc, [optimized, '-w', ...limits, '-o', 'pan', 'pan.c'], quietly)
    const said = await run(join(folder, 'pan'), [`-m${DEEPEST}`, '-n'], folder)
    const states = Number(/([\d.e+]+) states, stored/.exec(said)?.[1] ?? 0)
    const verdict = verdictOf(said)
    const isFound = verdict === 'violated' || verdict === 'stuck'
    const trail = isFound
      ? await run(
          spin,
          ['-t', '-p', '-g', '-k', trailOf(model), ...flags, modelFile(model)],
          folder,
        )
      : said
    return {
      verdict,
      states,
      seconds: (performance.now() - began) / 1000,
      trail: verdict === 'holds' ? '' : trail,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function verdictOf(said: string): Checked['verdict'] {
  if (/^pan:\d+: assertion violated/m.test(said)) return 'violated'
  if (/^pan:\d+: invalid end state/m.test(said)) return 'stuck'
  const isWhole = /State-vector .*errors: 0/.test(said)
  const isCut = /max search depth too small|reached -DMEMLIM|out of memory|Search not completed/i
  return isWhole && !isCut.test(said) ? 'holds' : 'incomplete'
}

/** pan names it after the model, where spin was called. */
function trailOf(model: string): string {
  return `${model}.pml.trail`
}

function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve) => {
    const options = { cwd, maxBuffer: 256 * 1024 * 1024 }
    // It ends with an error when it has found one: what it says tells more than its code.
    execFile(program, [...args], options, (error, stdout, stderr) => {
      resolve(`${stdout}${stderr}${error?.killed === true ? '\nSearch not completed' : ''}`)
    })
  })
}
