import { describe, expect, test } from 'vitest'
import { Ledger } from '../src/checker/ledger.ts'

const [A, B] = [1, 2]
const ITEM = 7

function ledgerAfter(receipt: 'everywhere' | 'here', version = 2, at = 1_000): Ledger {
  const ledger = new Ledger()
  ledger.acknowledge(ITEM, version, { writer: A, receipt, at })
  return ledger
}

function read(version: number, reader: number, began: number) {
  return { id: ITEM, version, reader, began }
}

describe('a promise to all', () => {
  test('makes an older version stale by the time since', () => {
    const ledger = ledgerAfter('everywhere')
    expect(ledger.judge(read(1, B, 1_250))).toEqual({ staleness: 250, isOwn: false })
  })

  test('says nothing of reads that began before it, nor of that version and newer ones', () => {
    const ledger = ledgerAfter('everywhere')
    for (const fine of [read(1, B, 990), read(2, B, 5_000), read(3, B, 5_000)]) {
      expect(ledger.judge(fine)).toEqual({ staleness: 0, isOwn: false })
    }
  })

  test('counts from the first one that was newer, in whatever order they came', () => {
    const ledger = ledgerAfter('everywhere', 4, 1_000)
    ledger.acknowledge(ITEM, 3, { writer: B, receipt: 'everywhere', at: 1_100 })
    ledger.acknowledge(ITEM, 5, { writer: B, receipt: 'everywhere', at: 1_200 })
    expect(ledger.judge(read(2, 3, 1_500)).staleness).toBe(500)
    expect(ledger.judge(read(4, 3, 1_500)).staleness).toBe(300)
  })

  test('binds the writer itself at once: its own write is read, or the judgement says so', () => {
    const ledger = ledgerAfter('everywhere')
    expect(ledger.judge(read(1, A, 1_001))).toEqual({ staleness: 1, isOwn: true })
  })
})

describe('a promise that was kept, since Redis was away', () => {
  test('binds the writer alone', () => {
    const ledger = ledgerAfter('here')
    expect(ledger.judge(read(1, A, 1_050))).toEqual({ staleness: 50, isOwn: true })
    expect(ledger.judge(read(1, B, 60_000))).toEqual({ staleness: 0, isOwn: false })
    expect([...ledger.keepers]).toEqual([A])
  })

  test('binds all from the instant on at which nothing is kept any more', () => {
    const ledger = ledgerAfter('here')
    ledger.confirm(A, 1_510)
    expect(ledger.judge(read(1, B, 1_600)).staleness).toBe(90)
    expect(ledger.keepers.size).toBe(0)
  })

  test('is not confirmed by what was so before, or by another instance', () => {
    const ledger = ledgerAfter('here')
    ledger.confirm(A, 990)
    ledger.confirm(B, 1_510)
    expect(ledger.judge(read(1, B, 1_600)).staleness).toBe(0)
    expect([...ledger.keepers]).toEqual([A])
  })

  test('is lost with its writer: nobody else had promised it', () => {
    const ledger = ledgerAfter('here')
    expect(ledger.forget(A)).toBe(1)
    expect(ledger.keepers.size).toBe(0)
    expect(ledger.judge(read(1, B, 60_000)).staleness).toBe(0)
  })
})
