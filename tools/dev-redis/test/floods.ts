/** A client that hears more messages than it can read in time. */
import { Redis } from 'ioredis'

const BURST = 20
const TEXT = 'x'.repeat(100)

const url = process.argv[2] as string
const [publisher, subscriber] = [new Redis(url), new Redis(url)]
for (const client of [publisher, subscriber]) client.on('error', () => {})
await subscriber.subscribe('flood')
setInterval(() => {
  for (let i = 0; i < BURST; i++) publisher.publish('flood', TEXT).catch(() => {})
}, 2)
setTimeout(() => console.log('flooding'), 1_000)
