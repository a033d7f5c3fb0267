import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parsePage, ROOT } from '../pages.ts'
import { writeApi } from './api.ts'
import { homeOf } from './home.ts'
import { Links, sections } from './sitemap.ts'

/** Where the pages of the site are put together. */
export const STAGE: string = `${ROOT}docs/.site`

/** Puts together what VitePress makes the site of: pages of the repository as they are, the API, pictures and files. */
export async function stage(): Promise<void> {
  await rm(STAGE, { recursive: true, force: true })
  await mkdir(STAGE, { recursive: true })
  const pages = sections().flatMap((section) => section.pages)
  const links = new Links(pages)
  await Promise.all([
    writeApi(`${STAGE}/api`),
    put('index.md', 'README.md', homeOf),
    ...pages.map(({ page, source }) => put(page, source)),
  ])
  for (const [place, source] of links.files) await cp(ROOT + source, `${STAGE}/public/${place}`)

  async function put(
    page: string,
    source: string,
    change = (markdown: string) => markdown,
  ): Promise<void> {
    const markdown = await readFile(ROOT + source, 'utf8')
    await mkdir(dirname(`${STAGE}/${page}`), { recursive: true })
    await writeFile(`${STAGE}/${page}`, change(markdown))
    for (const { text } of parsePage(source, markdown).links) links.rewritten(page, text)
  }
}
