import { createServer } from 'node:net'

// Below the ranges from which systems take ports for outgoing connections (Linux 32768, others
// 49152), also with 10000 added for a cluster bus: a port stays ours while its server is down.
const LOWEST = 12_000
const HIGHEST = 22_000
const BUS_OFFSET = 10_000

/** A port on loopback on which nothing listens now; taken at random, since others look as well. */
export async function freePort({ bus = false }: { bus?: boolean } = {}): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST))
    if ((await isFree(port)) && (!bus || (await isFree(port + BUS_OFFSET)))) return port
  }
  throw new Error(`no free port on 127.0.0.1 between ${LOWEST} and ${HIGHEST}`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      probe.close(() => resolve(true))
    })
  })
}
