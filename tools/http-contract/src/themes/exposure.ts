import { expect, test } from 'vitest'
import { GET, type Stage, counted } from '../stage.ts'

/** What is one client's own, and what a handler sees. */
export function exposure(stage: Stage): void {
  test('what is one client’s own is not stored', async () => {
    const handler = counted((run) => ({ body: { run }, headers: { 'set-cookie': `id=${run}` } }))
    const open = counted()
    await using both = await stage.sites([
      { ...GET, handler },
      { ...GET, path: '/open', handler: open },
    ])
    const [here] = both
    for (const run of [1, 2]) {
      const got = await here.ask('/products')
      expect(got.headers['set-cookie']).toEqual([`id=${run}`])
      expect(got.text).toBe(`{"run":${run}}`)
    }
    for (const run of [1, 2]) {
      const got = await here.ask('/open', { authorization: 'Bearer me' })
      expect(got.text).toBe(`{"run":${run}}`)
    }
    expect((await here.ask('/open')).text).toBe('{"run":3}')
  })

  test('a handler whose response is stored sees nothing that is not part of the key', async () => {
    const seen: string[] = []
    await using both = await stage.sites([
      {
        ...GET,
        options: { ttl: '5m', key: { query: ['page'] } },
        handler: ({ url, header }) => {
          seen.push(url)
          return {
            body: { range: header('range') ?? null, for: header('x-forwarded-for') ?? null },
          }
        },
      },
    ])
    const [here] = both
    const asked = { 'x-forwarded-for': '10.1.1.1' }
    const first = await here.ask('/products?evil=1&page=2&page%31=3', asked)
    expect(first.text).toBe('{"range":null,"for":null}')
    expect(seen).toEqual(['/products?page=2'])
    expect((await here.ask('/products?page=2')).headers['cache-status']).toContain('hit')
  })
}
