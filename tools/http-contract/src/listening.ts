import { once } from 'node:events'
import type { Server } from 'node:http'
import type { Http2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { Served } from './site.ts'

/** The server, of either version of HTTP, on a free port of loopback. */
export async function listening(server: Server): Promise<Served> {
  const sessions = new Set<Http2Session>()
  server.on('session', (session: Http2Session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
  })
  if (!server.listening) {
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  return {
    port: (server.address() as AddressInfo).port,
    async close(): Promise<void> {
      const closed = once(server, 'close')
      server.close()
      for (const session of sessions) session.destroy()
      // Servers of HTTP/2 have no such method.
      ;(server as Partial<Server>).closeAllConnections?.()
      await closed
    },
  }
}
