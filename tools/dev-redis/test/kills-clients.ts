/** Kills the clients of a proxy while messages are on their way: this process must end by itself. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { startProxy } from '../src/proxy/tcp-proxy.ts'

const CLIENTS = 4
const FLOOD = fileURLToPath(new URL('floods.ts', import.meta.url))

const proxy = await startProxy({ target: process.argv[2] as string })
await Promise.all(Array.from({ length: CLIENTS }, killed))
await proxy.stop()

async function killed(): Promise<void> {
  const client = spawn(process.execPath, [FLOOD, proxy.url], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(client.stdout, 'data')
  const gone = once(client, 'exit')
  client.kill('SIGKILL')
  await gone
}
