import type { Operation } from '../operation.ts'
import { openapi } from '../openapi.ts'
import { ENTRIES } from './entries.ts'
import { FAMILIES } from './families.ts'
import { HEALTH } from './health.ts'
import { RESPONSES } from './responses.ts'

const DOCUMENT: Operation = {
  id: 'openapi',
  method: 'GET',
  path: '/openapi.json',
  needs: 'read',
  summary: 'This document',
  answer: { type: 'object' },
  run: ({ mount }) => openapi(OPERATIONS, mount),
}

/** Everything that can be done. */
export const OPERATIONS: readonly Operation[] = [
  ...HEALTH,
  ...FAMILIES,
  ...ENTRIES,
  ...RESPONSES,
  DOCUMENT,
]
