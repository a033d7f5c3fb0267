import { once } from 'node:events'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { GET, PATIENT, type Stage, counted, gated } from '../stage.ts'

/** Bodies that are made while they pass. */
export function bodies(stage: Stage, cuts: boolean): void {
  test('a stream reaches the client while it is made, and is stored when it is whole', async () => {
    const gate = gated()
    async function* parts(): AsyncGenerator<Buffer> {
      yield Buffer.from('first,')
      await gate.opened
      yield Buffer.from('second')
    }
    const handler = counted(() => ({
      headers: { 'content-type': 'text/plain' },
      body: Readable.from(parts(), { objectMode: false }),
    }))
    await using both = await stage.sites([{ ...GET, handler }])
    const [here, there] = both
    const { body } = await here.open('/products')
    let text = ''
    for await (const part of body) {
      text += String(part)
      gate.open() // never, had the first part not come alone
    }
    expect(text).toBe('first,second')
    expect((await there.ask('/products')).text).toBe('first,second')
    expect(handler.runs()).toBe(1)
  })

  test('a client that leaves in the middle spoils nothing for those who come after', async () => {
    const gate = gated()
    async function* parts(): AsyncGenerator<Buffer> {
      yield Buffer.from('first,')
      await gate.opened
      yield Buffer.from('second')
    }
    await using both = await stage.sites([
      {
        ...GET,
        handler: () => ({
          headers: { 'content-type': 'text/plain' },
          body: Readable.from(parts(), { objectMode: false }),
        }),
      },
    ])
    const [here, there] = both
    const { body } = await here.open('/products')
    await once(body, 'readable')
    body.destroy()
    gate.open()
    expect((await here.ask('/products')).text).toBe('first,second')
    expect((await there.ask('/products')).text).toBe('first,second')
  })

  test('a body that is cut off by its handler is not stored', async () => {
    const handler = counted((run) => ({
      headers: { 'content-type': 'text/plain' },
      body: Readable.from(run === 1 ? broken() : ['whole'], { objectMode: false }),
    }))
    await using both = await stage.sites([{ ...GET, handler }])
    const [here] = both
    const cut = await here.ask('/products').then(
      ({ text }) => text,
      () => 'rejected',
    )
    expect(cut).toBe(cuts ? 'rejected' : 'half')
    await expect.poll(async () => (await here.ask('/products')).text, PATIENT).toBe('whole')
  })
}

/** A body that ends before it is whole. */
async function* broken(): AsyncGenerator<string> {
  yield 'half'
  await setImmediate()
  throw new Error('the source is gone')
}
