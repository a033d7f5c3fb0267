import {
  Application,
  type DeclarationReflection,
  type ProjectReflection,
  type TypeDocOptions,
} from 'typedoc'
import type { PluginOptions } from 'typedoc-plugin-markdown'
import { publishedPackages } from '../packages.ts'
import { ROOT } from '../pages.ts'

/** What is documented: entry points with the names that they are imported by. */
export interface ApiOptions {
  readonly entries?: ReadonlyMap<string, string>
  readonly tsconfig?: string
}

/**
 * Writes the API reference to `folder`: for what can be imported a page with all its names, and one for
 * each name. Of the published packages, unless `entries` (of `tsconfig`) says otherwise.
 *
 * @throws when a `{@link}` leads nowhere, or a type that can be seen is not exported
 */
export async function writeApi(
  folder: string,
  { entries = publicEntries(), tsconfig = `${ROOT}docs/tsconfig.api.json` }: ApiOptions = {},
): Promise<void> {
  const options: TypeDocOptions & Partial<PluginOptions> = {
    entryPoints: [...entries.keys()],
    tsconfig,
    plugin: ['typedoc-plugin-markdown'],
    out: folder,
    logLevel: 'Warn',
    name: 'API',
    readme: 'none',
    sortEntryPoints: false,
    excludeInternal: true,
    excludePrivate: true,
    excludeExternals: true,
    skipErrorChecking: true, // that is the compiler's
    validation: { invalidLink: true, notExported: true, invalidPath: true },
    entryFileName: 'index',
    modulesFileName: 'index',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    pageTitleTemplates: { member: '{name}', module: '{name}' },
    parametersFormat: 'table',
  }
  const app = await Application.bootstrapWithPlugins(options)
  const project = await app.convert()
  if (project === undefined) throw new Error('typedoc could not read the packages')
  for (const module of project.children ?? []) rename(module, entries)
  app.validate(project)
  if (app.logger.hasWarnings() || app.logger.hasErrors()) {
    throw new Error('typedoc found what it says above')
  }
  dropSources(project)
  await app.generateOutputs(project)
}

function publicEntries(): Map<string, string> {
  return new Map(
    publishedPackages().flatMap(({ name, entries }) =>
      Array.from(entries, ([entry, source]) => [ROOT + source, name + entry.slice(1)] as const),
    ),
  )
}

/** `packages/adapters/http/src/node` is what is imported as `@tiercel/http/node`. */
function rename(module: DeclarationReflection, nameOf: ReadonlyMap<string, string>): void {
  const file = module.sources?.[0]?.fullFileName ?? ''
  const name = nameOf.get(file)
  if (name === undefined) throw new Error(`${module.name} (${file}) is no entry of a package`)
  module.name = name
}

/** Lines change with every commit, and the names of files say little to users. */
function dropSources(project: ProjectReflection): void {
  for (const reflection of Object.values(project.reflections))
    delete (reflection as DeclarationReflection).sources
}
