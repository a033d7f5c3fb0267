import { readFileSync } from 'node:fs'

/** The interfaces whose members users set, by the codec that takes them. */
const OPTIONS = [
  ['msgpack', 'msgpack.ts', 'MsgpackOptions'],
  ['compressed', 'compressed.ts', 'CompressedOptions'],
  ['encrypted', 'key-ring.ts', 'EncryptionKeys'],
  ['validated', 'validated.ts', 'ValidatedOptions'],
  ['limited', 'limited.ts', 'LimitedOptions'],
] as const

const MEMBER = /\/\*\*(?<comment>[^/]*?)\*\/\s*readonly (?<name>\w+)\??:/g

export const optionsHead: readonly string[] = ['of', 'option', 'default', 'meaning']

/** Every option with what its doc comment says. */
export function optionRows(): readonly (readonly string[])[] {
  return OPTIONS.flatMap(([codec, file, name]) =>
    [...bodyOf(file, name).matchAll(MEMBER)].map(({ groups }) => {
      const text = groups!['comment']!.replaceAll(/\s*\n\s*\*/g, ' ').replaceAll(/ +/g, ' ')
      const [meaning = '', byDefault] = text.split('@default')
      const cell = byDefault === undefined ? '–' : `\`${byDefault.trim()}\``
      return [`\`${codec}\``, `\`${groups!['name']}\``, cell, meaning.trim()]
    }),
  )
}

function bodyOf(file: string, name: string): string {
  const source = readFileSync(new URL(`../../src/${file}`, import.meta.url), 'utf8')
  const start = source.indexOf(`export interface ${name} {`)
  return source.slice(start, source.indexOf('\n}', start))
}
