import type { GuardedL2 } from '../guarded-l2.ts'
import type { WriteQueue } from './queue.ts'

/** A queue in which nothing waits longer than the tier's timeout, or at all while its breaker is open. */
export function guarded(queue: WriteQueue, l2: GuardedL2): WriteQueue {
  return {
    restore: (...args) => l2.around('restore', () => queue.restore(...args)),
    enqueue: (...args) => l2.around('enqueue', () => queue.enqueue(...args)),
    take: (...args) => l2.around('take', () => queue.take(...args)),
    renew: (...args) => l2.around('renew', () => queue.renew(...args)),
    settle: (...args) => l2.around('settle', () => queue.settle(...args)),
    bury: (...args) => l2.around('bury', () => queue.bury(...args)),
    state: (...args) => l2.around('queueState', () => queue.state(...args)),
    letters: (...args) => l2.around('letters', () => queue.letters(...args)),
    dropLetter: (...args) => l2.around('dropLetter', () => queue.dropLetter(...args)),
  }
}
