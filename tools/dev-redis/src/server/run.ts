import { execFile } from 'node:child_process'

/** Runs a program to its end and gives what it wrote; rejects with what it complained about. */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Promise<string> {
  const limits = { timeout: 180_000, maxBuffer: 64 * 1024 * 1024, encoding: 'utf8' as const }
  return new Promise((resolve, reject) => {
    execFile(program, [...args], { ...limits, ...options }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout)
      else if (error.killed) reject(new Error(`${program} took over ${limits.timeout} ms`))
      else reject(new Error(`${program}: ${stderr.trim() || error.message}`))
    })
  })
}
