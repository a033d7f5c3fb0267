import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { createCache } from '@tiercel/core'
import { type ManagementOptions, management } from '@tiercel/http/management'
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Served } from './support/managed.ts'

const cache = createCache({ namespace: 'managed' })
afterAll(() => cache.close())

const OPEN: ManagementOptions = { authorize: () => true }
const never = (): Promise<never> => new Promise(() => {})

describe('nothing waits for ever:', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  /** What is answered once so many milliseconds are over, and not before. */
  async function after(ms: number, answering: Promise<Response>): Promise<unknown> {
    let answer: Response | undefined
    void answering.then((got) => {
      answer = got
    })
    await vi.advanceTimersByTimeAsync(ms - 1)
    expect(answer).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1)
    return (await answering).json()
  }

  test('a hook that does not answer', async () => {
    const told: string[] = []
    const { fetch } = management(cache, { authorize: never, log: (message) => told.push(message) })
    const answer = await after(10_000, fetch(new Request('http://localhost/stats')))
    expect(answer).toMatchObject({ status: 403 })
    expect(told).toEqual([expect.stringContaining('authorize failed')])
  })

  test('a body that does not end', async () => {
    const { fetch } = management(cache, OPEN)
    const body = new ReadableStream({
      start: (to) => to.enqueue(new TextEncoder().encode('{"keys":')),
    })
    const asked = new Request('http://localhost/warm', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit)
    expect(await after(10_000, fetch(asked))).toMatchObject({ status: 408, code: 'late' })
  })

  test('an operation that heeds no signal', async () => {
    const { fetch } = management(cache, { ...OPEN, report: never })
    const signal = AbortSignal.abort()
    const answering = fetch(new Request('http://localhost/report', { signal }))
    expect(await after(5_000, answering)).toMatchObject({ status: 504, code: 'late' })
  })
})

test('a connection is kept, unless there is a body on it that nobody reads', async () => {
  await using served = await new Served(management(cache, OPEN).node).start()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = async (path: string, body?: string): Promise<IncomingMessage> => {
    const headers = { 'content-type': 'application/json' }
    const method = body === undefined ? 'GET' : 'POST'
    const asked = request({ port: served.port, host: '127.0.0.1', path, method, headers, agent })
    asked.on('error', () => {}) // the server need not take all of it
    if (body === undefined) asked.end()
    else {
      asked.setHeader('content-length', body.length + 1)
      asked.write(body) // the last byte never comes
    }
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    answer.resume()
    await once(answer, 'end')
    return answer
  }
  expect((await ask('/stats')).headers.connection).toBe('keep-alive')
  expect((await ask('/stats')).headers.connection).toBe('keep-alive')
  const large = await ask('/warm', `{"keys":["${'x'.repeat(300_000)}`)
  expect(large.statusCode).toBe(413)
  expect(large.headers.connection).toBe('close')
  agent.destroy()
})
