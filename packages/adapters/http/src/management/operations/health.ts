import type { Cache } from '@tiercel/core'
import { OBJECT, type Operation } from '../operation.ts'
import { Problem } from '../problem.ts'

const STATUS = {
  type: 'object',
  required: ['status'],
  properties: { status: { enum: ['live', 'ready', 'degraded'] } },
}

/** How the cache is, and what it has done. */
export const HEALTH: readonly Operation[] = [
  {
    id: 'live',
    method: 'GET',
    path: '/health/live',
    needs: 'read',
    summary: 'Whether this instance runs: its cache is not closed',
    answer: STATUS,
    run: ({ cache }) => {
      refuseClosed(cache)
      return { status: 'live' }
    },
  },
  {
    id: 'ready',
    method: 'GET',
    path: '/health/ready',
    needs: 'read',
    summary:
      'Whether this instance is to get requests; degraded while Redis is away or L1 is not trusted',
    answer: STATUS,
    run: ({ cache, settings: { readyWhen } }) => {
      refuseClosed(cache)
      const { l2, coherence } = cache.stats()
      const { isConfirmed, confirmedAgo, subscription } = coherence
      const isReady = l2.state !== 'open' && isConfirmed
      const state = { redis: l2.state, isConfirmed, confirmedAgo, subscription }
      if (isReady) return { status: 'ready', ...state }
      if (readyWhen === 'answering') return { status: 'degraded', ...state }
      throw new Problem(503, 'degraded', 'L1 is not trusted now.', { ...state })
    },
  },
  {
    id: 'stats',
    method: 'GET',
    path: '/stats',
    needs: 'read',
    summary: 'Counters of this instance since it began, of the cache and of each family',
    answer: OBJECT,
    run: ({ cache }) => cache.stats(),
  },
  {
    id: 'report',
    method: 'GET',
    path: '/report',
    needs: 'read',
    summary: 'The report that this service has made of its cache',
    answer: {},
    run: async ({ settings: { report } }) => {
      if (report === undefined) throw new Problem(404, 'no-report', 'No report is made here.')
      return (await report()) ?? null
    },
  },
]

function refuseClosed({ isClosed }: Cache): void {
  if (isClosed) throw new Problem(503, 'closed', 'The cache is closed.')
}
