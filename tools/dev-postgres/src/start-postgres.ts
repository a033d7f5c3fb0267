import { PGlite } from '@electric-sql/pglite'
import { PGLiteSocketServer } from '@electric-sql/pglite-socket'
import { Relay } from './relay.ts'

/** Connections that the server takes; its clients share one session of the database all the same. */
const MAX_CONNECTIONS = 50

/** A PostgreSQL to develop against. One that was started here has its data in memory, and ends with this process. */
export interface DevPostgres {
  readonly url: string
  /** What it is, for people. */
  readonly about: string
  /** Ends the server; an external one (`DATABASE_URL`) is left as it is. */
  stop(): Promise<void>
}

/** The PostgreSQL that DATABASE_URL names; else PGlite, which is PostgreSQL in WebAssembly, on a free port of loopback. */
export async function startPostgres(): Promise<DevPostgres> {
  const external = process.env['DATABASE_URL']
  if (external) {
    return { url: external, about: 'PostgreSQL of DATABASE_URL', stop: async () => {} }
  }
  const database = await PGlite.create()
  const server = new PGLiteSocketServer({
    db: database,
    host: '127.0.0.1',
    port: 0,
    maxConnections: MAX_CONNECTIONS,
  })
  await server.start()
  const relay = new Relay(Number(server.getServerConn().split(':').pop()))
  const port = await relay.listen()
  const { rows } = await database.query<{ server_version: string }>('show server_version')
  return {
    url: `postgres://postgres@127.0.0.1:${port}/postgres`,
    about: `PostgreSQL ${rows[0]?.server_version} (PGlite, in memory)`,
    async stop() {
      await relay.close()
      await server.stop()
      await database.close()
    },
  }
}
