import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { globSync } from 'node:fs'
import { createRequire } from 'node:module'
import { rollup } from 'rollup'

const require = createRequire(import.meta.url)
/** Sets variables for the others, so it has to be run before them, and needs nothing of a module. */
const METADATA = /\bmetadata\.\w+\.js$/
const START = new URL('start.js', import.meta.url)

/**
 * Makes a built site work where it is opened as a file. Browsers load no modules from there; scripts
 * they do. So each module becomes a script for SystemJS, which loads them as such.
 */
export async function toClassicScripts(site: string): Promise<void> {
  for (const path of globSync('assets/**/*.js', { cwd: site })) {
    if (!METADATA.test(path)) await toSystem(`${site}/${path}`)
  }
  await copyFile(require.resolve('systemjs/dist/s.min.js'), `${site}/assets/system.js`)
  await copyFile(START, `${site}/assets/start.js`)
  for (const path of globSync('**/*.html', { cwd: site })) {
    const html = await readFile(`${site}/${path}`, 'utf8')
    await writeFile(`${site}/${path}`, withClassicScripts(html))
  }
}

/** One module as one script, with the same imports. */
async function toSystem(file: string): Promise<void> {
  const bundle = await rollup({
    input: file,
    external: (id) => id !== file,
    makeAbsoluteExternalsRelative: false,
    treeshake: false,
    logLevel: 'warn',
  })
  const { output } = await bundle.generate({ format: 'system', compact: true })
  await bundle.close()
  await writeFile(file, output[0].code)
}

function withClassicScripts(html: string): string {
  return (
    html
      .replaceAll(/<link rel="modulepreload"[^>]*>\s*/g, '')
      .replace('<link rel="preload stylesheet"', '<link rel="stylesheet"')
      // A folder is answered with its index by a server alone.
      .replaceAll(/(<a [^>]*href="[^":]*\/)(?=["#])/g, '$1index.html')
      .replaceAll(/<script type="module" src="(.*?assets\/)(.*?)"><\/script>/g, (_, assets, file) =>
        METADATA.test(file) ? deferred(assets + file) : loaded(assets, file),
      )
  )
}

function loaded(assets: string, file: string): string {
  const module = `<script type="systemjs-module" src="${assets}${file}"></script>`
  return deferred(`${assets}system.js`) + deferred(`${assets}start.js`) + module
}

function deferred(source: string): string {
  return `<script defer src="${source}"></script>`
}
