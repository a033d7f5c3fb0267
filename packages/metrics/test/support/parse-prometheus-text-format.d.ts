declare module 'parse-prometheus-text-format' {
  interface Series {
    readonly labels?: Readonly<Record<string, string>>
    readonly value?: string
    readonly count?: string
    readonly sum?: string
    readonly buckets?: Readonly<Record<string, string>>
  }
  interface Family {
    readonly name: string
    readonly help: string
    readonly type: string
    readonly metrics: readonly Series[]
  }
  export default function parse(text: string): readonly Family[]
}
