/** What a parameter of a key may be. */
export type KeyParameter = string | number | bigint | boolean

/** What `{name:kind}` in a template asks for; `{name}` alone takes any `KeyParameter`. */
interface Kinds {
  readonly string: string
  readonly number: number
  readonly bigint: bigint
  readonly boolean: boolean
  /** Anything made of plain data, however long. `undefined` is not. */
  readonly hash: NonNullable<unknown> | null
}

export type Kind = keyof Kinds

type Named<Text extends string> = Text extends `${infer Name}:${infer K}`
  ? K extends Kind
    ? { readonly [N in Name]: Kinds[K] }
    : never
  : { readonly [N in Text]: KeyParameter }

type Collected<Template extends string> = Template extends `${string}{${infer Text}}${infer Rest}`
  ? Named<Text> & Collected<Rest>
  : unknown

/** The same for what `parse` gives back: text where no kind is named, and nothing of what was hashed. */
type NamedBack<Text extends string> = Text extends `${infer Name}:${infer K}`
  ? K extends 'hash'
    ? unknown
    : K extends Kind
      ? { readonly [N in Name]: Kinds[K] }
      : never
  : { readonly [N in Text]: string }

type CollectedBack<Template extends string> =
  Template extends `${string}{${infer Text}}${infer Rest}`
    ? NamedBack<Text> & CollectedBack<Rest>
    : unknown

type Flat<T> = [keyof T] extends [never]
  ? Readonly<Record<string, never>>
  : { [K in keyof T]: T[K] }

/** The parameters that a template names. */
export type ParamsOf<Template extends string> = string extends Template
  ? Readonly<Record<string, Kinds['hash']>>
  : Flat<Collected<Template>>

/** The parameters that can be read off a key. */
export type ParsedParamsOf<Template extends string> = string extends Template
  ? Readonly<Record<string, KeyParameter>>
  : Flat<CollectedBack<Template>>
