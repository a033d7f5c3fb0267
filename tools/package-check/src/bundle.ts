import { readFile, readdir } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'

/** What an entry is made of: of its own package alone, for what it depends on is weighed there. */
export interface Bundle {
  /** Minified, and packed with gzip. */
  readonly bytes: number
  /** Packages that its code imports. */
  readonly imports: ReadonlySet<string>
}

export async function bundleOf(file: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    entryPoints: [file],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    packages: 'external',
    metafile: true,
    write: false,
    logLevel: 'silent', // a failure is thrown; a warning is of what is not published
    outdir: 'out',
  })
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports)
  const external = imports.filter((one) => one.external === true).map(({ path }) => path)
  const bytes = outputFiles.reduce((sum, { contents }) => sum + gzipSync(contents).length, 0)
  return { bytes, imports: packagesOf(external) }
}

/** Packages that the declarations of a package import: who compiles against it needs them as well. */
export async function importsOfTypes(folder: string): Promise<ReadonlySet<string>> {
  const specifiers: string[] = []
  const files = await readdir(join(folder, 'dist'), { recursive: true })
  for (const file of files.filter((name) => name.endsWith('.d.ts'))) {
    const text = await readFile(join(folder, 'dist', file), 'utf8')
    const pattern = /(?:\bfrom\s+|\bimport\s+|\bimport\(\s*|^declare module )['"]([^'"]+)['"]/gm
    for (const [, specifier = ''] of text.matchAll(pattern)) specifiers.push(specifier)
  }
  return packagesOf(specifiers)
}

function packagesOf(specifiers: readonly string[]): ReadonlySet<string> {
  return new Set(
    specifiers
      .filter((specifier) => !specifier.startsWith('.') && !isBuiltin(specifier))
      .map((specifier) =>
        specifier
          .split('/')
          .slice(0, specifier.startsWith('@') ? 2 : 1)
          .join('/'),
      ),
  )
}
