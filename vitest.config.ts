import ts from 'typescript'
import { defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'

const conditions = ['@tiercel/source', ...defaultServerConditions]

/** Node does not know TC39 decorators yet, and what compiles the tests leaves them as they are. */
const decorators = {
  name: 'decorators',
  enforce: 'pre',
  transform(code: string, id: string) {
    if (!id.endsWith('.decorated.ts')) return undefined
    const compilerOptions = {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    }
    return { code: ts.transpileModule(code, { compilerOptions }).outputText, map: null }
  },
} as const

export default defineConfig({
  plugins: [decorators],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      '{packages,packages/adapters,apps,tools,examples}/*/{src,test}/**/*.test.ts',
      '{docs,model}/test/**/*.test.ts',
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    passWithNoTests: true,
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text', 'json-summary', 'html'],
    },
  },
})
