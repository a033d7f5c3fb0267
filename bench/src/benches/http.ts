import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { expressCache } from '@tiercel/express'
import express from 'express'
import type { Bench, Row } from '../harness/bench.ts'
import { Connection } from '../harness/connection.ts'
import { duration } from '../harness/format.ts'
import { type Side, interleave } from '../harness/interleave.ts'
import type { Lab } from '../harness/lab.ts'
import { median } from '../harness/numbers.ts'
import { rateRow } from '../harness/rows.ts'
import { userOf } from '../harness/user.ts'

const QUERY_MS = 5
const CLIENTS = 8

/** A cached route of Express, against one that asks a database, and one that only sends the same bytes. */
export const http: Bench = {
  name: 'http',
  about:
    'a cached JSON route of Express over loopback, against a query of 5 ms, and a bare handler',
  async run(lab) {
    await using cache = await lab.cache()
    const cacheResponse = expressCache(cache)
    const app = express()
    const value = { users: Array.from({ length: 10 }, (_, id) => userOf(id)) }
    const bytes = Buffer.from(JSON.stringify(value))
    const query = async (): Promise<typeof value> => {
      await pause(QUERY_MS)
      return value
    }
    app.get('/bare', (_request, response) => {
      response.setHeader('content-type', 'application/json; charset=utf-8')
      response.end(bytes)
    })
    app.get('/query', async (_request, response) => void response.json(await query()))
    app.get('/cached', cacheResponse({ ttl: '1h' }), async (_request, response) => {
      response.json(await query())
    })
    const server = app.listen(0, '127.0.0.1')
    await once(server, 'listening')
    try {
      return await measured(lab, (server.address() as AddressInfo).port)
    } finally {
      server.closeAllConnections()
      server.close()
    }
  },
}

async function measured(lab: Lab, port: number): Promise<readonly Row[]> {
  const open = (path: string, count: number): Promise<Connection[]> =>
    Promise.all(Array.from({ length: count }, () => Connection.open(port, path)))
  const one = { bare: await open('/bare', 1), cached: await open('/cached', 1) }
  const many = { query: await open('/query', CLIENTS), cached: await open('/cached', CLIENTS) }
  try {
    const alone = await interleave({ bare: side(one.bare), cached: side(one.cached) }, lab.longPace)
    const added = alone.cached.map((ns, i) => ns - (alone.bare[i] as number))
    const together = await interleave(
      { query: side(many.query), cached: side(many.cached) },
      lab.longPace,
    )
    return [
      {
        what: 'Express, a hit, over a bare handler',
        ours: duration(median(alone.cached)),
        raw: duration(median(alone.bare)),
        measured: median(added) / 1_000,
        unit: 'µs',
        target: { bound: 'most', value: 60 },
      },
      rateRow(`Express, a hit, raw a query of ${QUERY_MS} ms`, together.cached, together.query, 5),
    ]
  } finally {
    for (const connection of [...Object.values(one), ...Object.values(many)].flat()) {
      connection.close()
    }
  }
}

/** So many requests, shared among the connections. */
function side(connections: readonly Connection[]): Side {
  return async (calls) => {
    let left = calls
    await Promise.all(
      connections.map(async (connection) => {
        while (left-- > 0) await connection.ask()
      }),
    )
  }
}
