import type { Tour } from '@tiercel/example-runner'
import { Client } from 'pg'

/** Shows by requests what the service does. */
export async function tour({ a, b, say, until, environment }: Tour): Promise<void> {
  say(
    'A value: A loads it from the database, then has it in memory. B finds it in Redis, then has it too.',
  )
  await a.get('/products/1')
  await a.get('/products/1')
  await b.get('/products/1')
  await b.get('/products/1')

  say('A response: made by A, served by B.')
  await a.get('/products')
  await b.get('/products')

  say(
    'A write on A. What B has in memory is gone: it reads the new price, of the product and in the list.',
  )
  await a.send('PUT', '/products/1', { cents: 99 })
  await until('B reads 99', async () => (await b.get('/products/1')).text.includes('"cents":99'))
  await b.get('/products')
  await b.get('/products')

  say('Somebody changes the row with SQL, past the service. The database notifies the instances.')
  const sql = new Client({ connectionString: environment['DATABASE_URL'] })
  await sql.connect()
  await sql.query('update example_products set cents = 77 where id = 1')
  await sql.end()
  await until('A reads 77', async () => (await a.get('/products/1')).text.includes('"cents":77'))
  await until('B reads 77', async () => (await b.get('/products/1')).text.includes('"cents":77'))

  say('Ten requests at once for a product that nobody has: one of them asks the database.')
  await Promise.all(Array.from({ length: 10 }, (_, i) => (i % 2 ? a : b).get('/products/3')))

  say('One that does not exist. That is remembered too, for ten seconds.')
  await a.get('/products/4')
  await b.get('/products/4')
}
