import { slug } from 'github-slugger'
import { defineConfig } from 'vitepress'
import { publishedPackages } from '../src/packages.ts'
import { followLinks } from '../src/site/follow-links.ts'
import { Links, sections, type Section } from '../src/site/sitemap.ts'
import { apiSidebars } from '../src/site/api-sidebar.ts'

const all = sections()
const links = new Links(all.flatMap(({ pages }) => pages))

const items = ({ pages }: Section): { text: string; link: string }[] =>
  pages.map(({ page, title }) => ({ text: title, link: `/${page.replace(/\.md$/, '')}` }))
const sidebar = all.map((section) => ({ text: section.title, items: items(section) }))

export default defineConfig({
  title: 'Tiercel',
  description: 'A multi-tier cache for Node services that run as many instances',
  head: [['link', { rel: 'icon', href: 'data:,' }]],
  srcDir: '.site',
  base: './', // wherever it is put, and opened as a file
  router: { prefetchLinks: false },
  vite: { build: { modulePreload: false, chunkSizeWarningLimit: 2_000 } },
  markdown: {
    anchor: { slugify: slug }, // as on GitHub, so that links hold there and here
    config: (md) => followLinks(md, links),
  },
  themeConfig: {
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guides', link: '/guide/getting-started', activeMatch: '^/guide/' },
      ...all
        .filter(({ title }) => title === 'Packages')
        .map((section) => ({
          text: 'Packages',
          items: items(section),
          activeMatch: '^/packages/',
        })),
      { text: 'API', link: '/api/', activeMatch: '^/api/' },
      { text: 'How it works', link: '/architecture' },
    ],
    sidebar: { ...apiSidebars(publishedPackages()), '/': sidebar },
    footer: { message: 'MIT licence' },
  },
})
