import { rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'vitepress'
import { stage } from './stage.ts'
import { toClassicScripts } from './classic.ts'

const docs = fileURLToPath(new URL('../..', import.meta.url))
const site = `${docs}dist`

await rm(site, { recursive: true, force: true })
await stage()
await build(docs, { outDir: site })
await toClassicScripts(site)
console.log(`open ${site}/index.html`)
