/** What the first page has of a README: its name, what it says it is, and what it promises. */
interface Facts {
  readonly name: string
  readonly says: string
  readonly promises: readonly (readonly [title: string, details: string])[]
  readonly rest: string
}

/** The first page of the site, from the README: nothing is said twice, and nothing beyond it. */
export function homeOf(readme: string): string {
  const { name, says, promises, rest } = factsOf(readme)
  const frontmatter = {
    layout: 'home',
    title: name,
    titleTemplate: false,
    hero: {
      name,
      tagline: says,
      actions: [
        { theme: 'brand', text: 'Getting started', link: './guide/getting-started' },
        { theme: 'alt', text: 'API', link: './api/' },
        { theme: 'alt', text: 'How it works', link: './architecture' },
      ],
    },
    features: promises.map(([title, details]) => ({ title, details })),
  }
  // JSON is YAML.
  return `---\n${JSON.stringify(frontmatter, null, 2)}\n---\n\n${rest}`
}

function factsOf(readme: string): Facts {
  const [, name = '', says = '', list = '', rest = ''] =
    /^# (.+)\n\n([^]+?)\n\n((?:- \*\*[^]+?\n|  .+\n)+)\n([^]*)$/.exec(readme) ?? []
  const promises = list
    .split(/^- /m)
    .slice(1)
    .map((item) => /^\*\*(.+?)\*\*([^]*)$/.exec(item.replaceAll(/\s+/g, ' ').trim()))
    .map((found) => [(found?.[1] ?? '').replace(/\.$/, ''), detailsOf(found?.[2] ?? '')] as const)
  if (name === '' || promises.length === 0) {
    throw new Error('README.md does not begin with a heading, a paragraph and a list of promises')
  }
  return { name, says: says.replaceAll(/\s+/g, ' '), promises, rest }
}

/** A sentence of its own, as HTML. */
function detailsOf(text: string): string {
  const details = text.replace(/^[,.]? /, '').replaceAll(/`(.+?)`/g, '<code>$1</code>')
  return details.slice(0, 1).toUpperCase() + details.slice(1)
}
