import { existsSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, relative } from 'node:path/posix'
import { GUIDES } from '../../.vitepress/guides.ts'
import { publishedPackages } from '../packages.ts'
import { filesOf, ROOT } from '../pages.ts'

/** A page of the site that is a Markdown file of the repository. */
export interface SitePage {
  /** From the root of the repository. */
  readonly source: string
  /** From the root of the site, with `.md`. */
  readonly page: string
  readonly title: string
}

export interface Section {
  readonly title: string
  readonly pages: readonly SitePage[]
}

/** What the site has beside its first page and the API: the sidebar, from above. */
export function sections(): Section[] {
  return [
    {
      title: 'Guides',
      pages: GUIDES.map(([file, title]) => ({
        source: `docs/guide/${file}.md`,
        page: `guide/${file}.md`,
        title,
      })),
    },
    {
      title: 'Packages',
      pages: publishedPackages().map(({ name, folder }) =>
        page(`${folder}/README.md`, `packages/${basename(folder)}.md`, name),
      ),
    },
    { title: 'Examples', pages: readmes('examples/*') },
    {
      title: 'How it works',
      pages: [
        page('ARCHITECTURE.md', 'architecture.md'),
        page('model/README.md', 'model.md', 'The protocol as a model'),
        page('bench/README.md', 'bench.md', 'How fast it is'),
        page('tools/peers/README.md', 'peers.md', 'Compared with others'),
        page('apps/demo/README.md', 'demo.md', 'The demo'),
        page('packages/core/test/faults/README.md', 'faults.md', 'Faults'),
      ],
    },
    {
      title: 'The project',
      pages: [
        page('CONTRIBUTING.md', 'contributing.md'),
        page('SECURITY.md', 'security-policy.md', 'Reporting a vulnerability'),
        page('CODE_OF_CONDUCT.md', 'code-of-conduct.md'),
        page('tools/release/README.md', 'release.md', 'Releases'),
        page('tools/dev-redis/README.md', 'dev-redis.md', 'Redis for tests'),
        ...publishedPackages().map(({ name, folder }) =>
          page(`${folder}/CHANGELOG.md`, `changes/${basename(folder)}.md`, `Changes of ${name}`),
        ),
      ],
    },
  ]
    .map(({ title, pages }) => ({
      title,
      pages: pages.filter(({ source }) => existsSync(ROOT + source)),
    }))
    .filter(({ pages }) => pages.length > 0)
}

function readmes(folders: string): SitePage[] {
  return filesOf(`${folders}/README.md`).map((source) => page(source, `${dirname(source)}.md`))
}

function page(source: string, at: string, title = ''): SitePage {
  return { source, page: at, title: title === '' ? headingOf(source) : title }
}

function headingOf(source: string): string {
  const path = ROOT + source
  return (existsSync(path) && /^# (.+)$/m.exec(readFileSync(path, 'utf8'))?.[1]) || source
}

/** Where a link on a page of the site leads, said as it is in the repository. */
export class Links {
  readonly #pageOf: ReadonlyMap<string, string>
  readonly #sourceOf: ReadonlyMap<string, string>
  /** Files of the repository that pages link to and that are no pages, by their place on the site. */
  readonly files: Map<string, string> = new Map()

  constructor(pages: readonly SitePage[]) {
    const all = [{ source: 'README.md', page: 'index.md' }, ...pages]
    this.#pageOf = new Map(all.map(({ source, page: at }) => [source, at]))
    this.#sourceOf = new Map(all.map(({ source, page: at }) => [at, source]))
  }

  /** The target of a link on `page`, for the site; undefined: it leads to nothing that the site has. */
  rewritten(at: string, target: string): string | undefined {
    const source = this.#sourceOf.get(at)
    if (source === undefined || /^(?:[a-z][a-z0-9+.-]*:|#|\/)/i.test(target)) return target
    const [file = '', anchor] = target.split('#')
    const path = join(dirname(source), file).replace(/\/$/, '')
    const other = this.#pageOf.get(path) ?? this.#pageOf.get(`${path}/README.md`)
    if (other !== undefined) {
      const way = relative(dirname(at), other)
      return `${way.startsWith('.') ? way : `./${way}`}${anchor === undefined ? '' : `#${anchor}`}`
    }
    if (!existsSync(ROOT + path) || !statSync(ROOT + path).isFile()) return undefined
    const place = path.startsWith('docs/public/')
      ? path.slice('docs/public/'.length)
      : `files/${path}.txt`
    this.files.set(place, path)
    return `/${place}`
  }
}
