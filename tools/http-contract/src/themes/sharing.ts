import { expect, test } from 'vitest'
import type { Site } from '../site.ts'
import { GET, type Handler, PATIENT, type Stage, counted, gated } from '../stage.ts'

/** Made once for all instances, invalidated on all. */
export function sharing(stage: Stage): void {
  test('a response is made once for all instances, and says where it comes from', async () => {
    const handler = counted()
    await using both = await stage.sites([{ ...GET, handler }])
    const [here, there] = both
    const first = await here.ask('/products')
    expect(first.headers['cache-status']).toBe('Tiercel; fwd=miss; stored')
    for (const site of [here, there]) {
      const got = await site.ask('/products')
      expect(got).toMatchObject({ status: 200, text: first.text })
      expect(got.headers['content-type']).toBe(first.headers['content-type'])
      expect(got.headers['cache-status']).toMatch(/^Tiercel; hit; ttl=\d+$/)
      expect(got.headers.age).toMatch(/^\d+$/)
    }
    expect(first.text).toBe('{"run":1}')
    expect(handler.runs()).toBe(1)
  })

  test('an unsafe method invalidates its own target and the tags of its route, on every instance', async () => {
    const handler = counted()
    const post = { method: 'POST', handler: () => ({ status: 201, body: 'done' }) } as const
    await using both = await stage.sites([
      { ...GET, handler },
      { ...post, path: '/products', options: {} },
      { ...post, path: '/orders', options: { tags: ['products'] } },
    ])
    const [here, there] = both
    for (const [run, path] of ['/products', '/orders', '/products'].entries()) {
      expect((await here.ask('/products')).text).toBe(`{"run":${run + 1}}`)
      expect((await there.ask('/products')).text).toBe(`{"run":${run + 1}}`)
      const got = await there.ask(path, {}, 'POST')
      expect(got).toMatchObject({ status: 201, text: 'done' })
      // Another instance knows a message later.
      await expect
        .poll(async () => (await here.ask('/products')).text, PATIENT)
        .toBe(`{"run":${run + 2}}`)
      expect(handler.runs()).toBe(run + 2)
    }
  })

  test('requests that come together wait for one run, on all instances', async () => {
    const gate = gated()
    let runs = 0
    const handler: Handler = async () => {
      runs++
      await gate.opened
      return { body: 'slow' }
    }
    await using both = await stage.sites([{ ...GET, handler }])
    const asked = [0, 1, 0, 1, 0, 1].map((i) => (both[i] as Site).ask('/products'))
    await expect.poll(() => runs, PATIENT).toBe(1)
    gate.open()
    for (const got of await Promise.all(asked)) expect(got.text).toBe('slow')
    expect(runs).toBe(1)
  })

  test('each host has responses of its own', async () => {
    const handler = counted()
    await using both = await stage.sites([{ ...GET, handler }])
    const [here, there] = both
    await here.ask('/products')
    const other = await there.ask('/products', { host: 'other.example' })
    expect(other).toMatchObject({ status: 200, text: '{"run":2}' })
    expect((await here.ask('/products', { host: 'other.example' })).text).toBe('{"run":2}')
    expect((await there.ask('/products')).text).toBe('{"run":1}')
  })
}
