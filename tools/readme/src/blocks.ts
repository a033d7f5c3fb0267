/** A code block of a README, with what its reader has to imagine before it. */
export interface Block {
  /** Line of the opening fence, from 1. */
  readonly line: number
  readonly code: string
  /** Whether it is run after it was compiled: not when the fence says `ts no-run`. */
  readonly isRun: boolean
}

/**
 * The TypeScript blocks of a README. A comment right before a block, `<!-- given … -->`, is code that
 * the block needs and a reader does not: it is put before the block.
 */
export function blocksOf(markdown: string): Block[] {
  const pattern = /(?:<!-- given\n([\s\S]*?)-->\n+)?^```ts( no-run)?\n([\s\S]*?)^```$/gm
  return [...markdown.matchAll(pattern)].map((match) => {
    const [whole, given = '', noRun, code = ''] = match
    const opening = match.index + whole.indexOf('```ts')
    return {
      line: markdown.slice(0, opening).split('\n').length,
      code: given + code,
      isRun: noRun === undefined,
    }
  })
}
