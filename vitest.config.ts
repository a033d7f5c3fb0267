import { createRequire } from 'node:module'
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

/** Where the tests of the adapter for NestJS find it when they are run on its oldest version. */
const oldestNest = createRequire(new URL('tools/nestjs-11/package.json', import.meta.url))
const nest11 = ['@nestjs/common', '@nestjs/core', '@nestjs/platform-express']
  .concat('@nestjs/platform-fastify', 'reflect-metadata', 'rxjs')
  .map((name) => ({ find: new RegExp(`^${name}$`), replacement: oldestNest.resolve(name) }))

export default defineConfig({
  plugins: [decorators],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'tiercel',
          include: [
            '{packages,packages/adapters,apps,tools,examples}/*/{src,test}/**/*.test.ts',
            '{docs,model}/test/**/*.test.ts',
          ],
        },
      },
      {
        extends: true,
        resolve: { alias: nest11 },
        test: {
          name: 'nestjs-11',
          env: { NESTJS: '11' },
          include: ['packages/adapters/nestjs/test/{contract,nestjs}.redis.test.ts'],
        },
      },
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
