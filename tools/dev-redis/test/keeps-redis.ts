/** A program that starts a Redis, says where it is, and then ends in the way its argument names. */
import { startRedis } from '../src/index.ts'
import { ask } from '../src/resp/ask.ts'

const redis = await startRedis()
const folder = String(await ask(redis, ['CONFIG', 'GET', 'dir'])).replace('dir,', '')
const end = process.argv[2]
if (end === 'paused') await redis.pause()
if (end === 'killed') await redis.kill()
process.stdout.write(`${JSON.stringify({ port: redis.port, folder })}\n`)
if (end === 'throw') throw new Error('as the test wants it')
// Nothing keeps a program alive but its own work: this one has none for `return`.
if (end !== 'return') setInterval(() => {}, 1000)
