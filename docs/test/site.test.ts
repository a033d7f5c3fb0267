/// <reference lib="dom" />
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, extname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { type Browser, type Page, chromium } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeApi } from '../src/site/api.ts'

const docs = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'a site '))
/** Opened as a file, from a folder whose name has to be encoded. */
const site = join(folder, 'dist')

beforeAll(async () => {
  await promisify(execFile)(process.execPath, ['--no-warnings', `${docs}src/site/main.ts`], {
    timeout: 300_000,
  })
  symlinkSync(`${docs}dist`, site)
}, 310_000)
afterAll(() => rmSync(folder, { recursive: true }))

test('every link of every page leads to a file, and to what it names in it', () => {
  const pages = globSync('**/*.html', { cwd: site })
  const html = new Map(pages.map((page) => [page, readFileSync(`${site}/${page}`, 'utf8')]))
  const ids = new Map(
    [...html].map(([page, text]) => [
      page,
      new Set(Array.from(text.matchAll(/\sid="([^"]*)"/g), ([, id]) => id)),
    ]),
  )
  const dead = [...html].flatMap(([page, text]) =>
    Array.from(text.matchAll(/\s(?:href|src)="([^"]*)"/g), ([, target = '']) => target)
      .filter((target) => !/^(?:https?:|mailto:|data:)/.test(target))
      .filter((target) => {
        const [file = '', id] = decodeURI(target).split('#')
        const path = file === '' ? page : join(dirname(page), file)
        return !(id ? ids.get(path)?.has(id) : /\.\w+$/.test(path) && existsSync(`${site}/${path}`))
      })
      .map((target) => `${page}: ${target}`),
  )
  expect(pages.length).toBeGreaterThan(100)
  expect([...new Set(dead)]).toEqual([])
})

test('a {@link} that leads nowhere fails the build', async () => {
  const [source, tsconfig] = [join(folder, 'linked.ts'), join(folder, 'tsconfig.json')]
  writeFileSync(source, '/** As {@link whatDoesNotExist}. */\nexport const linked = 1\n')
  writeFileSync(tsconfig, JSON.stringify({ files: [source] }))
  const api = writeApi(join(folder, 'api'), { entries: new Map([[source, 'linked']]), tsconfig })
  await expect(api).rejects.toThrow('typedoc found')
})

const executablePath = [
  process.env.CHROMIUM ?? '',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
].find((path) => path !== '' && existsSync(path))
if (executablePath === undefined) {
  console.warn('the site is not tried in a browser: there is no Chromium; set CHROMIUM to one')
}

describe.skipIf(executablePath === undefined)('opened in a browser', () => {
  let browser: Browser
  let served: Awaited<ReturnType<typeof serve>>
  beforeAll(async () => {
    served = await serve()
    const args = [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ]
    browser = await chromium.launch({ executablePath: executablePath ?? '', args })
  })
  afterAll(async () => {
    await browser.close()
    served.server.close()
  })

  test.each([
    { name: 'on a desk', width: 1280, height: 900, colorScheme: 'light' },
    { name: 'on a desk, dark', width: 1280, height: 900, colorScheme: 'dark' },
    { name: 'on a phone', width: 390, height: 844, colorScheme: 'light' },
    { name: 'on a phone, dark', width: 390, height: 844, colorScheme: 'dark' },
    { name: 'from a server', width: 1280, height: 900, colorScheme: 'light' },
  ] as const)('$name', { timeout: 120_000 }, async ({ name, width, height, colorScheme }) => {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme })
    const isServed = name === 'from a server'
    const start = isServed ? served.url : pathToFileURL(site).href
    const wrong = watched(page, start)
    const isPhone = width < 700

    await page.goto(`${start}/${isServed ? '' : 'index.html'}`)
    await seen(page, isServed ? '' : 'index', 'Never staler than a bound you set')
    await page.getByRole('link', { name: 'Getting started' }).first().click()
    await seen(page, 'guide/getting-started', 'Ten minutes: a cache in one process')

    // Made by script, and where there is no room folded away.
    if (isPhone) await page.locator('.VPLocalNav .menu').click()
    await page
      .locator('.VPSidebar')
      .getByRole('link', { name: '@tiercel/http', exact: true })
      .click()
    await seen(page, 'packages/http', 'HTTP responses')

    await page.keyboard.press('Control+k')
    await page.locator('.VPLocalSearchBox input').fill('maxStaleness')
    await page
      .locator('.VPLocalSearchBox .result')
      .filter({ hasText: 'CoherenceOptions' })
      .first()
      .click()
    await seen(
      page,
      'api/@tiercel/core/interfaces/CoherenceOptions',
      'Bound on the staleness of any answer',
    )

    const [ground, isDark] = await page.evaluate(() => [
      getComputedStyle(document.body).backgroundColor,
      document.documentElement.classList.contains('dark'),
    ])
    expect([isDark, ground !== 'rgb(255, 255, 255)']).toEqual([
      colorScheme === 'dark',
      colorScheme === 'dark',
    ])
    await page.goBack()
    await seen(page, 'packages/http', 'HTTP responses')
    expect(wrong).toEqual([])
    await page.close()

    async function seen(at: Page, path: string, text: string): Promise<void> {
      await at.waitForURL((url) =>
        url.pathname.endsWith(`/dist/${path}${path === '' ? '' : '.html'}`),
      )
      await at.getByText(text).first().waitFor()
      await at.waitForFunction(
        () =>
          document.querySelector('#app') !== null &&
          '__vue_app__' in document.querySelector('#app')!,
      )
      const overflow = await at.evaluate(() => document.documentElement.scrollWidth - innerWidth)
      expect(overflow, `${path} is wider than the window`).toBeLessThanOrEqual(0)
      const shots = process.env.TIERCEL_SCREENSHOTS
      if (shots !== undefined)
        await at.screenshot({ path: `${shots}/${path.replaceAll('/', '-')} ${name}.png` })
    }
  })

  test.each(['read', 'invalidation'])('the text of %s.svg stays in its boxes', async (picture) => {
    const page = await browser.newPage()
    await page.goto(`${pathToFileURL(site).href}/${picture}.svg`)
    const outside = await page.evaluate(() => {
      const boxes = Array.from(document.querySelectorAll('rect'), (box) =>
        box.getBoundingClientRect(),
      )
      return Array.from(document.querySelectorAll('text'), (text) => ({
        text,
        at: text.getBoundingClientRect(),
      }))
        .filter(({ at }) => {
          const around = boxes.filter(
            (box) =>
              box.left <= at.left &&
              box.top <= at.top &&
              box.right > at.left &&
              box.bottom >= at.bottom,
          )
          return around.length === 0 || around.some((box) => box.right < at.right)
        })
        .map(({ text }) => text.textContent)
    })
    expect(outside).toEqual([])
    await page.close()
  })
})

/** What goes wrong on a page from now on, and what it asks others for than the site. */
function watched(page: Page, start: string): string[] {
  const wrong: string[] = []
  page.on('request', (request) => {
    const isOurs = [start, 'data:'].some((ours) => request.url().startsWith(ours))
    if (!isOurs) wrong.push(`asked for: ${request.url()}`)
  })
  page.on('requestfailed', (request) => wrong.push(`failed: ${request.url()}`))
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(`console: ${message.text()}`)
  })
  return wrong
}

/** Serves the site under a path, as plain files. */
async function serve(): Promise<{ readonly url: string; readonly server: Server }> {
  const types: Record<string, string> = {
    '.html': 'text/html',
    '.js': 'text/javascript',
    '.css': 'text/css',
    '.svg': 'image/svg+xml',
  }
  const server = createServer((request, response) => {
    const path = decodeURI((request.url ?? '').split('?')[0] ?? '').replace(/\/$/, '/index.html')
    const file = join(folder, path)
    if (!existsSync(file)) return response.writeHead(404).end()
    return response
      .setHeader('content-type', types[extname(file)] ?? 'text/plain')
      .end(readFileSync(file))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/dist`, server }
}
