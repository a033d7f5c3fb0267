import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { startPostgres } from '@tiercel/dev-postgres'
import pg from 'pg'
import { expect, test, vi } from 'vitest'
import { DatabaseEvents } from '../src/database-events.ts'

/** Connections to a server, to be cut. */
async function between(url: string) {
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (client) => {
    const target = connect({ host: '127.0.0.1', port: Number(new URL(url).port), noDelay: true })
    for (const socket of [client, target]) sockets.add(socket.on('error', () => {}))
    client.pipe(target).pipe(client)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const through = new URL(url)
  through.port = String((server.address() as AddressInfo).port)
  const cut = () => {
    for (const socket of sockets) socket.destroy()
    sockets.clear()
  }
  return { url: through.href, cut, close: () => server.close() }
}

test('after a connection that was lost nothing is taken for true, and changes are heard again', async () => {
  vi.stubEnv('DATABASE_URL', '')
  const postgres = await startPostgres()
  const way = await between(postgres.url)
  const heard: unknown[] = []
  const events = new DatabaseEvents(way.url, {
    onChange: async (id) => void heard.push(id),
    onGap: async () => void heard.push('gap'),
  })
  const sql = new pg.Client({ connectionString: postgres.url })
  await sql.connect()
  try {
    await events.start()
    await sql.query(`notify example_products, '1'`)
    await vi.waitFor(() => expect(heard).toEqual(['gap', 1]))
    way.cut()
    await sql.query(`notify example_products, '2'`) // nobody hears it
    await vi.waitFor(() => expect(heard).toEqual(['gap', 1, 'gap']), { timeout: 20_000 })
    await sql.query(`notify example_products, '3'`)
    await vi.waitFor(() => expect(heard).toEqual(['gap', 1, 'gap', 3]))
  } finally {
    await events.stop()
    await sql.end()
    way.close()
    await postgres.stop()
  }
})
