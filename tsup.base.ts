import type { Options } from 'tsup'

/** Shared by every package. The annotated return type keeps isolatedDeclarations happy. */
export const lib = (extra: Options = {}): Options => ({
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'node22',
  platform: 'node',
  dts: { compilerOptions: { stripInternal: true } },
  sourcemap: true,
  clean: true,
  splitting: true,
  removeNodeProtocol: false, // tsup's default strips "node:", which breaks node:sqlite, node:test, ...
  ...extra,
})
