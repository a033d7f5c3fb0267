import type { StandardSchemaV1 } from '@standard-schema/spec'
import type { Codec, CodecContext } from './codec.ts'
import { CodecError, kindOf } from './errors.ts'

/** What `validated` does beside refusing. */
export interface ValidatedOptions {
  /**
   * Hears why a value no longer fits. Errors only count the issues, since schema libraries quote the
   * value in them.
   */
  readonly onInvalid?: (issues: readonly StandardSchemaV1.Issue[], context: CodecContext) => void
}

/**
 * Refuses values that no longer fit a Standard Schema (zod, valibot, arktype, …) when they are read.
 *
 * The schema answers yes or no and rewrites nothing: a value is the same whether L1 held it or it was
 * decoded. It writes no bytes of its own, so that adding a schema keeps what is cached.
 */
export function validated<S extends StandardSchemaV1>(
  codec: Codec,
  schema: S,
  options: ValidatedOptions = {},
): Codec<StandardSchemaV1.InferInput<S>> {
  const name = `validated(${codec.name})`

  function issuesOf(value: unknown): readonly StandardSchemaV1.Issue[] {
    let result: ReturnType<StandardSchemaV1['~standard']['validate']>
    try {
      result = schema['~standard'].validate(value)
    } catch (error) {
      throw new CodecError('invalid', name, 'decode', `the schema threw ${kindOf(error)}`)
    }
    if (result instanceof Promise) {
      // Its verdict comes too late to matter, so a rejection must not end the process.
      result.catch(() => undefined)
      throw new CodecError('invalid', name, 'decode', 'the schema is asynchronous')
    }
    return result.issues ?? []
  }

  return {
    id: codec.id,
    name,
    ...(codec.reads && { reads: codec.reads.map((reader) => validated(reader, schema, options)) }),
    encode: (value, context) => codec.encode(value, context),
    decode(bytes, context) {
      const value = codec.decode(bytes, context)
      const issues = issuesOf(value)
      if (issues.length === 0) return value
      options.onInvalid?.(issues, context)
      throw new CodecError('invalid', name, 'decode', `issues: ${issues.length}`)
    },
  }
}
