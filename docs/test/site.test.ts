/// <reference lib="dom" />
import { execFile } from 'node:child_process'
import {
  existsSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
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

describe.skipIf(executablePath === undefined)('opened as a file in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
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
  afterAll(() => browser.close())

  test.each([
    { name: 'on a desk', width: 1280, height: 900, colorScheme: 'light' },
    { name: 'on a desk, dark', width: 1280, height: 900, colorScheme: 'dark' },
    { name: 'on a phone', width: 390, height: 844, colorScheme: 'light' },
    { name: 'on a phone, dark', width: 390, height: 844, colorScheme: 'dark' },
  ] as const)('$name', { timeout: 120_000 }, async ({ name, width, height, colorScheme }) => {
    const page = await browser.newPage({ viewport: { width, height }, colorScheme })
    const wrong = watched(page)
    const isPhone = width < 700

    await page.goto(`${pathToFileURL(site).href}/index.html`)
    await seen(page, 'index', 'Never staler than a bound you set')
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
      await at.waitForURL((url) => url.pathname.endsWith(`/dist/${path}.html`))
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
})

/** What goes wrong on a page from now on, and what it asks the network for. */
function watched(page: Page): string[] {
  const wrong: string[] = []
  page.on('request', (request) => {
    if (!/^(?:file|data|blob):/.test(request.url())) wrong.push(`network: ${request.url()}`)
  })
  page.on('requestfailed', (request) => wrong.push(`failed: ${request.url()}`))
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`))
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(`console: ${message.text()}`)
  })
  return wrong
}
