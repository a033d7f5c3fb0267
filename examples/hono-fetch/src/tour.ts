import { setTimeout as delay } from 'node:timers/promises'
import type { Tour } from '@tiercel/example-runner'

/** Shows by requests what the service does. */
export async function tour({ a, b, say, until }: Tour): Promise<void> {
  say('A response: made by A, which takes a while, and served by B.')
  const { headers } = await a.get('/rates')
  await b.get('/rates')

  say('A client that has it already.')
  await b.get('/rates', { 'if-none-match': headers.etag ?? '' })

  say('A second later it is stale. It is served all the same, and made anew behind the reader.')
  await delay(1_100)
  await a.get('/rates')
  await delay(400)
  await until('A has a new one', async () =>
    /hit; ttl=0/.test(String((await a.get('/rates')).headers['cache-status'])),
  )

  say('A write on B: what A has is gone, and so is what was being made anew.')
  await b.send('PUT', '/rates/USD', { rate: 1.25 })
  await until('A reads 1.25', async () => (await a.get('/rates')).text.includes('1.25'))

  say('The handler without a framework.')
  await a.get('/report')
  await b.get('/report')
}
