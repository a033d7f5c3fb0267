import type { IncomingHttpHeaders } from 'node:http'
import { fileURLToPath } from 'node:url'
import { markdownTable, section } from '@tiercel/readme'
import { expect, test } from 'vitest'
import type { Got } from '../support/ask.ts'
import { Origin } from '../support/origin.ts'
import { type Step, THEMES } from './cases.ts'

const CASES = Object.entries(THEMES).flatMap(([theme, cases]) =>
  cases.map((one) => [`${theme}: ${one.name}`, one] as const),
)

test.each(CASES)('%s', async (_name, { route, steps }) => {
  let says: Step['says']
  await using origin = await new Origin(
    (_request, response) => {
      const { status = 200, headers = {}, body = 'body' } = says ?? {}
      response.writeHead(status, headers)
      response.end(status === 204 ? undefined : body)
    },
    route === undefined ? {} : { route },
  ).start()
  const found: object[] = []
  for (const step of steps) {
    const before = origin.asked.length
    says = step.says
    const got = await origin.ask(step.ask)
    const from = origin.asked.length > before ? 'handler' : 'cache'
    found.push(asSaid(step, { ...got, from, seen: origin.asked.at(-1)?.headers ?? {} }))
  }
  expect(found).toEqual(steps.map(wanted))
})

interface Seen extends Got {
  readonly from: Step['from']
  readonly seen: IncomingHttpHeaders
}

/** Of what was found, what the step says something about. */
function asSaid(step: Step, { from, status, body, headers, seen }: Seen): object {
  return {
    from,
    ...(step.status !== undefined && { status }),
    ...(step.body !== undefined && { body }),
    headers: picked(step.headers, headers),
    seen: picked(step.seen, seen),
  }
}

function wanted({ from, status, body, headers = {}, seen = {} }: Step): object {
  const matching = Object.entries(headers).map(([name, value]) => [
    name,
    value instanceof RegExp ? like(value) : value,
  ])
  return {
    from,
    ...(status !== undefined && { status }),
    ...(body !== undefined && { body }),
    headers: Object.fromEntries(matching) as object,
    seen,
  }
}

function like(pattern: RegExp): unknown {
  return expect.stringMatching(pattern)
}

function picked(names: object = {}, headers: IncomingHttpHeaders): object {
  return Object.fromEntries(
    Object.keys(names).map((name) => [
      name,
      headers[name] === undefined ? null : String(headers[name]),
    ]),
  )
}

test('the README says how many cases of each theme pass, and where we differ on purpose', async () => {
  const rows = Object.entries(THEMES).map(([theme, cases]) => {
    const differing = cases.filter(({ difference }) => difference !== undefined)
    const reasons = new Set(differing.map(({ difference }) => difference as string))
    return [
      theme,
      String(cases.length - differing.length),
      String(differing.length),
      [...reasons].join('; '),
    ]
  })
  const table = markdownTable(['theme', 'pass', 'differ', 'on purpose'], rows)
  const readme = fileURLToPath(new URL('../../README.md', import.meta.url))
  const compared = await section(readme, 'themes', table)
  expect(compared.found).toBe(compared.wanted)
})
