import type { Tour, Visitor } from '@tiercel/example-runner'

/** Shows by requests what the service does. */
export async function tour({ a, b, say, until, environment }: Tour): Promise<void> {
  const [english, german] = ['en', 'de'].map((language) => ({ 'accept-language': language }))
  say(
    'The first response that an instance sees tells it by Vary that there is one for each language. Each is made once for all.',
  )
  for (const visitor of [a, a, b]) {
    await visitor.get('/', english)
    await visitor.get('/', german)
  }

  say('Each user has responses of their own.')
  await a.get('/me', { 'x-user': 'ada' })
  await b.get('/me', { 'x-user': 'bob' })
  await b.get('/me', { 'x-user': 'ada' })
  await b.get('/me')

  say('A write on A.')
  await a.send('PUT', '/pages/de', { text: 'Guten Tag' })
  await until('B says Guten Tag', async () => (await b.get('/', german)).text === 'Guten Tag')

  say('The route is turned off on A: it is on B, too, and on an instance that begins later.')
  const headers = { authorization: `Bearer ${environment['MANAGEMENT_TOKEN']}` }
  const rollOut = (part: number | null): Promise<unknown> =>
    a.send(
      'PATCH',
      '/cache/responses?route=welcome',
      { changes: { when: { rollout: part } } },
      headers,
    )
  await rollOut(0)
  await until('B has it turned off', () => isPassed(b))
  await b.kill()
  await b.back()
  await until('the new B has it turned off', () => isPassed(b))

  say('And on again, as it was declared.')
  await rollOut(null)
  await until('B has it turned on', async () => !(await isPassed(b)))

  async function isPassed(visitor: Visitor): Promise<boolean> {
    const got = await visitor.get('/', english)
    return String(got.headers['cache-status']).includes('fwd=bypass')
  }
}
