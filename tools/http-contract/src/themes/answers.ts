import { expect, test } from 'vitest'
import { GET, type Stage, counted } from '../stage.ts'

/** A stored whole, and what clients are given of it. */
export function answers(stage: Stage): void {
  test('a client that has the response is told so, also by the handler’s first one', async () => {
    const handler = counted(() => ({ headers: { etag: '"one"' }, body: 'hello' }))
    await using both = await stage.sites([{ ...GET, handler }])
    const [here] = both
    for (const status of ['fwd=miss', 'hit']) {
      const got = await here.ask('/products', { 'if-none-match': '"one"' })
      expect(got).toMatchObject({ status: 304, text: '' })
      expect(got.headers['cache-status']).toContain(status)
      expect(got.headers.etag).toBe('"one"')
    }
    expect((await here.ask('/products')).text).toBe('hello')
    expect(handler.runs()).toBe(1)
  })

  test('HEAD and a range are answered from the stored whole', async () => {
    const handler = counted(() => ({ headers: { etag: '"one"' }, body: 'hello' }))
    await using both = await stage.sites([{ ...GET, handler }])
    const [here] = both
    await here.ask('/products')
    const head = await here.ask('/products', {}, 'HEAD')
    expect(head).toMatchObject({ status: 200, text: '' })
    expect(head.headers['content-length']).toBe('5')
    expect(head.headers['cache-status']).toContain('hit')
    const part = await here.ask('/products', { range: 'bytes=1-3' })
    expect(part).toMatchObject({ status: 206, text: 'ell' })
    expect(part.headers['content-range']).toBe('bytes 1-3/5')
    const beyond = await here.ask('/products', { range: 'bytes=9-' })
    expect(beyond).toMatchObject({ status: 416, text: '' })
    expect(handler.runs()).toBe(1)
  })

  test('HEAD of what is not stored is answered by the handler, and stores nothing', async () => {
    const handler = counted(() => ({ body: 'hello' }))
    await using both = await stage.sites([{ ...GET, handler }])
    const [here] = both
    expect(await here.ask('/products', {}, 'HEAD')).toMatchObject({ status: 200, text: '' })
    expect((await here.ask('/products')).headers['cache-status']).toContain('fwd=miss')
  })
}
