import type { Tour } from '@tiercel/example-runner'

/** Shows by requests what the service does. */
export async function tour({ a, b, say, until }: Tour): Promise<void> {
  say('A response for each customer: made by A, served by B.')
  await a.get('/customers/ada/orders')
  await b.get('/customers/ada/orders')
  await a.get('/customers/bob/orders')

  say("An order of ada changes on A. B reads it; bob's response stays.")
  await a.send('PATCH', '/orders/1', { state: 'paid' })
  await until('B reads "paid"', async () =>
    (await b.get('/customers/ada/orders')).text.includes('paid'),
  )
  await b.get('/customers/bob/orders')

  say('A handler that is not cached.')
  await a.get('/health')
}
