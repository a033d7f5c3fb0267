import { type Bundle, bundleOf, importsOfTypes } from './bundle.ts'
import { isAllowed } from './licences.ts'
import type { Package } from './packages.ts'

/** Most bytes of each entry. */
export type Limits = Readonly<Record<string, number>>

/** What entries weigh, and what is wrong. */
export interface Findings {
  readonly sizes: ReadonlyMap<string, number>
  readonly problems: readonly string[]
}

/** Weighs each entry of a package, and looks whether all that it imports is declared. */
export async function findingsOf(of: Package, limits: Limits): Promise<Findings> {
  const problems: string[] = []
  const sizes = new Map<string, number>()
  if (!isAllowed(of.license)) problems.push(`${of.name}: its licence is "${of.license}"`)
  const imports = new Set(await importsOfTypes(of.folder))
  for (const [entry, file] of of.entries) {
    const bundle: Bundle = await bundleOf(file)
    for (const name of bundle.imports) imports.add(name)
    sizes.set(entry, bundle.bytes)
    const limit = limits[entry]
    if (limit === undefined) problems.push(`${entry} has no limit; it weighs ${bundle.bytes} bytes`)
    else if (bundle.bytes > limit) {
      problems.push(`${entry} weighs ${bundle.bytes} bytes; its limit is ${limit}`)
    }
  }
  for (const name of imports) {
    if (!of.declared.has(name)) problems.push(`${of.name} imports ${name}, and does not declare it`)
  }
  return { sizes, problems }
}

/** Licences that are not allowed. */
export function licenceProblems(licences: ReadonlyMap<string, readonly string[]>): string[] {
  return [...licences]
    .filter(([licence]) => !isAllowed(licence))
    .map(([licence, names]) => `${names.join(', ')}: ${licence} is not among the licences allowed`)
}

/** Limits of what is no longer there. */
export function unusedLimits(limits: Limits, packages: readonly Package[]): string[] {
  const entries = new Set(packages.flatMap((one) => [...one.entries.keys()]))
  return Object.keys(limits)
    .filter((entry) => !entries.has(entry))
    .map((entry) => `there is a limit for ${entry}, but no such entry`)
}
