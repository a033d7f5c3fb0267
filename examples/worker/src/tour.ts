import type { Tour } from '@tiercel/example-runner'

const VIEWS = 400

/** Shows by requests what the worker does. */
export async function tour({ a, b, say, show, until }: Tour): Promise<void> {
  const views = async () => {
    const response = await fetch(new URL('/pages/home', b.url))
    return ((await response.json()) as { views: number }).views
  }

  say(
    'A view is acknowledged by A. The database does not have it yet, but B finds it all the same.',
  )
  const { id } = JSON.parse((await a.send('POST', '/pages/home')).text) as { id: string }
  await b.get(`/views/${id}`)
  await until('the database has it', async () => (await views()) === 1)
  await b.get('/pages/home')

  say(`${VIEWS} views, half of them by each instance; then A is killed, with what it was writing.`)
  const answers = await Promise.all(
    Array.from({ length: VIEWS }, (_, i) =>
      fetch(new URL('/pages/home', i % 2 ? a.url : b.url), { method: 'POST' }),
    ),
  )
  const acknowledged = answers.filter(({ status }) => status === 202).length
  show(`${acknowledged} are acknowledged`)
  await a.kill()
  await b.get('/queue')
  await until('the database has them all', async () => (await views()) > acknowledged)
  await b.get('/pages/home')
  await a.back()
}
