import { startProxy } from '@tiercel/dev-redis'
import { expect, test } from 'vitest'
import { GET, type Handler, PATIENT, type Stage, counted } from '../stage.ts'

/** Handlers and a Redis that fail, and what is stale. */
export function failures(stage: Stage, refreshes: boolean): void {
  test('a handler that fails is answered as the framework does, and not stored', async () => {
    let runs = 0
    const handler: Handler = () => {
      if (++runs === 1) throw new Error('the handler is broken')
      return { body: 'mended' }
    }
    await using both = await stage.sites([{ ...GET, handler }])
    const [here] = both
    expect((await here.ask('/products')).status).toBe(500)
    expect((await here.ask('/products')).text).toBe('mended')
  })

  test.runIf(refreshes)(
    'what is stale is served while it is made anew behind the reader',
    async () => {
      const handler = counted((run) => ({
        body: { run },
        headers: { 'cache-control': 'max-age=1, stale-while-revalidate=60' },
      }))
      await using both = await stage.sites([{ ...GET, options: {}, handler }])
      const [here] = both
      expect((await here.ask('/products')).text).toBe('{"run":1}')
      const answers: string[] = []
      await expect
        .poll(
          async () => {
            const { headers, text } = await here.ask('/products')
            expect(headers['cache-status']).toContain('hit')
            answers.push(text)
            return text
          },
          { ...PATIENT, interval: 200 },
        )
        .toBe('{"run":2}')
      expect(new Set(answers)).toEqual(new Set(['{"run":1}', '{"run":2}']))
    },
  )

  test('without Redis responses keep coming', async () => {
    await using proxy = await startProxy({ target: stage.redis })
    const handler = counted()
    await using both = await stage.sites([{ ...GET, handler }], proxy.url)
    const [here] = both
    await here.ask('/products')
    proxy.partition()
    for (const path of ['/products?1', '/products?2']) {
      const got = await here.ask(path)
      expect(got).toMatchObject({ status: 200, text: `{"run":${handler.runs()}}` })
    }
    await proxy.heal()
  })
}
