import { afterAll, afterEach, beforeAll, expect } from 'vitest'

/** Fails every test of a file in which an error reached the process instead of a caller. */
export function expectNoCrash(): void {
  const crashes: unknown[] = []
  const hear = (error: unknown): void => void crashes.push(error)
  beforeAll(() => {
    process.on('unhandledRejection', hear)
    process.on('uncaughtException', hear)
  })
  afterEach(() => {
    expect(crashes.splice(0)).toEqual([])
  })
  afterAll(() => {
    process.off('unhandledRejection', hear)
    process.off('uncaughtException', hear)
  })
}
