import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What a user of the packages may be asked to accept: nothing that reaches beyond the dependency itself. */
const ALLOWED = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
])

/** Whether a licence, in the words of SPDX, leaves a choice that is allowed. */
export function isAllowed(licence: string): boolean {
  const choices = licence.replace(/^\((.*)\)$/, '$1').split(/ OR /)
  return choices.some((choice) => choice.split(/ AND /).every((one) => ALLOWED.has(one.trim())))
}

/** Licences of all that is installed with the packages below a folder, with the names of what has them. */
export async function licencesOf(root: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const filter = ['--filter', './packages/**']
  const { stdout } = await run('pnpm', [...filter, 'licenses', 'list', '--prod', '--json'], {
    cwd: root,
    maxBuffer: 2 ** 26,
  })
  const listed = JSON.parse(stdout) as Record<string, readonly { readonly name: string }[]>
  return new Map(
    Object.entries(listed).map(([licence, of]) => [licence, of.map(({ name }) => name)]),
  )
}
