import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, test } from 'vitest'
import { type RedisClient, renew } from './client.ts'

class FakeClient extends EventEmitter {
  status = 'ready'
  readonly renewals: unknown[] = []

  disconnect(again?: boolean): void {
    this.renewals.push(again)
  }
}

let fake: FakeClient

function renewIn(status: string): void {
  fake.status = status
  renew(fake as unknown as RedisClient)
}

beforeEach(() => {
  fake = new FakeClient()
})

describe('a client that is to connect anew', () => {
  test.each(['ready', 'connect'])('is disconnected at once when it is "%s"', (status) => {
    renewIn(status)
    expect(fake.renewals).toEqual([true])
  })

  test('leaves a connection once, however often it is told to', () => {
    for (let i = 0; i < 20; i++) renewIn('ready')
    expect(fake.renewals).toEqual([true])
    fake.status = 'reconnecting'
    fake.emit('close')
    expect(fake.eventNames()).toEqual([])
    renewIn('ready')
    expect(fake.renewals).toEqual([true, true])
  })

  test('is left alone while it is on its way, waits to try again, or has ended', () => {
    for (const status of ['wait', 'connecting', 'reconnecting', 'close', 'end']) renewIn(status)
    expect(fake.renewals).toEqual([])
    expect(fake.eventNames()).toEqual([])
  })
})
