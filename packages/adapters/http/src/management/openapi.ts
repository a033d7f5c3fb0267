import type { Operation, Schema } from './operation.ts'

/** The OpenAPI 3.1 document of `operations`, whose paths begin with `mount`. */
export function openapi(operations: readonly Operation[], mount: string): Schema {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const operation of operations) {
    const { path, method } = operation
    paths[path] = { ...paths[path], [method.toLowerCase()]: described(operation) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Tiercel management',
      version: '1',
      description:
        'Changes need the role "write", and "Content-Type: application/json" or the header "X-Requested-With". ' +
        'Durations are milliseconds, or texts like "5m"; "Infinity" is no limit.',
    },
    servers: [{ url: mount === '' ? '/' : mount }],
    paths,
    components: { schemas: { Problem: PROBLEM } },
  }
}

function described({ id, summary, query = {}, body, answer, needs, method }: Operation): object {
  const isChange = method !== 'GET'
  const parameters = Object.entries(query).map(([name, parameter]) => ({
    name,
    in: 'query',
    description: parameter.description,
    required: parameter.isRequired === true,
    schema:
      parameter.isRepeated === true
        ? { type: 'array', items: parameter.schema, minItems: 1, maxItems: 100 }
        : parameter.schema,
    ...(parameter.isRepeated === true && { style: 'form', explode: true }),
  }))
  if (isChange && body === undefined) parameters.push(NOT_SIMPLE)
  return {
    operationId: id,
    summary,
    description: `Needs the role "${needs}".`,
    ...(parameters.length > 0 && { parameters }),
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: body } } },
    }),
    responses: {
      200: { description: 'Done', content: { 'application/json': { schema: answer } } },
      default: {
        description: 'What went wrong, after RFC 9457',
        content: {
          'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
        },
      },
    },
  }
}

const NOT_SIMPLE = {
  name: 'X-Requested-With',
  in: 'header',
  description: 'Anything: that it is there shows that no page of another site sent this',
  required: true,
  schema: { type: 'string' } as Schema,
}

const PROBLEM: Schema = {
  type: 'object',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { const: 'about:blank' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', description: 'What it is, for programs' },
  },
}
