import type { Tour } from '@tiercel/example-runner'

const OF_OFFERS = /^tiercel_reads_total.*family="offer.* [1-9]/

/** Shows by requests what the service does. */
export async function tour({ a, b, say, show, until, environment }: Tour): Promise<void> {
  say('Pages are made once, by whichever instance is asked first.')
  await a.get('/categories/fruit?list=retail')
  await b.get('/categories/fruit?list=retail')
  await b.get('/categories/fruit?list=trade')
  await a.get('/categories/fruit?list=trade')
  await a.get('/overview')

  say(
    'A price of the retail list changes, on A. Its pages are made anew, those of the trade list are not.',
  )
  await a.send('PUT', '/prices/retail/1', { net: 200 })
  await until('B has the new price', async () =>
    (await b.get('/categories/fruit?list=retail')).text.includes('240'),
  )
  await b.get('/categories/fruit?list=trade')

  say(
    'A category is called differently. Its pages go, and the overview, which hangs on every category.',
  )
  await b.send('PUT', '/categories/fruit', { name: 'Fruits' })
  await until('A has the new name', async () => (await a.get('/overview')).text.includes('Fruits'))
  await a.get('/categories/fruit?list=trade')

  say(
    'The tax changes. Every offer and every page with a price hangs on it; the overview has none, and stays.',
  )
  await a.send('PUT', '/vat', { percent: 10 })
  await until('B has prices with the new tax', async () =>
    (await b.get('/offers/3?list=trade')).text.includes('550'),
  )
  await b.get('/categories/fruit?list=trade')
  await b.get('/overview')

  say('Management: nothing without the token. With it, what is stored, and a way to drop it.')
  await a.get('/cache/stats')
  const token = { authorization: `Bearer ${environment['MANAGEMENT_TOKEN']}` }
  await a.get('/cache/families', token)
  await a.get('/cache/keys?family=offer:%7Blist:string%7D:%7Bproduct:number%7D', token)
  await a.send('DELETE', '/cache/tags?tag=price-list:trade', undefined, {
    ...token,
    'x-requested-with': 'tour',
  })
  await until(
    'B has dropped it',
    async () =>
      (await b.get('/offers/3?list=trade')).headers['cache-status']?.includes('fwd=') === true,
  )

  say('Metrics, of which these are the reads of offers:')
  const metrics = (await a.get('/metrics')).text.split('\n')
  metrics.filter((line) => OF_OFFERS.test(line)).forEach((line) => show(line))
}
